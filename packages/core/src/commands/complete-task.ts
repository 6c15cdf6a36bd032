import { z } from 'zod'
import { accept, joinScopes, projectCommand, refuse, refuseWithEffects } from '../decide/command.ts'
import { leaseProblem, own } from '../decide/own.ts'
import { deliverableOf } from '../effects/artifacts.ts'
import { completeOpenRun, openRunScope } from '../effects/complete-open-run.ts'
import { costSummaryOf, costSummaryScope } from '../effects/cost-summary.ts'
import { capacitiesOf, judgeMove } from '../effects/judge-move.ts'
import { moveTask } from '../effects/move-task.ts'
import { refusedMove } from '../effects/refused-move.ts'
import { renewLease } from '../effects/renew-lease.ts'
import { supersedeReviews } from '../effects/supersede-reviews.ts'
import { taskScope } from '../effects/task-scope.ts'
import { refSchema } from '../model/ids.ts'
import { microsSchema } from '../model/money.ts'
import { contentSchema, textSchema } from '../model/text.ts'
import { buildChecklist } from '../rules/checklists.ts'
import { checklistInput, epochInput, inProject } from './inputs.ts'

const deliverableInput = z.union([
  contentSchema.transform((content) => ({ content, summary: undefined, artifactIds: undefined })),
  z.strictObject({
    summary: textSchema.optional(),
    content: contentSchema.optional(),
    artifactIds: z.array(refSchema).max(100).optional(),
  }),
])

/**
 * Hands in the work: settles the open run, stores the deliverable, fills the checklist with what was assessed
 * (the rest unchecked, with a note that says so) and moves the task to REVIEW. All of it or none.
 */
export const completeTask = projectCommand({
  name: 'tasks.complete',
  summary: 'Hands in the deliverable and moves the task to REVIEW.',
  input: z.strictObject({
    ...inProject,
    taskId: refSchema,
    epoch: epochInput,
    deliverable: deliverableInput,
    checklist: checklistInput.default([]),
    /** Cost of the work, when no run reported any: becomes a manual line. */
    costMicros: microsSchema.optional(),
  }),
  permission: 'tasks.work',
  whenContained: 'unless-quarantined',
  scope: ({ projectId, taskId, costMicros }, _caller, seen) =>
    joinScopes(
      taskScope(projectId, taskId, seen),
      openRunScope(projectId, taskId, seen, costMicros),
      costSummaryScope(taskId),
    ),
  decide(deciding, given) {
    const { record: task, problem } = own(deciding, 'task', given.taskId)
    if (problem !== null) return refuse(problem)
    const deliverable = deliverableOf(given.deliverable)
    if (isRepeat(task, deliverable.hash, deciding.agent?.id ?? null)) return accept(task)
    const lost = leaseProblem(deciding, task, given.epoch)
    if (lost !== null) return refuse(lost)
    completeOpenRun(deciding, task, given.costMicros ?? null)
    const submitted = {
      ...task,
      deliverable,
      checklist: buildChecklist(task.type, given.checklist, true),
    }
    const refused = judgeMove(deciding, {
      task: submitted,
      from: task.status,
      to: 'REVIEW',
      reason: null,
      capacities: capacitiesOf(deciding, task, new Map()),
    })
    if (refused !== null) return refuseWithEffects(refusedMove(deciding, task, 'REVIEW', refused))
    supersedeReviews(deciding, task)
    const fields = { deliverable, checklist: submitted.checklist, costSummary: costSummaryOf(deciding, task) }
    const inReview = moveTask(deciding, { task, to: 'REVIEW', fields })
    renewLease(deciding, task)
    return accept(inReview)
  },
})

/** The same deliverable handed in again by its author, after the answer was lost: nothing is done twice. */
function isRepeat(
  task: { status: string; deliverable: { hash: string } | null; claim: { agentId: string } | null },
  hash: string,
  agentId: string | null,
) {
  return task.status === 'REVIEW' && task.deliverable?.hash === hash && task.claim?.agentId === agentId
}
