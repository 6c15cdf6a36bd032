import { z } from 'zod'
import { accept, type DecidingInProject, type Decision, joinScopes, projectCommand, refuse } from '../decide/command.ts'
import { strangerProblem } from '../decide/own.ts'
import { insertSubscription } from '../effects/followers.ts'
import { judgeMove } from '../effects/judge-move.ts'
import { moveTask } from '../effects/move-task.ts'
import { policyInForce, policyScope } from '../effects/policy-in-force.ts'
import { agentScope } from '../effects/task-scope.ts'
import { refSchema } from '../model/ids.ts'
import { microsSchema } from '../model/money.ts'
import { refusal } from '../model/refusal.ts'
import { TASK_SOURCES, type Task, taskTypeInput } from '../model/task.ts'
import { metadataSchema, nameSchema, textSchema } from '../model/text.ts'
import { taskCapMicros } from '../rules/default-caps.ts'
import { hasPermission, mayEnterProject } from '../rules/permissions.ts'
import { redactText } from '../rules/redaction.ts'
import { inProject } from './inputs.ts'

const input = z.strictObject({
  ...inProject,
  title: nameSchema(200),
  description: textSchema.optional(),
  type: taskTypeInput,
  priority: z.int().min(1).max(4).default(3),
  labels: z.array(nameSchema(60)).max(20).default([]),
  dueAt: z.int().nonnegative().optional(),
  source: z.enum(TASK_SOURCES).optional(),
  sourceRef: nameSchema(200).optional(),
  parentTaskId: refSchema.optional(),
  followUpOfId: refSchema.optional(),
  assigneeIds: z.array(refSchema).max(20).default([]),
  reviewerId: refSchema.optional(),
  dependsOn: z.array(refSchema).max(50).default([]),
  estimatedCostMicros: microsSchema.optional(),
  budgetAllocatedMicros: microsSchema.optional(),
  metadata: metadataSchema.optional(),
})

/** Where it comes from when the caller does not say. */
function sourceOf(task: z.infer<typeof input>, callerAgentId: string | null): (typeof TASK_SOURCES)[number] {
  return task.source ?? (callerAgentId === null ? 'API' : 'AGENT')
}

/** Creates a task in INBOX; with assignees (needs tasks.assign) it moves on to ASSIGNED in the same transaction. */
export const createTask = projectCommand({
  name: 'tasks.create',
  summary: 'Creates a task in INBOX, or ASSIGNED when assignees are given.',
  input,
  permission: 'tasks.create',
  whenContained: 'refused',
  scope: (task, caller) =>
    joinScopes(
      policyScope(task.projectId),
      ...task.assigneeIds.map(agentScope),
      {
        records: [task.parentTaskId, task.followUpOfId, ...task.dependsOn].flatMap((id) =>
          id === undefined ? [] : [{ kind: 'task' as const, id }],
        ),
      },
      task.reviewerId === undefined ? {} : { records: [{ kind: 'principal', id: task.reviewerId }] },
      task.sourceRef === undefined
        ? {}
        : {
            lookups: [
              {
                lookup: 'taskBySource',
                values: [task.projectId, sourceOf(task, caller.agentId), task.sourceRef],
                limit: 1,
              },
            ],
          },
    ),
  decide(deciding, task) {
    const { snapshot, changes, project, principal, agent } = deciding
    const source = sourceOf(task, agent?.id ?? null)
    // The same outside reference is the same task: importing twice gives the first one back.
    const known =
      task.sourceRef === undefined ? null : snapshot.find('taskBySource', project.id, source, task.sourceRef)[0]
    if (known) return accept(known)

    const related = [task.parentTaskId, task.followUpOfId, ...task.dependsOn].filter((id) => id !== undefined)
    const missing = related.filter((id) => snapshot.get('task', id)?.projectId !== project.id)
    if (missing.length > 0) return refuse(refusal('NOT_FOUND', `no such task: ${missing.join(', ')}`))
    const reviewer = task.reviewerId === undefined ? null : snapshot.get('principal', task.reviewerId)
    if (task.reviewerId !== undefined && (reviewer === null || !mayEnterProject(reviewer, project.id))) {
      return refuse(refusal('NOT_FOUND', `no such principal: ${task.reviewerId}`))
    }
    const typeCapMicros = taskCapMicros(policyInForce(deciding, { taskType: task.type, agentId: null }), task.type)
    const capMicros = task.budgetAllocatedMicros ?? typeCapMicros
    // Agents may only lower a cap; otherwise an agent could grant itself money.
    if (principal?.kind === 'AGENT' && capMicros > typeCapMicros) {
      return refuse(refusal('FORBIDDEN', `agents may only lower the budget of ${typeCapMicros} micro-USD`))
    }
    if (task.assigneeIds.length > 0 && principal !== null && !hasPermission(principal, agent, 'tasks.assign')) {
      return refuse(refusal('FORBIDDEN', `${principal.displayName} lacks tasks.assign`))
    }
    const description = task.description === undefined ? null : redactText(task.description)
    const created = changes.insert('task', {
      projectId: project.id,
      title: redactText(task.title),
      description,
      type: task.type,
      priority: task.priority,
      labels: task.labels,
      dueAt: task.dueAt ?? null,
      status: 'INBOX',
      createdBy: principal?.id ?? 'system',
      source,
      sourceRef: task.sourceRef ?? null,
      parentTaskId: task.parentTaskId ?? null,
      followUpOfId: task.followUpOfId ?? null,
      assigneeIds: [],
      reviewerId: task.reviewerId ?? null,
      dependsOn: [...new Set(task.dependsOn)],
      claim: null,
      epoch: 0,
      lapsedAt: null,
      workedBy: [],
      returnStatus: null,
      waitingFor: [],
      blockedReason: null,
      workPlan: null,
      deliverable: null,
      costSummary: null,
      checklist: null,
      reviewCycles: 0,
      submission: 0,
      transitionCount: 0,
      estimatedCostMicros: task.estimatedCostMicros ?? null,
      budgetAllocatedMicros: capMicros,
      startedAt: null,
      submittedAt: null,
      completedAt: null,
      redactedFields: description !== (task.description ?? null) ? ['description'] : [],
      metadata: task.metadata ?? null,
    })
    changes.event('TASK_CREATED', {
      subject: `task/${created.id}`,
      summary: `${created.type} P${created.priority}: ${created.title}`,
      data: {
        title: created.title,
        type: created.type,
        priority: created.priority,
        budgetAllocatedMicros: capMicros,
        source,
      },
      taskId: created.id,
    })
    followFromTheStart(deciding, created)
    if (task.assigneeIds.length === 0) return accept(created)
    return assignAtOnce(deciding, created, [...new Set(task.assigneeIds)])
  },
})

/** Whoever made the task and whoever is to review it hear of it, unless they say otherwise. */
function followFromTheStart(deciding: DecidingInProject, created: Task): void {
  const { snapshot, principal } = deciding
  const reviewer = created.reviewerId === null ? null : snapshot.get('principal', created.reviewerId)
  for (const follower of new Set([principal, reviewer?.id === principal?.id ? null : reviewer])) {
    if (follower === null) continue
    insertSubscription(deciding, created.id, { principalId: follower.id, agentId: follower.agentId }, false)
  }
}

function assignAtOnce(deciding: DecidingInProject, created: Task, assigneeIds: string[]): Decision<Task> {
  const stranger = strangerProblem(deciding, assigneeIds)
  if (stranger !== null) return refuse(stranger)
  const problem = judgeMove(deciding, {
    task: { ...created, assigneeIds },
    from: 'INBOX',
    to: 'ASSIGNED',
    reason: null,
    capacities: [deciding.agent === null ? 'HUMAN' : 'LEAD'],
  })
  return problem === null ? accept(moveTask(deciding, { task: created, to: 'ASSIGNED', assigneeIds })) : refuse(problem)
}
