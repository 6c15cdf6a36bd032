import { eventSchema } from '../../model/event.ts'
import { RECORDS } from '../../model/records.ts'
import type { LogHead } from '../../model/seal.ts'
import type { StoredRow } from '../../model/stored-row.ts'
import { StateHash } from '../state-hash.ts'
import { auditApprovals } from './approvals.ts'
import { AuditFacts, type Complain, type StoreViolation } from './facts.ts'
import { auditIsolation } from './isolation.ts'
import { type AttestedHead, LogAudit } from './log.ts'
import { auditMoney } from './money.ts'
import { auditTasks } from './tasks.ts'

/** Most violations that are named; the rest is counted. */
const NAMED_MAX = 100

/** The invariants that can be read from a store at rest. The others are about what happens in between. */
export const AUDITED_INVARIANTS = [
  ...['I1', 'I2', 'I3', 'I4', 'I6', 'I8', 'I9', 'I10', 'I11', 'I14', 'I15', 'I16', 'I17'],
  ...['I20', 'I21', 'I22', 'I23', 'I24', 'I29', 'I30'],
] as const

/** What is true of a store at one moment. */
export interface StoreVerified {
  readonly isSound: boolean
  /** The first thing that must never be; null when there is none. */
  readonly first: StoreViolation | null
  /** At most a hundred of them. */
  readonly violations: readonly StoreViolation[]
  readonly violationCount: number
  readonly invariants: readonly string[]
  /** Rows by kind; `event`, `balance` and `receipt` among them. */
  readonly counts: Readonly<Record<string, number>>
  /** How far each log is sealed. */
  readonly heads: readonly LogHead[]
  readonly stateHash: string
}

/** Takes the rows of a snapshot in their order and tells what must never be. Pure: the same rows, the same answer. */
export class StoreAudit {
  readonly #violations: StoreViolation[] = []
  #violationCount = 0
  readonly #complain: Complain = (invariant, subject, problem) => {
    this.#violationCount++
    if (this.#violations.length < NAMED_MAX) this.#violations.push({ invariant, subject, problem })
  }
  readonly #facts = new AuditFacts()
  readonly #log: LogAudit
  readonly #hash = new StateHash()
  readonly #counts: Record<string, number> = {}

  /** Heads that were kept outside the store and are genuine prove that nothing before them was changed or cut. */
  constructor(attested: readonly AttestedHead[] = []) {
    this.#log = new LogAudit(this.#facts, this.#complain, attested)
  }

  take(row: StoredRow): void {
    const kind = row.type === 'record' ? row.kind : row.type
    this.#counts[kind] = (this.#counts[kind] ?? 0) + 1
    this.#hash.take(row)
    if (row.type === 'record') {
      const checked = RECORDS[row.kind].safeParse(row.record)
      if (checked.success) this.#facts.keep(row.kind, row.record)
      else this.#complain('I30', `${row.kind}/${row.record.id}`, `does not have the shape of its kind`)
    } else if (row.type === 'balance') this.#facts.balances.set(row.account, row.balance)
    else if (row.type === 'event') {
      if (eventSchema.safeParse(row.event).success) this.#log.take(row.event, row.seal)
      else this.#complain('I30', `event/${row.event.id}`, 'does not have the shape of an event')
    }
  }

  /** How far each log has been followed. */
  get heads(): readonly LogHead[] {
    return this.#log.heads
  }

  foundSealWithoutEvent(projectId: string | null, seq: number): void {
    this.#log.foundSealWithoutEvent(projectId, seq)
  }

  end(): StoreVerified {
    this.#log.end()
    auditTasks(this.#facts, this.#complain)
    auditApprovals(this.#facts, this.#complain)
    auditMoney(this.#facts, this.#log.capChanges, this.#complain)
    auditIsolation(this.#facts, this.#complain)
    return {
      isSound: this.#violationCount === 0,
      first: this.#violations[0] ?? null,
      violations: this.#violations,
      violationCount: this.#violationCount,
      invariants: AUDITED_INVARIANTS,
      counts: this.#counts,
      heads: this.#log.heads,
      stateHash: this.#hash.end(),
    }
  }
}
