import { z } from 'zod'
import { accept, projectCommand, refuse } from '../decide/command.ts'
import { own } from '../decide/own.ts'
import type { Execution } from '../model/execution.ts'
import { refSchema } from '../model/ids.ts'
import { refusal } from '../model/refusal.ts'
import { inProject } from './inputs.ts'

const IN_HAND_MAX = 200

/** An executor says that it lives, and is told what it has been given. */
export const beatExecutor = projectCommand({
  name: 'executors.heartbeat',
  summary: 'Reports that an executor lives; answers with the requests it has in hand.',
  input: z.strictObject({ ...inProject, executorId: refSchema, healthy: z.boolean().default(true) }),
  permission: null,
  whenContained: 'refused',
  scope: ({ executorId }) => ({
    records: [{ kind: 'executor', id: executorId }],
    lookups: [{ lookup: 'executionsInHand', values: [executorId], limit: IN_HAND_MAX }],
  }),
  decide(deciding, { executorId, healthy }) {
    const { changes, snapshot, principal, now } = deciding
    const { record: executor, problem } = own(deciding, 'executor', executorId)
    if (problem !== null) return refuse(problem)
    if (principal?.id !== executor.principalId) return refuse(refusal('FORBIDDEN', 'an executor reports for itself'))
    changes.update('executor', executor, { healthy, lastSeenAt: now })
    const executions: readonly Execution[] = snapshot.find('executionsInHand', executorId)
    return accept({ executions })
  },
})
