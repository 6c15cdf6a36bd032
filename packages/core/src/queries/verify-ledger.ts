import { z } from 'zod'
import { inProject } from '../commands/inputs.ts'
import type { Balance } from '../model/ledger.ts'
import type { RecordOf } from '../model/records.ts'
import type { StorageQueries } from '../ports/storage.ts'
import {
  accountFaults,
  dayFaults,
  type LedgerFault,
  type LineSums,
  NO_LINES,
  runFaults,
} from '../rules/ledger-faults.ts'
import { confirmFaults } from './confirm-faults.ts'
import { allBalances, rowsOf } from './ledger-rows.ts'
import { found, projectQuery } from './query.ts'

/** Most faults that one answer names; there may be more. */
const FAULTS_MAX = 100

export interface LedgerVerified {
  readonly isSound: boolean
  readonly accounts: number
  readonly entries: number
  readonly runs: number
  readonly lines: number
  readonly faults: readonly LedgerFault[]
  /** What never stood still long enough to be judged: look again in a quieter moment. */
  readonly undecided: readonly string[]
}

/**
 * Adds the ledger of a project up again, from its entries and usage lines, and compares. On a busy project things move
 * between two pages; so whatever differs is read again, by itself, until it stands still, before it is called a fault.
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
    const roots = await rootAgents(queries, projectId)
    const suspects = [...accountFaults(balances, entries.sums), ...dayFaults(balances, roots)]
    let runs = 0
    for await (const run of rowsOf(queries, 'run', projectId)) {
      runs++
      suspects.push(...runFaults(run, held.get(run.id) ?? null, lines.sums.get(run.id) ?? NO_LINES))
    }
    const { faults, undecided } = await confirmFaults({ queries, projectId, roots }, suspects.slice(0, FAULTS_MAX))
    return found<LedgerVerified>({
      isSound: faults.length === 0 && undecided.length === 0,
      accounts: balances.size,
      entries: entries.count,
      runs,
      lines: lines.count,
      faults,
      undecided,
    })
  },
})

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
