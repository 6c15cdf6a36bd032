import { z } from 'zod'
import { inProject } from '../commands/inputs.ts'
import { accountKey, type Balance } from '../model/ledger.ts'
import type { Kind, RecordOf } from '../model/records.ts'
import { type FilterValue, PAGE_ROWS_MAX, type StorageQueries } from '../ports/storage.ts'
import { found, projectQuery } from './query.ts'

/** Most faults that one answer names; there may be more. */
const FAULTS_MAX = 100

/** One thing in the ledger that cannot be. */
export interface LedgerFault {
  /** Which of the invariants of the ledger it breaks. */
  readonly invariant: 'I3' | 'I4' | 'I5' | 'I6'
  /** Account, run or reservation. */
  readonly subject: string
  readonly detail: string
}

export interface LedgerVerified {
  readonly isSound: boolean
  readonly accounts: number
  readonly entries: number
  readonly runs: number
  readonly lines: number
  readonly faults: readonly LedgerFault[]
}

/**
 * Adds the ledger of a project up again, from its entries and usage lines, and compares. Meant for a quiet moment: what
 * moves between two pages of it looks like a fault, so look again before you believe one.
 */
export const verifyLedger = projectQuery({
  name: 'ledger.verify',
  summary: 'Adds the ledger up from its entries and usage lines and names what does not fit.',
  input: z.strictObject(inProject),
  permission: 'read',
  async read({ queries, project }) {
    const projectId = project.id
    const balances = await allBalances(queries, projectId)
    const entries = await sumsOfEntries(queries, projectId)
    const lines = await sumsOfLines(queries, projectId)
    const held = await reservationsByRun(queries, projectId)
    const faults = [
      ...accountFaults(balances, entries.sums),
      ...dayFaults(balances, await rootAgents(queries, projectId)),
    ]
    let runs = 0
    for await (const run of rowsOf(queries, 'run', projectId)) {
      runs++
      faults.push(...runFaults(run, held.get(run.id) ?? null, lines.sums.get(run.id) ?? NO_LINES))
    }
    return found<LedgerVerified>({
      isSound: faults.length === 0,
      accounts: balances.size,
      entries: entries.count,
      runs,
      lines: lines.count,
      faults: faults.slice(0, FAULTS_MAX),
    })
  },
})

async function* rowsOf<K extends Kind>(
  queries: StorageQueries,
  kind: K,
  projectId: string,
): AsyncGenerator<RecordOf<K>> {
  let after: readonly FilterValue[] | null = null
  do {
    const page: { rows: readonly RecordOf<K>[]; next: readonly FilterValue[] | null } = await queries.page({
      kind,
      projectId,
      limit: PAGE_ROWS_MAX,
      ...(after === null ? {} : { after }),
    })
    yield* page.rows
    after = page.next
  } while (after !== null)
}

async function allBalances(queries: StorageQueries, projectId: string): Promise<ReadonlyMap<string, Balance>> {
  const all = new Map<string, Balance>()
  let after: string | undefined
  do {
    const rows = await queries.balances({ projectId, limit: PAGE_ROWS_MAX, ...(after === undefined ? {} : { after }) })
    for (const { account, balance } of rows) all.set(account, balance)
    after = rows.length === PAGE_ROWS_MAX ? rows.at(-1)?.account : undefined
  } while (after !== undefined)
  return all
}

async function sumsOfEntries(queries: StorageQueries, projectId: string) {
  const sums = new Map<string, Balance>()
  let count = 0
  for await (const { accountId, reserved, settled } of rowsOf(queries, 'ledgerEntry', projectId)) {
    const sum = sums.get(accountId) ?? { reserved: 0, settled: 0 }
    sums.set(accountId, { reserved: sum.reserved + reserved, settled: sum.settled + settled })
    count++
  }
  return { sums, count }
}

interface LineSums {
  readonly billedMicros: number
  readonly imputedMicros: number
  /** Whether one call has more than one line. */
  readonly isRepeated: boolean
}

const NO_LINES: LineSums = { billedMicros: 0, imputedMicros: 0, isRepeated: false }

async function sumsOfLines(queries: StorageQueries, projectId: string) {
  const sums = new Map<string, LineSums>()
  const calls = new Set<string>()
  let count = 0
  for await (const line of rowsOf(queries, 'usageLine', projectId)) {
    const sum = sums.get(line.runId) ?? NO_LINES
    const call = `${line.runId} ${line.callId}`
    sums.set(line.runId, {
      billedMicros: sum.billedMicros + (line.billedMicros ?? 0),
      imputedMicros: sum.imputedMicros + (line.imputedMicros ?? 0),
      isRepeated: sum.isRepeated || calls.has(call),
    })
    calls.add(call)
    count++
  }
  return { sums, count }
}

async function reservationsByRun(queries: StorageQueries, projectId: string) {
  const byRun = new Map<string, RecordOf<'reservation'>>()
  for await (const reservation of rowsOf(queries, 'reservation', projectId)) byRun.set(reservation.runId, reservation)
  return byRun
}

/** Agents without a parent: what a sub-agent spends also counts on the agents above it. */
async function rootAgents(queries: StorageQueries, projectId: string): Promise<ReadonlySet<string>> {
  const roots = new Set<string>()
  for await (const { id, parentAgentId } of rowsOf(queries, 'agent', projectId))
    if (parentAgentId === null) roots.add(id)
  return roots
}

function* accountFaults(
  balances: ReadonlyMap<string, Balance>,
  sums: ReadonlyMap<string, Balance>,
): Generator<LedgerFault> {
  for (const account of new Set([...balances.keys(), ...sums.keys()])) {
    const stands = balances.get(account) ?? { reserved: 0, settled: 0 }
    const sum = sums.get(account) ?? { reserved: 0, settled: 0 }
    if (stands.reserved !== sum.reserved || stands.settled !== sum.settled) {
      const detail = `stands at ${text(stands)}, its entries add up to ${text(sum)}`
      yield { invariant: 'I3', subject: account, detail }
    }
  }
}

function text({ reserved, settled }: Balance): string {
  return `${settled} settled and ${reserved} held`
}

/** The day of a project is the sum of the days of its agents. */
function* dayFaults(balances: ReadonlyMap<string, Balance>, roots: ReadonlySet<string>): Generator<LedgerFault> {
  const agents = new Map<string, Balance>()
  const projects = new Map<string, readonly [account: string, balance: Balance]>()
  for (const [account, balance] of balances) {
    const key = accountKey(account)
    if (key === null || key.metric !== 'USD' || key.window !== 'DAY') continue
    if (key.scopeType === 'PROJECT') projects.set(key.windowKey, [account, balance])
    if (key.scopeType !== 'AGENT' || !roots.has(key.scopeId)) continue
    const sum = agents.get(key.windowKey) ?? { reserved: 0, settled: 0 }
    agents.set(key.windowKey, {
      reserved: sum.reserved + balance.reserved,
      settled: sum.settled + balance.settled,
    })
  }
  for (const [day, [account, balance]] of projects) {
    const sum = agents.get(day) ?? { reserved: 0, settled: 0 }
    if (sum.reserved !== balance.reserved || sum.settled !== balance.settled) {
      yield { invariant: 'I6', subject: account, detail: `stands at ${text(balance)}, its agents at ${text(sum)}` }
    }
  }
}

function* runFaults(
  run: RecordOf<'run'>,
  reservation: RecordOf<'reservation'> | null,
  lines: LineSums,
): Generator<LedgerFault> {
  const subject = run.id
  if (lines.isRepeated) yield { invariant: 'I4', subject, detail: 'a call counts more than once' }
  if (run.billedMicros !== lines.billedMicros || run.imputedMicros !== lines.imputedMicros) {
    yield { invariant: 'I4', subject, detail: 'its cost is not the sum of its lines' }
  }
  const isOpen = run.status === 'RUNNING'
  if (reservation === null || (reservation.status === 'HELD') !== isOpen) {
    const detail = `is ${run.status} and its reservation ${reservation?.status ?? 'is missing'}`
    yield { invariant: 'I5', subject, detail }
    return
  }
  // What is imputed counts or not, as the policy of its time said; so it lies between the two.
  const most = run.billedMicros + run.imputedMicros
  if (!isOpen && (reservation.settledMicros < run.billedMicros || reservation.settledMicros > most)) {
    yield { invariant: 'I4', subject, detail: `cost ${most} and settled ${reservation.settledMicros} micro-USD` }
  }
}
