import type { Beat, HeartbeatInput } from '../commands/heartbeat.ts'
import type { Approval } from '../model/approval.ts'
import { accountId } from '../model/ledger.ts'
import type { Notification } from '../model/notification.ts'
import type { Outcome } from '../model/refusal.ts'
import type { Task } from '../model/task.ts'
import { type BudgetLevel, budgetLevel, effectiveCap, remaining } from '../rules/budget.ts'
import type { Directive } from '../rules/directive.ts'
import { windowKey } from '../rules/windows.ts'
import { approvalsToDecide } from './approvals-to-decide.ts'
import { encodeCursor, placeIn } from './page.ts'
import { found, type ReadingInProject } from './query.ts'

const NOTIFICATIONS_MAX = 50
const CLAIMABLE_MAX = 20
const TASKS_MAX = 100
const APPROVALS_MAX = 50
/** Longer than any grant lasts, so that an agent that was away finds what it may still use. */
const DECIDED_SHOWN_MS = 7 * 24 * 60 * 60_000
const MINE = ['IN_PROGRESS', 'ASSIGNED', 'NEEDS_APPROVAL', 'REVIEW'] as const

/** Everything an agent needs to go on, fresh at each beat. */
export interface HeartbeatReply {
  readonly ack: true
  readonly serverTime: number
  readonly nextHeartbeatMs: number
  readonly directive: Directive
  readonly budget: {
    readonly dailyMicros: number
    readonly settledMicros: number
    readonly reservedMicros: number
    readonly remainingMicros: number
    readonly level: BudgetLevel
  }
  /** IN_PROGRESS first, then ASSIGNED, then what was just decided. */
  readonly myTasks: readonly Task[]
  /** What it may claim, by priority, then age; empty unless the directive is CONTINUE. */
  readonly claimable: readonly Task[]
  /** Of the CAO, and of a LEAD where the policy lets it. */
  readonly approvalsToDecide: readonly Approval[]
  /** Every outcome of the last days, used or not, the newest first. */
  readonly decidedApprovals: readonly Approval[]
  /** Oldest first, repeated until acknowledged by id. */
  readonly notifications: readonly Notification[]
  readonly notificationsCursor: string | null
  readonly subscribedThreads: readonly { readonly taskId: string; readonly newMessages: number }[]
  /** Ids of own documents that somebody else has changed. */
  readonly documentsChanged: readonly string[]
  readonly policyVersion: string | null
}

/** Reads the reply to a beat that was just recorded. */
export async function readHeartbeatReply(
  reading: ReadingInProject,
  beat: HeartbeatInput,
  recorded: Beat,
): Promise<Outcome<HeartbeatReply>> {
  const { queries, project, agent, now } = reading
  if (agent === null) throw new Error('only agents have a heartbeat')
  const projectId = project.id
  const [budget, mine, claimable, notifications, decided, toDecide, news, policies] = await Promise.all([
    budgetToday(reading, agent.id, agent.budgetDailyMicros),
    queries.page({
      kind: 'task',
      projectId,
      filters: [
        { field: 'assigneeIds', op: 'contains', value: agent.id },
        { field: 'status', op: 'in', value: MINE },
      ],
      order: [
        { field: 'priority', direction: 'asc' },
        { field: 'createdAt', direction: 'asc' },
      ],
      limit: TASKS_MAX,
    }),
    recorded.directive === 'CONTINUE' ? claimableTasks(reading, agent.allowedTaskTypes) : [],
    unacknowledged(reading, agent.id, beat.cursor),
    queries.page({
      kind: 'approval',
      projectId,
      filters: [
        { field: 'onBehalfOfAgentId', op: 'eq', value: agent.id },
        { field: 'decidedAt', op: 'gt', value: now - DECIDED_SHOWN_MS },
      ],
      order: [{ field: 'decidedAt', direction: 'desc' }],
      limit: APPROVALS_MAX,
    }),
    approvalsToDecide(reading, agent),
    unreadNews(reading, agent.id),
    queries.page({ kind: 'policy', projectId, filters: [{ field: 'state', op: 'eq', value: 'ACTIVE' }], limit: 50 }),
  ])
  return found<HeartbeatReply>({
    ack: true,
    serverTime: now,
    nextHeartbeatMs: recorded.nextHeartbeatMs,
    directive: recorded.directive,
    budget,
    myTasks: [...mine.rows].sort(
      (left, right) => MINE.indexOf(left.status as never) - MINE.indexOf(right.status as never),
    ),
    claimable,
    approvalsToDecide: toDecide,
    decidedApprovals: decided.rows,
    notifications: notifications.rows,
    notificationsCursor: notifications.next === null ? null : encodeCursor(notifications.next),
    subscribedThreads: news.threads,
    documentsChanged: news.documents,
    policyVersion: policies.rows.map((policy) => `${policy.name}@${policy.versionNo}`).join('+') || null,
  })
}

async function budgetToday(reading: ReadingInProject, agentId: string, dailyMicros: number) {
  const { queries, project, now } = reading
  const key = windowKey('DAY', now, project.timeZone)
  const id = accountId({
    projectId: project.id,
    scopeType: 'AGENT',
    scopeId: agentId,
    metric: 'USD',
    window: 'DAY',
    windowKey: key,
  })
  const [rows, budgets] = await Promise.all([
    queries.balances({ projectId: project.id, prefix: id, limit: 1 }),
    queries.page({
      kind: 'budget',
      projectId: project.id,
      filters: [
        { field: 'scopeType', op: 'eq', value: 'AGENT' },
        { field: 'scopeId', op: 'eq', value: agentId },
        { field: 'metric', op: 'eq', value: 'USD' },
        { field: 'window', op: 'eq', value: 'DAY' },
      ],
      limit: 1,
    }),
  ])
  const balance = rows[0]?.balance ?? { reserved: 0, settled: 0 }
  const cap = effectiveCap(dailyMicros, budgets.rows[0] ?? null, key)
  return {
    dailyMicros: cap ?? 0,
    settledMicros: balance.settled,
    reservedMicros: balance.reserved,
    remainingMicros: remaining(cap, balance) ?? Number.MAX_SAFE_INTEGER,
    level: budgetLevel(cap, balance.settled),
  }
}

async function claimableTasks(reading: ReadingInProject, types: readonly string[]): Promise<readonly Task[]> {
  const page = await reading.queries.page({
    kind: 'task',
    projectId: reading.project.id,
    filters: [
      { field: 'status', op: 'eq', value: 'INBOX' },
      ...(types.length === 0 ? [] : [{ field: 'type', op: 'in', value: types } as const]),
    ],
    order: [
      { field: 'priority', direction: 'asc' },
      { field: 'createdAt', direction: 'asc' },
    ],
    limit: CLAIMABLE_MAX,
  })
  return page.rows
}

function unacknowledged(reading: ReadingInProject, agentId: string, cursor: string | undefined) {
  const order = [{ field: 'createdAt', direction: 'asc' }] as const
  const after = cursor === undefined ? null : placeIn({ kind: 'notification', order }, cursor)
  return reading.queries.page({
    kind: 'notification',
    projectId: reading.project.id,
    filters: [
      { field: 'targetId', op: 'eq', value: agentId },
      { field: 'ackedAt', op: 'eq', value: null },
      { field: 'expiresAt', op: 'gt', value: reading.now },
    ],
    order,
    ...(after === null ? {} : { after }),
    limit: NOTIFICATIONS_MAX,
  })
}

/** Threads and own documents with news the agent has not acknowledged, from the notes themselves. */
async function unreadNews(reading: ReadingInProject, agentId: string) {
  const page = await reading.queries.page({
    kind: 'notification',
    projectId: reading.project.id,
    filters: [
      { field: 'targetId', op: 'eq', value: agentId },
      { field: 'ackedAt', op: 'eq', value: null },
      { field: 'type', op: 'in', value: ['MENTION', 'TASK_TRANSITION', 'SYSTEM'] },
    ],
    limit: 200,
  })
  const counts = new Map<string, number>()
  for (const note of page.rows) {
    // Transitions are no messages; they carry the task itself as their subject.
    if (note.refs.taskId !== null && note.subject.startsWith('message/'))
      counts.set(note.refs.taskId, (counts.get(note.refs.taskId) ?? 0) + 1)
  }
  const ofDocument = (subject: string) => /^agentDocument\/(.+)$/.exec(subject)?.[1]
  return {
    threads: [...counts].map(([taskId, newMessages]) => ({ taskId, newMessages })),
    documents: [...new Set(page.rows.flatMap(({ subject }) => ofDocument(subject) ?? []))],
  }
}
