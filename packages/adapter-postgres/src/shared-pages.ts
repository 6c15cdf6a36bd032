import type { FilterValue, Kind, PageRequest } from '@mission-control/core/storage'
import { Coalescer } from './coalescer.ts'
import { copyOf, type Row, readDocument } from './rows.ts'
import { type PlannedPage, plannedPage, recordPage, recordPages } from './sql/page.ts'
import type { SqlRows } from './sql-client.ts'
import type { Statement } from './statement.ts'

/** A row of a page, with the place it stands at. */
export interface PlacedRow {
  readonly place: readonly FilterValue[]
  readonly row: Row
}

/** A page waiting to be read. */
interface Asked {
  readonly planned: PlannedPage
  /** The page as a statement of its own. */
  readonly alone: Statement
  /** Pages of one shape with the same key are the same page. */
  readonly key: string
  readonly rowsMax: number
}

type Read = { readonly rows: readonly PlacedRow[] } | { readonly fault: unknown }

/** Pages that share a statement answer at most so many rows together. */
const ROWS_PER_STATEMENT_MAX = 2_000

/**
 * Lets concurrent callers read pages of one shape by one statement, as a fleet does whose agents all beat. A page that
 * is asked for alone is planned for the values at hand, as before.
 */
export class SharedPages {
  readonly #ask: (statement: Statement) => Promise<SqlRows>
  readonly #pages: Coalescer<Asked, Read>

  constructor(ask: (statement: Statement) => Promise<SqlRows>) {
    this.#ask = ask
    this.#pages = new Coalescer<Asked, Read>({
      shapeOf: ({ planned }) => planned.shape,
      claimsOf: () => [],
      gathersOf: () => [],
      weightOf: ({ rowsMax }) => rowsMax,
      weightMax: ROWS_PER_STATEMENT_MAX,
      send: (pages) => this.#read(pages),
    })
  }

  async read<K extends Kind>(request: PageRequest<K>): Promise<readonly PlacedRow[]> {
    // Written out before anything is awaited, so that the caller may change its objects at once.
    const planned = plannedPage(request)
    const read = await this.#pages.run({
      planned,
      alone: recordPage(request),
      key: JSON.stringify(planned.own),
      rowsMax: request.limit + 1,
    })
    if ('fault' in read) throw read.fault
    return read.rows
  }

  async #read(pages: readonly Asked[]): Promise<readonly Read[]> {
    // Agents of one project ask for its queue in the same words: that is one page.
    const different = [...new Map(pages.map((page) => [page.key, page])).values()]
    const [first] = different
    const isOne = different.length === 1 && first !== undefined
    try {
      const statement = isOne ? first.alone : recordPages(different.map(({ planned }) => planned))
      const answer = readDocument<{ pages: readonly (readonly PlacedRow[] | null)[] }>(await this.#ask(statement))
      const found = new Map(different.map(({ key }, at) => [key, answer.pages[at] ?? []]))
      return pages.map((page) => {
        const rows = found.get(page.key) ?? []
        const isFirst = different.includes(page)
        return { rows: isFirst ? rows : rows.map(({ place, row }) => ({ place, row: copyOf(row) })) }
      })
    } catch (fault) {
      // What the database refuses of one page is not the fault of the others.
      if (pages.length === 1) return [{ fault }]
      const read: Read[] = []
      for (const page of pages) read.push(...(await this.#read([page])))
      return read
    }
  }
}
