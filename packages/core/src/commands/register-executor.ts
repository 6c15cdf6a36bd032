import { z } from 'zod'
import { accept, projectCommand, refuse } from '../decide/command.ts'
import { issueKey } from '../effects/issue-key.ts'
import { EXECUTION_TYPES, EXECUTOR_KINDS, type Executor } from '../model/execution.ts'
import { refusal } from '../model/refusal.ts'
import { nameSchema } from '../model/text.ts'
import { inProject } from './inputs.ts'

/** The executor, and its key: shown once. */
export interface RegisteredExecutor {
  readonly executor: Executor
  readonly key: string
}

/** Registers something that carries out requests, with a key that opens nothing but what it was given. */
export const registerExecutor = projectCommand({
  name: 'executors.register',
  summary: 'Registers an executor and issues its key, once.',
  input: z.strictObject({
    ...inProject,
    name: nameSchema(60),
    kind: z.enum(EXECUTOR_KINDS),
    types: z.array(z.enum(EXECUTION_TYPES)).min(1).max(EXECUTION_TYPES.length),
    capacity: z.int().min(1).max(1000).default(1),
    costWeight: z.int().min(0).max(1_000_000).default(1),
  }),
  permission: 'executors.admin',
  whenContained: 'refused',
  forReceipt: (data: RegisteredExecutor) => ({ ...data, key: '' }),
  scope: ({ projectId, name }) => ({
    lookups: [{ lookup: 'executorByName', values: [projectId, name], limit: 1 }],
  }),
  decide(deciding, { name, kind, types, capacity, costWeight }) {
    const { changes, snapshot, project, now } = deciding
    if (snapshot.find('executorByName', project.id, name).length > 0) {
      const errors = [{ field: 'name', message: 'is taken' }]
      return refuse(refusal('DUPLICATE', `there is an executor ${name}`, { errors }))
    }
    const principal = changes.insert('principal', {
      projectId: null,
      kind: 'SYSTEM',
      displayName: name,
      role: 'SYSTEM',
      projectIds: [project.id],
      agentId: null,
      status: 'ACTIVE',
      totpEnrolled: false,
      lastCodeNumber: null,
    })
    const executor = changes.insert('executor', {
      projectId: project.id,
      principalId: principal.id,
      name,
      kind,
      types: [...new Set(types)],
      capacity,
      costWeight,
      // Nothing is given to it before it was heard.
      healthy: false,
      lastSeenAt: now,
      load: 0,
    })
    changes.event('SETTINGS_CHANGED', {
      subject: `executor/${executor.id}`,
      summary: `Executor ${name} (${kind}) registered`,
      data: { kind, types: executor.types, capacity, costWeight },
    })
    const { key } = issueKey(deciding, { principalId: principal.id, label: name, scopes: ['executions'] })
    return accept<RegisteredExecutor>({ executor, key })
  },
})
