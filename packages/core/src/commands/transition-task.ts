import { z } from 'zod'
import {
  accept,
  type DecidingInProject,
  type Decision,
  joinScopes,
  projectCommand,
  refuse,
  refuseWithEffects,
} from '../decide/command.ts'
import { leaseProblem, own, strangerProblem, versionProblem } from '../decide/own.ts'
import {
  approveCompletion,
  completionProblem,
  completionScope,
  consumeCompletion,
} from '../effects/approve-completion.ts'
import { deliverableOf, workPlanOf } from '../effects/artifacts.ts'
import { cancelApprovals } from '../effects/cancel-approvals.ts'
import { costSummaryOf, costSummaryScope } from '../effects/cost-summary.ts'
import { capacitiesOf, judgeMove } from '../effects/judge-move.ts'
import { type Move, moveTask } from '../effects/move-task.ts'
import { parkTask } from '../effects/open-approval.ts'
import { refusedMove } from '../effects/refused-move.ts'
import { renewLease } from '../effects/renew-lease.ts'
import { requestCompletion } from '../effects/request-completion.ts'
import { retireSubAgents, subAgentsScope } from '../effects/retire-agent.ts'
import { supersedeReviews } from '../effects/supersede-reviews.ts'
import { ancestryScope, taskScope } from '../effects/task-scope.ts'
import { refSchema } from '../model/ids.ts'
import { type Refusal, refusal } from '../model/refusal.ts'
import { TASK_STATUSES, type Task } from '../model/task.ts'
import { contentSchema, reasonSchema, textSchema } from '../model/text.ts'
import { buildChecklist } from '../rules/checklists.ts'
import { ancestryOf } from '../rules/parties.ts'
import { hasPermission } from '../rules/permissions.ts'
import { isActiveWork, isTerminal } from '../rules/task-lifecycle.ts'
import { checklistInput, epochInput, expectedVersionInput, inProject, workPlanInput } from './inputs.ts'

const input = z.strictObject({
  ...inProject,
  taskId: refSchema,
  to: z.enum(TASK_STATUSES),
  reason: reasonSchema.optional(),
  epoch: epochInput,
  expectedVersion: expectedVersionInput,
  workPlan: workPlanInput.optional(),
  deliverable: z
    .strictObject({
      summary: textSchema.optional(),
      content: contentSchema.optional(),
      artifactIds: z.array(refSchema).max(100).optional(),
    })
    .optional(),
  checklist: checklistInput.optional(),
  assigneeIds: z.array(refSchema).max(20).optional(),
  workerId: refSchema.optional(),
})
type Transition = z.infer<typeof input>

/**
 * Moves a task along an edge of the transition table, if the actor may and the guards hold.
 * The same move repeated (same target, same expected version) changes nothing the second time.
 */
export const transitionTask = projectCommand({
  name: 'tasks.transition',
  summary: 'Moves a task along an edge of the transition table.',
  input,
  permission: 'tasks.work',
  whenContained: 'refused',
  scope: ({ projectId, taskId, to, workerId, assigneeIds }, caller, seen) =>
    joinScopes(
      taskScope(
        projectId,
        taskId,
        seen,
        [caller.agentId, workerId, ...(assigneeIds ?? [])].filter((id) => id != null),
      ),
      ancestryScope(projectId),
      costSummaryScope(taskId),
      completionScope(projectId, taskId, seen),
      isTerminal(to) ? subAgentsScope(projectId, taskId, seen) : {},
    ),
  decide(deciding, given) {
    const { record: task, problem } = own(deciding, 'task', given.taskId)
    if (problem !== null) return refuse(problem)
    const isRepeat =
      task.status === given.to && given.expectedVersion !== undefined && given.expectedVersion < task.version
    if (isRepeat) return accept(task)
    const refused = versionProblem(task, given.expectedVersion) ?? lostLease(deciding, task, given)
    return refused === null ? move(deciding, task, given) : refuse(refused)
  },
})

/** Reviewers and leads of a held task act without its lease; its worker does not. */
function lostLease(deciding: DecidingInProject, task: Task, given: Transition) {
  if (given.epoch === undefined && task.claim?.agentId !== deciding.agent?.id) return null
  return leaseProblem(deciding, task, given.epoch)
}

/** Who changes the assignees, or gives the work to somebody else, must be allowed to assign, and names agents of the project. */
function assigneeProblem(deciding: DecidingInProject, task: Task, given: Transition): Refusal | null {
  const { principal, agent } = deciding
  const { assigneeIds, workerId } = given
  const isChanged = assigneeIds !== undefined && !isSameSet(assigneeIds, task.assigneeIds)
  const isHandedOn = workerId !== undefined && workerId !== task.claim?.agentId && workerId !== agent?.id
  if (!isChanged && !isHandedOn) return null
  if (principal !== null && !hasPermission(principal, agent, 'tasks.assign')) {
    return refusal('FORBIDDEN', `${principal.displayName} lacks tasks.assign`)
  }
  return assigneeIds === undefined ? null : strangerProblem(deciding, assigneeIds)
}

function isSameSet(one: readonly string[], other: readonly string[]): boolean {
  return new Set([...one, ...other]).size === new Set(one).size && new Set(one).size === new Set(other).size
}

function move(deciding: DecidingInProject, task: Task, given: Transition): Decision<Task> {
  const ancestry = ancestryOf(deciding.snapshot.find('agentsOfProject', deciding.project.id))
  const capacities = capacitiesOf(deciding, task, ancestry)
  const next = withArtifacts(deciding, task, given)
  const worker = workerOf(deciding, task, given)
  if (given.to === 'NEEDS_APPROVAL' && task.status === 'REVIEW' && capacities.includes('HUMAN')) {
    return askForCompletion(deciding, task, given.reason)
  }
  // A human who finishes a task gives the completion approval by that act, if they may give it at all.
  const isHumanFinish = given.to === 'DONE' && capacities.includes('HUMAN')
  if (isHumanFinish) {
    const problem = completionProblem(deciding, task, ancestry)
    if (problem !== null) return refuseWithEffects(refusedMove(deciding, task, given.to, problem))
  }
  const refused = judgeMove(deciding, {
    task: next,
    from: task.status,
    to: given.to,
    reason: given.reason ?? null,
    capacities,
    worker,
    completionApproved: isHumanFinish && given.reason !== undefined,
  })
  if (refused !== null) return refuseWithEffects(refusedMove(deciding, task, given.to, refused))
  if (given.to === 'DONE' && given.reason === undefined) {
    return refuse(
      refusal('TRANSITION_REFUSED', 'a decision note is needed', {
        errors: [{ field: 'reason', message: 'say why it is accepted' }],
      }),
    )
  }
  const misnamed = assigneeProblem(deciding, task, given)
  if (misnamed !== null) return refuse(misnamed)
  if (task.status === 'NEEDS_APPROVAL') cancelWaiting(deciding, task)
  if (given.to === 'REVIEW' && isNewWork(task, next)) supersedeReviews(deciding, task)
  const approvalId = given.to !== 'DONE' ? null : finishApproval(deciding, next, given, isHumanFinish)
  const moved = moveTask(deciding, moveOf(deciding, task, next, given, worker?.id, approvalId))
  if (isTerminal(given.to)) retireSubAgents(deciding, moved)
  renewLease(deciding, task)
  return accept(moved)
}

/** Back in REVIEW after a decision it is the same submission, unless its deliverable is another one. */
function isNewWork(task: Task, next: Task): boolean {
  return task.returnStatus !== 'REVIEW' || next.deliverable?.hash !== task.deliverable?.hash
}

/** A human in REVIEW may ask for the completion instead of giving it. */
function askForCompletion(deciding: DecidingInProject, task: Task, reason: string | undefined): Decision<Task> {
  const justification = reason ?? 'handed in for acceptance'
  const approval = requestCompletion(deciding, task, { justification, isDecidedAtOnce: false })
  if (approval === null) {
    return refuse(
      refusal('TRANSITION_REFUSED', 'nobody has worked on this task', {
        errors: [{ field: 'waitingFor', message: 'there is no author' }],
      }),
    )
  }
  parkTask(deciding, task, approval)
  return accept(deciding.changes.current('task', task))
}

/** The approval that finishing uses up: a human's own, or the one that was given before. */
function finishApproval(
  deciding: DecidingInProject,
  task: Task,
  given: Transition,
  isHumanFinish: boolean,
): string | null {
  return isHumanFinish ? approveCompletion(deciding, task, given.reason ?? '') : consumeCompletion(deciding, task)
}

/**
 * The task with what the move brings. A deliverable comes with a move to REVIEW and no other: what has been handed in is
 * not changed by finishing, blocking or reassigning the task.
 */
function withArtifacts(deciding: DecidingInProject, task: Task, given: Transition): Task {
  return {
    ...task,
    ...(given.workPlan === undefined || !isActiveWork(given.to) ? {} : { workPlan: workPlanOf(given.workPlan) }),
    ...(given.to === 'REVIEW' ? submitted(task, given) : {}),
    ...(given.assigneeIds === undefined ? {} : { assigneeIds: [...new Set(given.assigneeIds)] }),
    ...(given.to === 'INBOX' ? { assigneeIds: [] } : {}),
    ...(given.to === 'REVIEW' ? { costSummary: costSummaryOf(deciding, task) } : {}),
  }
}

function submitted(task: Task, { deliverable, checklist }: Transition): Partial<Task> {
  return {
    ...(deliverable === undefined ? {} : { deliverable: deliverableOf(deliverable) }),
    ...(checklist === undefined ? {} : { checklist: buildChecklist(task.type, checklist, false) }),
  }
}

function workerOf(deciding: DecidingInProject, task: Task, given: Transition) {
  if (given.to !== 'IN_PROGRESS') return null
  const workerId = given.workerId ?? deciding.agent?.id ?? task.claim?.agentId ?? task.assigneeIds[0]
  if (workerId === undefined || !deciding.snapshot.has('agent', workerId)) return null
  const worker = deciding.snapshot.get('agent', workerId)
  return worker?.projectId === task.projectId ? worker : null
}

function cancelWaiting(deciding: DecidingInProject, task: Task): void {
  const waiting = task.waitingFor
    .map((id) => deciding.snapshot.get('approval', id))
    // More money for an account is asked for all that wait for it, not for this task alone.
    .filter((approval) => approval?.taskId === task.id)
    .filter((approval) => approval !== null)
  cancelApprovals(deciding, waiting, `a human moved the task on`)
}

function moveOf(
  deciding: DecidingInProject,
  task: Task,
  next: Task,
  given: Transition,
  workerId: string | undefined,
  approvalId: string | null,
): Move {
  // Returned to work, a task keeps its holder; only a human names another one.
  const keeps = task.status === 'REVIEW' || task.status === 'NEEDS_APPROVAL' || task.status === 'BLOCKED'
  const holderId =
    given.to !== 'IN_PROGRESS' ? undefined : keeps ? (given.workerId ?? task.claim?.agentId ?? workerId) : workerId
  const assigneeIds =
    holderId === undefined || next.assigneeIds.includes(holderId) ? next.assigneeIds : [...next.assigneeIds, holderId]
  return {
    task,
    to: given.to,
    reason: given.reason ?? null,
    assigneeIds,
    ...(holderId === undefined ? {} : { holderId }),
    fields: {
      workPlan: next.workPlan,
      deliverable: next.deliverable,
      checklist: next.checklist,
      costSummary: next.costSummary,
    },
    approvalId,
    stopReason: deciding.agent === null ? 'OPERATOR' : 'CANCELED',
  }
}
