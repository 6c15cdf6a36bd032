import type { Balance } from '../model/ledger.ts'
import type { StorageQueries } from '../ports/storage.ts'
import {
  accountFaults,
  dayFaults,
  type LedgerFault,
  type LineSums,
  NO_LINES,
  runFaults,
} from '../rules/ledger-faults.ts'
import { allBalances, rowsOf } from './ledger-rows.ts'

/** How often something is read again before it is left undecided. */
const ATTEMPTS_MAX = 12
/** A fault is one when it was there this often, each time with nothing moving meanwhile. */
const STILL_READS = 3

interface Ledger {
  readonly queries: StorageQueries
  readonly projectId: string
  readonly roots: ReadonlySet<string>
}

/** What one look at something by itself says: its faults, or null when it moved meanwhile. */
type Look = () => Promise<readonly LedgerFault[] | null>

/** Reads again whatever did not fit, and tells faults from what only moved while it was read. */
export async function confirmFaults(ledger: Ledger, suspects: readonly LedgerFault[]) {
  const faults: LedgerFault[] = []
  const undecided: string[] = []
  for (const subject of new Set(suspects.map(keyOf))) {
    const suspect = suspects.find((each) => keyOf(each) === subject)
    if (suspect === undefined) continue
    const confirmed = await confirm(lookAt(ledger, suspect))
    if (confirmed === null) undecided.push(suspect.subject)
    else faults.push(...confirmed)
  }
  return { faults, undecided: [...new Set(undecided)] }
}

/** A run is read once, whatever was wrong with it. */
function keyOf({ invariant, subject }: LedgerFault): string {
  return invariant === 'I3' || invariant === 'I6' ? `${invariant} ${subject}` : subject
}

function lookAt(ledger: Ledger, { invariant, subject }: LedgerFault): Look {
  if (invariant === 'I3') return accountLook(ledger, subject)
  return invariant === 'I6' ? dayLook(ledger, subject) : runLook(ledger, subject)
}

/** The faults that are still there, none if it fits after all, null if it never stood still. */
async function confirm(look: Look): Promise<readonly LedgerFault[] | null> {
  let still = 0
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const found = await look()
    if (found === null) continue
    if (found.length === 0) return []
    still++
    if (still === STILL_READS) return found
  }
  return null
}

/** One account, between two readings of what stands on it. Entries that are known are not read again. */
function accountLook({ queries, projectId }: Ledger, account: string): Look {
  const known = new Set<string>()
  let sum: Balance = { reserved: 0, settled: 0 }
  const standing = async () => {
    const [row] = await queries.balances({ projectId, prefix: account, limit: 1 })
    return row?.account === account ? row.balance : { reserved: 0, settled: 0 }
  }
  return async () => {
    const before = await standing()
    let inARow = 0
    for await (const { id, reserved, settled } of rowsOf(queries, 'ledgerEntry', projectId, [
      { field: 'accountId', op: 'eq', value: account },
    ])) {
      inARow = known.has(id) ? inARow + 1 : 0
      // Commits that were under way together may show their rows a little out of order, hence not at the first known one.
      if (inARow > KNOWN_ROWS_MAX) break
      if (known.has(id)) continue
      known.add(id)
      sum = { reserved: sum.reserved + reserved, settled: sum.settled + settled }
    }
    const after = await standing()
    if (before.reserved !== after.reserved || before.settled !== after.settled) return null
    return [...accountFaults(new Map([[account, after]]), new Map([[account, sum]]))]
  }
}

const KNOWN_ROWS_MAX = 500

/** One day of the project and of its agents, read twice. */
function dayLook({ queries, projectId, roots }: Ledger, account: string): Look {
  const faultOf = async () =>
    [...dayFaults(await allBalances(queries, projectId), roots)].find(({ subject }) => subject === account)
  return async () => {
    const [before, after] = [await faultOf(), await faultOf()]
    if (before === undefined || after === undefined) return []
    return before.detail === after.detail ? [after] : null
  }
}

/** One run with its lines and its reservation, between two readings of the run. */
function runLook({ queries, projectId }: Ledger, runId: string): Look {
  const ofRun = [{ field: 'runId', op: 'eq', value: runId }] as const
  const standing = async () => {
    const runs = await queries.page({
      kind: 'run',
      projectId,
      filters: [{ field: 'id', op: 'eq', value: runId }],
      limit: 1,
    })
    const reservations = await queries.page({ kind: 'reservation', projectId, filters: ofRun, limit: 1 })
    return { run: runs.rows[0] ?? null, reservation: reservations.rows[0] ?? null }
  }
  return async () => {
    const before = await standing()
    let sum: LineSums = NO_LINES
    const calls = new Set<string>()
    for await (const { callId, billedMicros, imputedMicros } of rowsOf(queries, 'usageLine', projectId, ofRun)) {
      sum = {
        billedMicros: sum.billedMicros + (billedMicros ?? 0),
        imputedMicros: sum.imputedMicros + (imputedMicros ?? 0),
        isRepeated: sum.isRepeated || calls.has(callId),
      }
      calls.add(callId)
    }
    const { run, reservation } = await standing()
    const hasMoved =
      run?.version !== before.run?.version || reservation?.version !== before.reservation?.version || run === null
    return hasMoved ? null : [...runFaults(run, reservation, sum)]
  }
}
