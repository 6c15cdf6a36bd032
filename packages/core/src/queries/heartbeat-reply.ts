import type { Beat, HeartbeatInput } from '../commands/heartbeat.ts'
import type { Snapshot } from '../decide/snapshot.ts'
import type { Agent } from '../model/agent.ts'
import type { Approval } from '../model/approval.ts'
import { type AccountKey, accountId } from '../model/ledger.ts'
import type { Notification } from '../model/notification.ts'
import type { Outcome } from '../model/refusal.ts'
import type { Task } from '../model/task.ts'
import type { FilterValue, Scope } from '../ports/storage.ts'
import { type BudgetLevel, budgetLevel, effectiveCap, remaining } from '../rules/budget.ts'
import type { Directive } from '../rules/directive.ts'
import { windowKey } from '../rules/windows.ts'
import { approvalsToDecide } from './approvals-to-decide.ts'
import { inboxPage } from './inbox.ts'
import { encodeCursor, placeIn } from './page.ts'
import { found, type ReadingInProject } from './query.ts'

const NOTIFICATIONS_MAX = 50
/** Open notes that come with the one look. */
const UNACKED_MAX = 200
const POLICIES_MAX = 50
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
  const after = beat.cursor === undefined ? null : placeIn(UNACKNOWLEDGED, beat.cursor)
  const [seen, mine, claimable, later, decided, toDecide] = await Promise.all([
    reading.look(replyScope(reading, agent.id)),
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
    after === null ? null : unacknowledged(reading, agent.id, after),
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
  ])
  const unacked = seen.find('unackedNotifications', agent.id, null)
  // Old notes must never hide new ones: whoever has that many open is answered by pages.
  const isAll = unacked.length < UNACKED_MAX
  const first = () => (isAll ? firstPage(unacked, now) : unacknowledged(reading, agent.id, null))
  const notifications = later ?? (await first())
  const news = unreadNews(isAll ? unacked : await newestNews(reading, agent.id))
  return found<HeartbeatReply>({
    ack: true,
    serverTime: now,
    nextHeartbeatMs: recorded.nextHeartbeatMs,
    directive: recorded.directive,
    budget: budgetToday(reading, seen, agent),
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
    policyVersion:
      seen
        .find('activePolicies', projectId)
        .map((policy) => `${policy.name}@${policy.versionNo}`)
        .join('+') || null,
  })
}

/** What the reply takes from one look, which callers share: budget, policies, and the notes nobody has acknowledged. */
function replyScope(reading: ReadingInProject, agentId: string): Scope {
  return {
    accounts: [accountId(dayAccount(reading, agentId))],
    lookups: [
      { lookup: 'budgetByScope', values: budgetOf(reading, agentId), limit: 1 },
      { lookup: 'activePolicies', values: [reading.project.id], limit: POLICIES_MAX },
      { lookup: 'unackedNotifications', values: [agentId, null], limit: UNACKED_MAX },
    ],
  }
}

function dayAccount({ project, now }: ReadingInProject, agentId: string): AccountKey {
  const scope = { projectId: project.id, scopeType: 'AGENT', scopeId: agentId, metric: 'USD', window: 'DAY' } as const
  return { ...scope, windowKey: windowKey('DAY', now, project.timeZone) }
}

function budgetOf({ project }: ReadingInProject, agentId: string) {
  return [project.id, 'AGENT', agentId, 'USD', 'DAY'] as const
}

function budgetToday(reading: ReadingInProject, seen: Snapshot, { id, budgetDailyMicros }: Agent) {
  const key = dayAccount(reading, id)
  const balance = seen.balance(key)
  const [override] = seen.find('budgetByScope', ...budgetOf(reading, id))
  const cap = effectiveCap(budgetDailyMicros, override ?? null, key.windowKey)
  return {
    dailyMicros: cap ?? 0,
    settledMicros: balance.settled,
    reservedMicros: balance.reserved,
    remainingMicros: remaining(cap, balance) ?? Number.MAX_SAFE_INTEGER,
    level: budgetLevel(cap, balance.settled),
  }
}

async function claimableTasks(reading: ReadingInProject, types: readonly string[]): Promise<readonly Task[]> {
  const page = await reading.queries.page({ ...inboxPage(reading.project.id, types), limit: CLAIMABLE_MAX })
  return page.rows
}

const UNACKNOWLEDGED = { kind: 'notification', order: [{ field: 'createdAt', direction: 'asc' }] } as const
const NEWS = ['MENTION', 'TASK_TRANSITION', 'SYSTEM'] as const

/** The first notes of all, and where the next ones begin. */
function firstPage(unacked: readonly Notification[], now: number) {
  const notes = unacked.filter(({ expiresAt }) => expiresAt > now)
  const rows = notes.slice(0, NOTIFICATIONS_MAX)
  const last = rows.at(-1)
  const hasMore = last !== undefined && notes.length > rows.length
  return { rows, next: hasMore ? [last.createdAt, last.createdAt, last.id] : null }
}

function unacknowledged(reading: ReadingInProject, agentId: string, after: readonly FilterValue[] | null) {
  return reading.queries.page({
    ...UNACKNOWLEDGED,
    projectId: reading.project.id,
    filters: [
      { field: 'targetId', op: 'eq', value: agentId },
      { field: 'ackedAt', op: 'eq', value: null },
      { field: 'expiresAt', op: 'gt', value: reading.now },
    ],
    ...(after === null ? {} : { after }),
    limit: NOTIFICATIONS_MAX,
  })
}

async function newestNews(reading: ReadingInProject, agentId: string): Promise<readonly Notification[]> {
  const page = await reading.queries.page({
    kind: 'notification',
    projectId: reading.project.id,
    filters: [
      { field: 'targetId', op: 'eq', value: agentId },
      { field: 'ackedAt', op: 'eq', value: null },
      { field: 'type', op: 'in', value: NEWS },
    ],
    limit: UNACKED_MAX,
  })
  return page.rows
}

/** Threads and own documents with news the agent has not acknowledged, from the notes themselves. */
function unreadNews(unacked: readonly Notification[]) {
  const notes = unacked.filter(({ type }) => (NEWS as readonly string[]).includes(type))
  const counts = new Map<string, number>()
  for (const note of notes) {
    // Transitions are no messages; they carry the task itself as their subject.
    if (note.refs.taskId !== null && note.subject.startsWith('message/'))
      counts.set(note.refs.taskId, (counts.get(note.refs.taskId) ?? 0) + 1)
  }
  const ofDocument = (subject: string) => /^agentDocument\/(.+)$/.exec(subject)?.[1]
  return {
    threads: [...counts].map(([taskId, newMessages]) => ({ taskId, newMessages })),
    documents: [...new Set(notes.flatMap(({ subject }) => ofDocument(subject) ?? []))],
  }
}
