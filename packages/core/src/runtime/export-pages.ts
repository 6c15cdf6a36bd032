import type { MissionControlClient } from '../client.ts'
import { RefusedError } from '../errors.ts'
import type { Outcome } from '../model/refusal.ts'
import type { ExportPage, RowPart } from '../queries/exports.ts'

const PAGE_ROWS = 200

/**
 * An export page by page, each read when it is wanted, in process and over HTTP alike: however long, it is never held
 * whole. Leaving the loop ends it. Throws the refusal where a page is not given.
 *
 * @example for await (const { data } of exportPages(client, { projectId, part: 'runs' })) for (const row of data) keep(row)
 */
export async function* exportPages(
  client: MissionControlClient,
  asked: { readonly projectId: string; readonly part: RowPart },
): AsyncGenerator<ExportPage> {
  let cursor: string | null = null
  let until: number | undefined
  do {
    const page: Outcome<ExportPage> = await client.exports.rows({
      ...asked,
      limit: PAGE_ROWS,
      ...(cursor === null ? {} : { cursor }),
      ...(until === undefined ? {} : { until }),
    })
    if (!page.ok) throw new RefusedError(page.error)
    yield page.data
    cursor = page.data.nextCursor
    until = page.data.until
  } while (cursor !== null)
}
