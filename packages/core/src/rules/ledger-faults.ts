import { accountKey, type Balance, type Reservation } from '../model/ledger.ts'
import type { Run } from '../model/run.ts'

/** One thing in the ledger that cannot be. */
export interface LedgerFault {
  /** Which of the invariants of the ledger it breaks. */
  readonly invariant: 'I3' | 'I4' | 'I5' | 'I6'
  /** Account, run or reservation. */
  readonly subject: string
  readonly detail: string
}

/** What the usage lines of one run come to. */
export interface LineSums {
  readonly billedMicros: number
  readonly imputedMicros: number
  /** Whether one call has more than one line. */
  readonly isRepeated: boolean
}

export const NO_LINES: LineSums = { billedMicros: 0, imputedMicros: 0, isRepeated: false }

/** An account is the sum of its entries. */
export function* accountFaults(
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
export function* dayFaults(balances: ReadonlyMap<string, Balance>, roots: ReadonlySet<string>): Generator<LedgerFault> {
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

/** A run costs what its lines say, and holds money exactly while it is open. */
export function* runFaults(run: Run, reservation: Reservation | null, lines: LineSums): Generator<LedgerFault> {
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
