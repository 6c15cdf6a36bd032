import { z } from 'zod'
import { accept, joinScopes, projectCommand, refuse } from '../decide/command.ts'
import { own, versionProblem } from '../decide/own.ts'
import { follow, followersScope } from '../effects/followers.ts'
import { refSchema } from '../model/ids.ts'
import { refusal } from '../model/refusal.ts'
import { metadataSchema, nameSchema, textSchema } from '../model/text.ts'
import { mayEnterProject } from '../rules/permissions.ts'
import { redactText } from '../rules/redaction.ts'
import { isTerminal } from '../rules/task-lifecycle.ts'
import { expectedVersionInput, inProject } from './inputs.ts'

/** Changes what a task says about itself. Status, plan, deliverable and checklist have commands of their own. */
export const updateTask = projectCommand({
  name: 'tasks.update',
  summary: 'Changes title, description, priority, labels, due date or reviewer of a task.',
  input: z.strictObject({
    ...inProject,
    taskId: refSchema,
    expectedVersion: expectedVersionInput,
    title: nameSchema(200).optional(),
    description: textSchema.nullable().optional(),
    priority: z.int().min(1).max(4).optional(),
    labels: z.array(nameSchema(60)).max(20).optional(),
    dueAt: z.int().nonnegative().nullable().optional(),
    reviewerId: refSchema.nullable().optional(),
    metadata: metadataSchema.nullable().optional(),
  }),
  permission: 'tasks.manage',
  whenContained: 'refused',
  scope: ({ taskId, reviewerId }) =>
    joinScopes(
      { records: [{ kind: 'task', id: taskId }] },
      followersScope(taskId),
      reviewerId == null ? {} : { records: [{ kind: 'principal', id: reviewerId }] },
    ),
  decide(deciding, given) {
    const { record: task, problem } = own(deciding, 'task', given.taskId)
    if (problem !== null) return refuse(problem)
    const conflict = versionProblem(task, given.expectedVersion)
    if (conflict !== null) return refuse(conflict)
    if (isTerminal(task.status))
      return refuse(refusal('TRANSITION_REFUSED', `${task.id} is ${task.status}`, { allowed: [] }))
    const reviewer = given.reviewerId == null ? null : deciding.snapshot.get('principal', given.reviewerId)
    if (given.reviewerId != null && (reviewer === null || !mayEnterProject(reviewer, deciding.project.id))) {
      return refuse(refusal('NOT_FOUND', `no such principal: ${given.reviewerId}`))
    }
    if (reviewer !== null) {
      follow(deciding, task.id, { principalId: reviewer.id, agentId: reviewer.agentId })
    }
    const fields = {
      ...(given.title === undefined ? {} : { title: redactText(given.title) }),
      ...(given.description === undefined
        ? {}
        : { description: given.description === null ? null : redactText(given.description) }),
      ...(given.priority === undefined ? {} : { priority: given.priority }),
      ...(given.labels === undefined ? {} : { labels: given.labels }),
      ...(given.dueAt === undefined ? {} : { dueAt: given.dueAt }),
      ...(given.reviewerId === undefined ? {} : { reviewerId: given.reviewerId }),
      ...(given.metadata === undefined ? {} : { metadata: given.metadata }),
    }
    const updated = deciding.changes.update('task', task, fields)
    deciding.changes.event('TASK_UPDATED', {
      subject: `task/${task.id}`,
      summary: `${updated.title}: ${Object.keys(fields).join(', ') || 'nothing'} changed`,
      data: { fields: Object.keys(fields), version: updated.version },
      taskId: task.id,
    })
    return accept(updated)
  },
})
