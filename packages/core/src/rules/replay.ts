import type { Agent } from '../model/agent.ts'
import type { Approval } from '../model/approval.ts'
import type { EventDraft, EventKind } from '../model/event.ts'
import type { Run } from '../model/run.ts'
import type { Task } from '../model/task.ts'

/** What the log alone says about one row. */
export type Told = Readonly<Record<string, string | number | boolean | null>>

/** Rows by kind and id, as the log tells them: every state that a row went into, and nothing else. */
export class ReplayedState {
  readonly rows: Readonly<Record<ReplayedKind, Map<string, Told>>> = {
    task: new Map(),
    approval: new Map(),
    run: new Map(),
    agent: new Map(),
  }

  /** Takes the next event of the log. */
  apply(event: EventDraft): void {
    const [kind, id] = split(event.subject)
    if (kind === null) return
    const before = this.rows[kind].get(id) ?? null
    const after = STEPS[kind](event, before)
    if (after !== before && after !== null) this.rows[kind].set(id, after)
  }
}

export const REPLAYED_KINDS = ['task', 'approval', 'run', 'agent'] as const
export type ReplayedKind = (typeof REPLAYED_KINDS)[number]

/** The same view of a stored row. */
export const STORED_VIEW = {
  task: ({ status, transitionCount }: Task): Told => ({ status, transitionCount }),
  approval: ({ status, usedAt }: Approval): Told => ({ status, isUsed: usedAt !== null }),
  run: ({ status, stopReason }: Run): Told => ({ status, isStopped: stopReason !== null }),
  agent: ({ status, pausedBy }: Agent): Told => ({ status, pausedBy }),
} as const

type Step = (event: EventDraft, before: Told | null) => Told | null

const STEPS: Readonly<Record<ReplayedKind, Step>> = {
  task: ({ kind, data }, before) => {
    if (kind === 'TASK_CREATED') return { status: 'INBOX', transitionCount: 0 }
    if (kind !== 'TASK_TRANSITION' || before === null) return before
    return { status: text(data, 'to'), transitionCount: Number(before.transitionCount) + 1 }
  },
  approval: ({ kind, data }, before) => {
    if (kind === 'APPROVAL_REQUESTED') return { status: 'PENDING', isUsed: false }
    if (before === null) return null
    if (kind === 'APPROVAL_USED') return { ...before, isUsed: true }
    // One approval of several that are needed decides nothing yet.
    const status = text(data, 'status') === 'PENDING' ? undefined : DECIDED[kind]
    return status === undefined ? before : { ...before, status }
  },
  run: ({ kind, data }, before) => {
    if (kind === 'RUN_STARTED') return { status: 'RUNNING', isStopped: false }
    // A cost that was told without a run comes with one that is over already.
    if (before === null) return kind === 'RUN_COMPLETED' ? { status: text(data, 'status'), isStopped: false } : null
    if (kind === 'RUN_COMPLETED' || kind === 'RUN_FAILED' || kind === 'RUN_TIMEOUT' || kind === 'RUN_STOPPED') {
      // A stop is told twice: when it is ordered, and with its status when the run has ended.
      const status = text(data, 'status') ?? before.status ?? null
      return { status, isStopped: before.isStopped === true || kind === 'RUN_STOPPED' }
    }
    return before
  },
  agent: ({ kind, data }, before) => {
    if (kind === 'AGENT_REGISTERED') return before ?? { status: 'ACTIVE', pausedBy: null }
    if (kind !== 'AGENT_STATUS' || before === null) return before
    return { status: text(data, 'to'), pausedBy: text(data, 'pausedBy') }
  },
}

const DECIDED: Partial<Record<EventKind, string>> = {
  APPROVAL_APPROVED: 'APPROVED',
  APPROVAL_DENIED: 'DENIED',
  APPROVAL_EXPIRED: 'EXPIRED',
  APPROVAL_CANCELED: 'CANCELED',
}

function split(subject: string): [ReplayedKind, string] | [null, ''] {
  const slash = subject.indexOf('/')
  const kind = REPLAYED_KINDS.find((one) => one === subject.slice(0, slash))
  return kind === undefined ? [null, ''] : [kind, subject.slice(slash + 1)]
}

function text(data: EventDraft['data'], field: string): string | null {
  const value = (data as Readonly<Record<string, unknown>> | null)?.[field]
  return typeof value === 'string' ? value : null
}
