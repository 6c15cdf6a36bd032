import { z } from 'zod'
import { inProject } from '../commands/inputs.ts'
import { EXECUTION_STATUSES } from '../model/execution.ts'
import { refSchema } from '../model/ids.ts'
import { pageInput, readPage } from './page.ts'
import { projectQuery } from './query.ts'

/** The executors of a project. */
export const listExecutors = projectQuery({
  name: 'executors.list',
  summary: 'Lists the executors of a project.',
  input: z.strictObject({ ...inProject, ...pageInput }),
  permission: 'read',
  read: ({ queries, project }, input) => readPage(queries, { kind: 'executor', projectId: project.id }, input),
})

/** Requests of a project, newest first. */
export const listExecutions = projectQuery({
  name: 'executions.list',
  summary: 'Lists requests for execution, newest first, by status, task or executor.',
  input: z.strictObject({
    ...inProject,
    ...pageInput,
    status: z.enum(EXECUTION_STATUSES).optional(),
    taskId: refSchema.optional(),
    executorId: refSchema.optional(),
  }),
  permission: 'read',
  read: ({ queries, project }, input) => {
    const { status, taskId, executorId } = input
    const filters = Object.entries({ status, taskId, executorId }).flatMap(([field, value]) =>
      value === undefined ? [] : [{ field, op: 'eq', value } as const],
    )
    return readPage(queries, { kind: 'execution', projectId: project.id, filters }, input)
  },
})
