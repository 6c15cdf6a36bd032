import type { Agent } from '../model/agent.ts'
import type { Approval } from '../model/approval.ts'
import type { EventDraft, EventKind } from '../model/event.ts'
import type { Run } from '../model/run.ts'
import type { Task } from '../model/task.ts'

/** What the log alone says about one row. */
export type Told = Readonly<Record<string, string | number | boolean | null>>

/** Rows by kind and id, as the log tells them: their states, and the counts, sums and hands that follow from what happened. */
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
  task: ({ status, transitionCount, epoch, submission, assigneeIds }: Task): Told => ({
    status,
    transitionCount,
    epoch,
    submission,
    assigneeIds: assigneeIds.join(' '),
  }),
  approval: ({ status, usedAt, payloadHash }: Approval): Told => ({ status, isUsed: usedAt !== null, payloadHash }),
  run: ({ status, stopReason, lineCount, billedMicros, imputedMicros }: Run): Told => ({
    status,
    isStopped: stopReason !== null,
    lineCount,
    billedMicros,
    imputedMicros,
  }),
  agent: ({ status, pausedBy, role, isCao }: Agent): Told => ({ status, pausedBy, role, isCao }),
} as const

type Step = (event: EventDraft, before: Told | null) => Told | null

const STEPS: Readonly<Record<ReplayedKind, Step>> = {
  task: ({ kind, data }, before) => {
    if (kind === 'TASK_CREATED') return NEW_TASK
    if (before === null) return null
    const epoch = number(data, 'epoch') ?? before.epoch ?? 0
    const assigneeIds = list(data, 'assigneeIds') ?? before.assigneeIds ?? ''
    if (kind === 'TASK_UPDATED') return { ...before, epoch, assigneeIds }
    if (kind === 'CLAIM_HANDED_OVER') {
      const known = String(assigneeIds).split(' ').filter(Boolean)
      return { ...before, epoch, assigneeIds: [...new Set([...known, text(data, 'to')])].join(' ') }
    }
    if (kind !== 'TASK_TRANSITION') return before
    const submission = number(data, 'submission')
    const transitionCount = Number(before.transitionCount) + 1
    return { status: text(data, 'to'), transitionCount, epoch, submission, assigneeIds }
  },
  approval: ({ kind, data }, before) => {
    if (kind === 'APPROVAL_REQUESTED') {
      return { status: 'PENDING', isUsed: false, payloadHash: text(data, 'payloadHash') }
    }
    if (before === null) return null
    if (kind === 'APPROVAL_USED') return { ...before, isUsed: true }
    // One approval of several that are needed decides nothing yet.
    const status = text(data, 'status') === 'PENDING' ? undefined : DECIDED[kind]
    return status === undefined ? before : { ...before, status }
  },
  run: ({ kind, data }, before) => {
    if (kind === 'RUN_STARTED') return { ...NEW_RUN, status: 'RUNNING' }
    if (kind === 'USAGE_REPORTED') {
      // A cost that was told without a run comes with one that is over already; its end is told next.
      const told = before ?? NEW_RUN
      return {
        ...told,
        lineCount: Number(told.lineCount) + (number(data, 'lines') ?? 0),
        billedMicros: Number(told.billedMicros) + (number(data, 'billedMicros') ?? 0),
        imputedMicros: Number(told.imputedMicros) + (number(data, 'imputedMicros') ?? 0),
      }
    }
    if (before === null) return null
    if (kind === 'RUN_COMPLETED' || kind === 'RUN_FAILED' || kind === 'RUN_TIMEOUT' || kind === 'RUN_STOPPED') {
      // A stop is told twice: when it is ordered, and with its status when the run has ended.
      const status = text(data, 'status') ?? before.status ?? null
      return { ...before, status, isStopped: before.isStopped === true || kind === 'RUN_STOPPED' }
    }
    return before
  },
  agent: ({ kind, data }, before) => {
    if (kind === 'AGENT_REGISTERED') {
      const isCao = field(data, 'isCao') === true
      return before ?? { status: 'ACTIVE', pausedBy: null, role: text(data, 'role'), isCao }
    }
    if (kind !== 'AGENT_STATUS' || before === null) return before
    return { ...before, status: text(data, 'to'), pausedBy: text(data, 'pausedBy') }
  },
}

const NEW_TASK: Told = { status: 'INBOX', transitionCount: 0, epoch: 0, submission: 0, assigneeIds: '' }
const NEW_RUN: Told = { status: null, isStopped: false, lineCount: 0, billedMicros: 0, imputedMicros: 0 }

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

function field(data: EventDraft['data'], name: string): unknown {
  return (data as Readonly<Record<string, unknown>> | null)?.[name]
}

function text(data: EventDraft['data'], name: string): string | null {
  const value = field(data, name)
  return typeof value === 'string' ? value : null
}

function number(data: EventDraft['data'], name: string): number | null {
  const value = field(data, name)
  return typeof value === 'number' ? value : null
}

function list(data: EventDraft['data'], name: string): string | null {
  const value = field(data, name)
  return Array.isArray(value) ? value.join(' ') : null
}
