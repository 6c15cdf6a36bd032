import { TASK_STATUSES, type TaskStatus } from '../model/task.ts'

/**
 * In which capacity somebody moves a task.
 * WORKER holds the claim, or is an assignee while nobody holds it. CLAIMANT takes an unassigned task for itself.
 * REVIEWER is named on the task and no party to it. LEAD is a LEAD or the CAO; HUMAN has `tasks.manage`.
 */
export const CAPACITIES = ['CLAIMANT', 'WORKER', 'REVIEWER', 'LEAD', 'HUMAN', 'SYSTEM'] as const
export type Capacity = (typeof CAPACITIES)[number]

/** What must hold before a task may take an edge. `guards.ts` says what each looks at. */
export const GUARDS = [
  'eligible-assignee',
  'work-plan',
  'dependencies-done',
  'worker-ready',
  'deliverable',
  'checklist',
  'changes-resolved',
  'no-running-run',
  'feedback',
  'cycles-left',
  'completion-approved',
  'no-open-dispute',
  'pending-approval',
  'reason',
  'resolution-note',
  'not-intern',
  'lead-may-finish',
  'returns-where-it-was',
  'nothing-pending',
] as const
export type Guard = (typeof GUARDS)[number]

export interface Edge {
  readonly from: TaskStatus
  readonly to: TaskStatus
  readonly capacities: readonly Capacity[]
  readonly guards: readonly Guard[]
}

function edge(from: TaskStatus, to: TaskStatus, capacities: readonly Capacity[], guards: readonly Guard[]): Edge {
  return { from, to, capacities, guards }
}

const ENTRY_TO_PROGRESS: readonly Guard[] = ['work-plan', 'dependencies-done', 'worker-ready']
const ENTRY_TO_REVIEW: readonly Guard[] = ['deliverable', 'checklist', 'changes-resolved', 'no-running-run']
const FINISH: readonly Guard[] = ['deliverable', 'completion-approved', 'no-open-dispute']

/**
 * The complete transition table: 31 of the 64 cells. Every other move is refused.
 * Code, database trigger, documentation and tests read this one table.
 */
export const TRANSITIONS: readonly Edge[] = [
  edge('INBOX', 'ASSIGNED', ['CLAIMANT', 'LEAD', 'HUMAN', 'SYSTEM'], ['eligible-assignee']),
  edge('ASSIGNED', 'IN_PROGRESS', ['WORKER', 'HUMAN'], ENTRY_TO_PROGRESS),
  edge('ASSIGNED', 'INBOX', ['HUMAN', 'SYSTEM'], []),
  edge('IN_PROGRESS', 'REVIEW', ['WORKER', 'HUMAN'], ENTRY_TO_REVIEW),
  edge('IN_PROGRESS', 'ASSIGNED', ['HUMAN', 'SYSTEM'], []),
  edge('REVIEW', 'IN_PROGRESS', ['REVIEWER', 'HUMAN', 'SYSTEM'], ['feedback', 'cycles-left']),
  edge('REVIEW', 'ASSIGNED', ['HUMAN'], []),
  edge('REVIEW', 'DONE', ['HUMAN', 'LEAD'], ['lead-may-finish', ...FINISH]),

  edge('INBOX', 'NEEDS_APPROVAL', ['SYSTEM'], ['pending-approval']),
  edge('ASSIGNED', 'NEEDS_APPROVAL', ['SYSTEM'], ['pending-approval']),
  edge('IN_PROGRESS', 'NEEDS_APPROVAL', ['SYSTEM'], ['pending-approval']),
  edge('REVIEW', 'NEEDS_APPROVAL', ['HUMAN', 'SYSTEM'], ['pending-approval']),
  edge('BLOCKED', 'NEEDS_APPROVAL', ['HUMAN'], ['pending-approval', 'resolution-note']),

  edge('INBOX', 'BLOCKED', ['HUMAN', 'SYSTEM'], ['reason']),
  edge('ASSIGNED', 'BLOCKED', ['HUMAN', 'SYSTEM'], ['reason']),
  edge('REVIEW', 'BLOCKED', ['HUMAN', 'SYSTEM'], ['reason']),
  edge('NEEDS_APPROVAL', 'BLOCKED', ['HUMAN', 'SYSTEM'], ['reason']),
  edge('IN_PROGRESS', 'BLOCKED', ['WORKER', 'HUMAN', 'SYSTEM'], ['not-intern', 'reason']),

  edge('INBOX', 'CANCELED', ['HUMAN'], ['reason']),
  edge('ASSIGNED', 'CANCELED', ['HUMAN'], ['reason']),
  edge('IN_PROGRESS', 'CANCELED', ['HUMAN'], ['reason']),
  edge('REVIEW', 'CANCELED', ['HUMAN'], ['reason']),
  edge('NEEDS_APPROVAL', 'CANCELED', ['HUMAN'], ['reason']),
  edge('BLOCKED', 'CANCELED', ['HUMAN'], ['reason']),

  edge('NEEDS_APPROVAL', 'INBOX', ['HUMAN', 'SYSTEM'], ['returns-where-it-was', 'nothing-pending']),
  edge('NEEDS_APPROVAL', 'ASSIGNED', ['HUMAN', 'SYSTEM'], ['returns-where-it-was', 'nothing-pending']),
  edge('NEEDS_APPROVAL', 'IN_PROGRESS', ['HUMAN', 'SYSTEM'], ['returns-where-it-was', 'nothing-pending']),
  edge('NEEDS_APPROVAL', 'REVIEW', ['HUMAN', 'SYSTEM'], ['returns-where-it-was', 'nothing-pending']),
  edge('NEEDS_APPROVAL', 'DONE', ['SYSTEM'], ['returns-where-it-was', 'nothing-pending', ...FINISH]),

  edge('BLOCKED', 'ASSIGNED', ['HUMAN'], ['eligible-assignee', 'resolution-note']),
  edge('BLOCKED', 'IN_PROGRESS', ['HUMAN'], [...ENTRY_TO_PROGRESS, 'resolution-note']),
]

const EDGES_FROM = new Map(
  TASK_STATUSES.map((from) => [
    from,
    new Map(TRANSITIONS.filter((entry) => entry.from === from).map((entry) => [entry.to, entry])),
  ]),
)

/** The edge between two states, or null where the table has none. */
export function findEdge(from: TaskStatus, to: TaskStatus): Edge | null {
  return EDGES_FROM.get(from)?.get(to) ?? null
}

/** Where somebody with these capacities may move a task from here, guards aside. */
export function allowedTargets(from: TaskStatus, capacities: readonly Capacity[]): TaskStatus[] {
  return TASK_STATUSES.filter((to) => {
    const entry = findEdge(from, to)
    return entry?.capacities.some((capacity) => capacities.includes(capacity))
  })
}

export function isTerminal(status: TaskStatus): boolean {
  return status === 'DONE' || status === 'CANCELED'
}

/** Whether work of an agent is going on or about to: what counts against its concurrent tasks. */
export function isActiveWork(status: TaskStatus): boolean {
  return status === 'ASSIGNED' || status === 'IN_PROGRESS'
}

/** The guards of entering a state by a human from NEEDS_APPROVAL when it is not the state the task came from. */
export function entryGuards(to: TaskStatus): readonly Guard[] {
  if (to === 'ASSIGNED') return ['eligible-assignee']
  if (to === 'IN_PROGRESS') return ENTRY_TO_PROGRESS
  if (to === 'REVIEW') return ENTRY_TO_REVIEW
  return []
}
