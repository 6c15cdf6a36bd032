import { z } from 'zod'
import { accept, projectCommand, refuse } from '../decide/command.ts'
import { own } from '../decide/own.ts'
import { retireAgent as retire, retireScope } from '../effects/retire-agent.ts'
import { refSchema } from '../model/ids.ts'
import { refusal } from '../model/refusal.ts'
import { reasonSchema } from '../model/text.ts'
import { hasPermission } from '../rules/permissions.ts'
import { inProject } from './inputs.ts'

/** Ends an agent for good: by its parent, by an operator, or by the clock when its time is over. Twice is once. */
export const retireAgent = projectCommand({
  name: 'agents.retire',
  summary: 'Ends an agent for good: keys revoked, runs stopped, tasks given back.',
  input: z.strictObject({ ...inProject, agentId: refSchema, reason: reasonSchema }),
  permission: null,
  whenContained: 'refused',
  scope: ({ projectId, agentId }, _caller, seen) => retireScope(projectId, agentId, seen),
  decide(deciding, { agentId, reason }) {
    const { record: target, problem } = own(deciding, 'agent', agentId)
    if (problem !== null) return refuse(problem)
    const { agent, principal } = deciding
    const isParent = agent !== null && target.parentAgentId === agent.id
    const isOperator = agent === null && (principal === null || hasPermission(principal, null, 'agents.control'))
    if (!isParent && !isOperator) return refuse(refusal('FORBIDDEN', 'its parent or an operator decides that'))
    if (target.retiredAt !== null) return accept(target)
    // The clock only ends what is over.
    if (principal === null && (target.ttlAt === null || target.ttlAt > deciding.now)) return accept(target)
    return accept(retire(deciding, target, reason, principal === null ? 'TTL' : 'CANCELED'))
  },
})
