import type { Agent } from '../model/agent.ts'
import type { FieldError } from '../model/refusal.ts'
import type { Task, TaskStatus } from '../model/task.ts'
import { checklistGaps } from './checklists.ts'
import type { Capacity, Guard } from './task-lifecycle.ts'

/** Everything the guards of a move look at, gathered before they are asked. */
export interface GuardFacts {
  /** The task with the artifacts of this move already on it. */
  readonly task: Task
  readonly to: TaskStatus
  readonly reason: string | null
  readonly capacities: readonly Capacity[]
  /** The agent that moves it; null for humans and the system. */
  readonly actingAgent: Pick<Agent, 'role'> | null
  /** The agent that works on it after the move, with what is against that; null if there is none. */
  readonly worker: { readonly problems: readonly string[] } | null
  /** Why none of the assignees may take it; empty if one may. */
  readonly assigneeProblems: readonly string[]
  readonly openDependencies: readonly string[]
  readonly runningRunIds: readonly string[]
  readonly unresolvedItems: number
  readonly openDisputes: number
  /** Approvals in `waitingFor` that are still PENDING. */
  readonly pendingApprovalIds: readonly string[]
  readonly completionApproved: boolean
  readonly maxReviewCycles: number
  readonly leadMayFinish: boolean
}

function problem(field: string, message: string): FieldError[] {
  return [{ field, message }]
}

function blank(text: string | null): boolean {
  return text === null || text.trim() === ''
}

function workPlanProblems(task: Task): FieldError[] {
  const bullets = task.workPlan?.bullets ?? []
  if (bullets.length < 3 || bullets.length > 6) return problem('workPlan.bullets', 'a work plan has 3 to 6 bullets')
  return bullets.flatMap((bullet, index) =>
    blank(bullet) ? problem(`workPlan.bullets.${index}`, 'a bullet must not be blank') : [],
  )
}

function deliverableProblems(task: Task): FieldError[] {
  const deliverable = task.deliverable
  const isEmpty =
    deliverable === null ||
    (blank(deliverable.summary) && blank(deliverable.content) && deliverable.artifactIds.length === 0)
  return isEmpty ? problem('deliverable', 'a deliverable needs a summary, content or an artifact') : []
}

const CHECKS: Readonly<Record<Guard, (facts: GuardFacts) => FieldError[]>> = {
  'eligible-assignee': ({ task, assigneeProblems }) =>
    task.assigneeIds.length === 0
      ? problem('assigneeIds', 'at least one assignee is needed')
      : assigneeProblems.flatMap((message) => problem('assigneeIds', message)),
  'work-plan': ({ task }) => workPlanProblems(task),
  'dependencies-done': ({ openDependencies }) =>
    openDependencies.flatMap((id) => problem('dependsOn', `${id} is not DONE`)),
  'worker-ready': ({ worker }) =>
    worker === null
      ? problem('worker', 'an agent must be named to work on it')
      : worker.problems.flatMap((message) => problem('worker', message)),
  deliverable: ({ task }) => deliverableProblems(task),
  checklist: ({ task }) => checklistGaps(task.type, task.checklist).flatMap((gap) => problem('checklist', gap)),
  'changes-resolved': ({ unresolvedItems }) =>
    unresolvedItems === 0 ? [] : problem('reviews', `${unresolvedItems} requested changes are not resolved`),
  'no-running-run': ({ runningRunIds }) =>
    runningRunIds.flatMap((id) => problem('runs', `${id} is still running: complete or fail it first`)),
  feedback: ({ reason }) => (blank(reason) ? problem('reason', 'say what has to change') : []),
  'cycles-left': ({ task, maxReviewCycles }) =>
    task.reviewCycles < maxReviewCycles ? [] : problem('reviewCycles', `${maxReviewCycles} cycles are used up`),
  'completion-approved': ({ completionApproved }) =>
    completionApproved ? [] : problem('approval', 'a COMPLETE_TASK approval of this deliverable is needed'),
  'no-open-dispute': ({ openDisputes }) =>
    openDisputes === 0 ? [] : problem('reviews', `${openDisputes} disputes are open`),
  'pending-approval': ({ pendingApprovalIds }) =>
    pendingApprovalIds.length > 0 ? [] : problem('waitingFor', 'there is no pending approval to wait for'),
  reason: ({ reason }) => (blank(reason) ? problem('reason', 'a reason is needed') : []),
  'resolution-note': ({ reason }) => (blank(reason) ? problem('reason', 'say how it was resolved') : []),
  'not-intern': ({ actingAgent }) =>
    actingAgent?.role === 'INTERN' ? problem('role', 'an INTERN asks for help instead') : [],
  'lead-may-finish': ({ capacities, leadMayFinish }) =>
    capacities.includes('HUMAN') || capacities.includes('SYSTEM') || leadMayFinish
      ? []
      : problem('actor', 'a human finishes tasks in this project'),
  'returns-where-it-was': ({ task, to, capacities }) => {
    if (capacities.includes('HUMAN')) return []
    const expected = to === 'DONE' ? 'REVIEW' : to
    return task.returnStatus === expected
      ? []
      : problem('returnStatus', `it came from ${task.returnStatus ?? 'nowhere'}`)
  },
  'nothing-pending': ({ pendingApprovalIds, capacities }) =>
    // A human who moves it on cancels what is pending in the same transaction.
    capacities.includes('HUMAN') || pendingApprovalIds.length === 0
      ? []
      : pendingApprovalIds.flatMap((id) => problem('waitingFor', `${id} is still pending`)),
}

/** Everything that speaks against the move, field by field; empty when the guards hold. */
export function guardProblems(guards: readonly Guard[], facts: GuardFacts): FieldError[] {
  return guards.flatMap((guard) => CHECKS[guard](facts))
}
