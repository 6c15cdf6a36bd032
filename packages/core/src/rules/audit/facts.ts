import type { Balance } from '../../model/ledger.ts'
import type { AnyRecord, Kind, RecordOf } from '../../model/records.ts'
import { type LineSums, NO_LINES } from '../ledger-faults.ts'

/** Something in a store that must never be. */
export interface StoreViolation {
  /** Which of the invariants it breaks: `I3`. */
  readonly invariant: string
  /** `<entity>/<id>`, or the id of an account. */
  readonly subject: string
  readonly problem: string
}

export type Complain = (invariant: string, subject: string, problem: string) => void

/** Kinds that are looked up while others are checked; the rest pass by. */
const KEPT = [
  'project',
  'principal',
  'agent',
  'policy',
  'budget',
  'task',
  'run',
  'reservation',
  'approval',
  'review',
  'toolCall',
] as const satisfies Kind[]
type KeptKind = (typeof KEPT)[number]

/** One move of a task, without what stood behind it. */
export interface Step {
  readonly seq: number
  readonly from: RecordOf<'task'>['status']
  readonly to: RecordOf<'task'>['status']
  readonly actorKind: 'AGENT' | 'HUMAN' | 'SYSTEM'
  readonly at: number
}

/** What the checks know of a store: its records without their long texts, and sums of what there is much of. */
export class AuditFacts {
  readonly #records = new Map<KeptKind, Map<string, AnyRecord>>(KEPT.map((kind) => [kind, new Map()]))
  /** The moves of each task. */
  readonly steps = new Map<string, Step[]>()
  /** What the entries of each account come to, and when something was last held on it. */
  readonly entries = new Map<string, Balance & { readonly heldAt: number }>()
  readonly lines = new Map<string, LineSums>()
  readonly balances = new Map<string, Balance>()
  readonly #calls = new Set<string>()

  get<K extends KeptKind>(kind: K, id: string): RecordOf<K> | null {
    return (this.#records.get(kind)?.get(id) as RecordOf<K> | undefined) ?? null
  }

  all<K extends KeptKind>(kind: K): Iterable<RecordOf<K>> {
    return this.#records.get(kind)?.values() as unknown as Iterable<RecordOf<K>>
  }

  keep(kind: Kind, record: AnyRecord): void {
    const table = this.#records.get(kind as KeptKind)
    if (table !== undefined) table.set(record.id, slim(kind, record))
    else if (kind === 'transition') this.#keepStep(record as RecordOf<'transition'>)
    else if (kind === 'ledgerEntry') this.#addEntry(record as RecordOf<'ledgerEntry'>)
    else if (kind === 'usageLine') this.#addLine(record as RecordOf<'usageLine'>)
  }

  #keepStep({ taskId, seq, from, to, actor, createdAt }: RecordOf<'transition'>): void {
    const steps = this.steps.get(taskId) ?? []
    steps.push({ seq, from, to, actorKind: actor.kind, at: createdAt })
    this.steps.set(taskId, steps)
  }

  #addEntry({ accountId, reserved, settled, kind, at }: RecordOf<'ledgerEntry'>): void {
    const sum = this.entries.get(accountId) ?? { reserved: 0, settled: 0, heldAt: 0 }
    const isHold = kind === 'RESERVE' || kind === 'EXTEND'
    this.entries.set(accountId, {
      reserved: sum.reserved + reserved,
      settled: sum.settled + settled,
      heldAt: isHold ? Math.max(sum.heldAt, at) : sum.heldAt,
    })
  }

  #addLine({ runId, callId, billedMicros, imputedMicros }: RecordOf<'usageLine'>): void {
    const sum = this.lines.get(runId) ?? NO_LINES
    const call = `${runId} ${callId}`
    this.lines.set(runId, {
      billedMicros: sum.billedMicros + (billedMicros ?? 0),
      imputedMicros: sum.imputedMicros + (imputedMicros ?? 0),
      isRepeated: sum.isRepeated || this.#calls.has(call),
    })
    this.#calls.add(call)
  }
}

/** What only tells that there is a text needs one character of it. */
function mark(text: string | null): string | null {
  return text === null || text.trim() === '' ? text : '…'
}

function slim(kind: Kind, record: AnyRecord): AnyRecord {
  if (kind === 'task') {
    const task = record as RecordOf<'task'>
    const { deliverable } = task
    return {
      ...task,
      description: null,
      deliverable: deliverable && {
        ...deliverable,
        summary: mark(deliverable.summary),
        content: mark(deliverable.content),
      },
    }
  }
  if (kind === 'toolCall') {
    return { ...(record as RecordOf<'toolCall'>), inputPreview: '', outputPreview: null, error: null }
  }
  if (kind === 'approval') {
    const approval = record as RecordOf<'approval'>
    const isSmall = approval.actionType === 'COMPLETE_TASK'
    return { ...approval, payload: isSmall ? approval.payload : null, justification: '', actionSummary: '' }
  }
  if (kind === 'review') return { ...(record as RecordOf<'review'>), summary: '', items: [], evidence: null }
  return record
}
