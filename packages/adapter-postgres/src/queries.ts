import {
  type AnyRecord,
  invariant,
  PAGE_ROWS_MAX,
  SEARCH_TOKENS_MAX,
  type SpendRow,
  type StorageQueries,
} from '@mission-control/core/storage'
import { storedEvent } from './cursor.ts'
import { boundedRows } from './limits.ts'
import { balanceOf, recordsOf } from './load.ts'
import { RECORD_TABLES } from './record-tables.ts'
import { exactInteger, fromRow, type Row, readDocument } from './rows.ts'
import { readChain, readHead } from './sealing.ts'
import { SharedPages } from './shared-pages.ts'
import { accountPage } from './sql/balances.ts'
import { CLOCK } from './sql/clock.ts'
import { recordCounts } from './sql/counts.ts'
import { searchHits } from './sql/search.ts'
import { usageSums } from './sql/spend.ts'
import { timelinePage } from './sql/timeline.ts'
import type { SqlRows } from './sql-client.ts'
import type { Statement } from './statement.ts'

/** Runs one statement for a page. */
export type Ask = (statement: Statement) => Promise<SqlRows>

/**
 * Pages for people. Their texts vary with what is asked, so they are planned for the values at hand rather than
 * prepared by name.
 */
export function postgresQueries(ask: Ask, testTime: () => number | null): StorageQueries {
  const asked = async <T>(statement: Statement): Promise<T> => readDocument<T>(await ask(statement))
  const pages = new SharedPages(ask)
  return {
    now: async () => {
      const { rows } = await ask(CLOCK)
      return testTime() ?? exactInteger(rows[0]?.now, 'the time')
    },
    page: async (request) => {
      const { kind } = request
      const limit = boundedRows(request.limit, PAGE_ROWS_MAX)
      const { shown, next } = cut(await pages.read(request), limit)
      return {
        rows: recordsOf(
          kind,
          shown.map(({ row }) => row),
        ),
        next: next?.place ?? null,
      }
    },
    counts: async (request) => {
      const { counts } = await asked<{ counts: readonly [string, number][] | null }>(recordCounts(request))
      return Object.fromEntries((counts ?? []).map(([key, count]) => [key, exactInteger(count, 'a count')]))
    },
    timeline: async (request) => {
      const limit = boundedRows(request.limit, PAGE_ROWS_MAX)
      const answer = await asked<{ events: readonly Row[] | null }>(timelinePage(request))
      const { shown, next } = cut(answer.events, limit)
      return { events: shown.map(storedEvent), next: next === undefined ? null : storedEvent(next).cursor }
    },
    search: async (request) => {
      boundedRows(request.limit, PAGE_ROWS_MAX)
      const { tokens } = request
      invariant(tokens.length >= 1 && tokens.length <= SEARCH_TOKENS_MAX, `from 1 to ${SEARCH_TOKENS_MAX} tokens`)
      const { hits } = await asked<{ hits: readonly { row: Row; score: number }[] | null }>(searchHits(request))
      return (hits ?? []).map(({ row, score }) => ({
        record: fromRow<AnyRecord>(RECORD_TABLES[request.kind], row),
        score: exactInteger(score, 'score'),
      }))
    },
    chain: (request) => readChain(ask, request),
    chainHead: (projectId) => readHead(ask, projectId),
    spend: async (request) => {
      const { rows } = await asked<{ rows: readonly Row[] | null }>(usageSums(request))
      return (rows ?? []).map(spendRow)
    },
    balances: async (request) => {
      invariant(request.projectId !== '', 'balances are asked of a project')
      boundedRows(request.limit, PAGE_ROWS_MAX)
      const { accounts } = await asked<{ accounts: readonly Row[] | null }>(accountPage(request))
      return (accounts ?? []).map((row) => ({ account: String(row.id), balance: balanceOf(row) }))
    },
  }
}

/** The rows of the page, and its last one when there are more. */
function cut<T>(rows: readonly T[] | null, limit: number): { shown: readonly T[]; next: T | undefined } {
  const found = rows ?? []
  return { shown: found.slice(0, limit), next: found.length > limit ? found[limit - 1] : undefined }
}

function spendRow({ key, billed, imputed, tokens, lines }: Row): SpendRow {
  return {
    key: String(key),
    billedMicros: exactInteger(billed, 'billedMicros'),
    imputedMicros: exactInteger(imputed, 'imputedMicros'),
    tokens: exactInteger(tokens, 'tokens'),
    lines: exactInteger(lines, 'lines'),
  }
}
