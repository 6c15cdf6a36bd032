import { z } from 'zod'
import { inProject } from '../commands/inputs.ts'
import { refSchema } from '../model/ids.ts'
import { refusal } from '../model/refusal.ts'
import { TASK_STATUSES, taskTypeInput } from '../model/task.ts'
import type { Filter } from '../ports/storage.ts'
import { one } from './one.ts'
import { pageInput, readPage } from './page.ts'
import { found, projectQuery } from './query.ts'

/** The tasks of a project, newest first, filtered. */
export const listTasks = projectQuery({
  name: 'tasks.list',
  summary: 'Lists tasks, newest first, by status, type, priority or assignee.',
  input: z.strictObject({
    ...inProject,
    ...pageInput,
    status: z.array(z.enum(TASK_STATUSES)).max(8).optional(),
    type: taskTypeInput.optional(),
    priority: z.int().min(1).max(4).optional(),
    assigneeId: refSchema.optional(),
    orderBy: z.enum(['newest', 'priority']).default('newest'),
  }),
  permission: 'read',
  async read({ queries, project }, input) {
    const filters: Filter[] = [
      ...(input.status === undefined ? [] : [{ field: 'status', op: 'in', value: input.status } as const]),
      ...(input.type === undefined ? [] : [{ field: 'type', op: 'eq', value: input.type } as const]),
      ...(input.priority === undefined ? [] : [{ field: 'priority', op: 'eq', value: input.priority } as const]),
      ...(input.assigneeId === undefined
        ? []
        : [{ field: 'assigneeIds', op: 'contains', value: input.assigneeId } as const]),
    ]
    const order = input.orderBy === 'priority' ? [{ field: 'priority', direction: 'asc' } as const] : []
    return readPage(queries, { kind: 'task', projectId: project.id, filters, order }, input)
  },
})

/** One task. */
export const getTask = projectQuery({
  name: 'tasks.get',
  summary: 'Gives one task.',
  input: z.strictObject({ ...inProject, taskId: refSchema }),
  permission: 'read',
  async read({ queries, project }, { taskId }) {
    const task = await one(queries, 'task', project.id, taskId)
    return task === null ? { ok: false, error: refusal('NOT_FOUND', `no such task: ${taskId}`) } : found(task)
  },
})

/** The moves of a task, oldest first. */
export const listTransitions = projectQuery({
  name: 'tasks.transitions',
  summary: 'Lists the transitions of a task, oldest first.',
  input: z.strictObject({ ...inProject, ...pageInput, taskId: refSchema }),
  permission: 'read',
  read: ({ queries, project }, input) =>
    readPage(
      queries,
      {
        kind: 'transition',
        projectId: project.id,
        filters: [{ field: 'taskId', op: 'eq', value: input.taskId }],
        order: [{ field: 'seq', direction: 'asc' }],
      },
      input,
    ),
})
