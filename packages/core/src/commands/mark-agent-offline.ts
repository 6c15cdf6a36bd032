import { z } from 'zod'
import { accept, joinScopes, projectCommand, refuse } from '../decide/command.ts'
import { own } from '../decide/own.ts'
import { alertScope, raiseAlert } from '../effects/raise-alert.ts'
import { setAgentStatus } from '../effects/set-agent-status.ts'
import { agentScope } from '../effects/task-scope.ts'
import { refSchema } from '../model/ids.ts'
import { inProject } from './inputs.ts'

/** Marks an ACTIVE agent OFFLINE that has been silent for too long. Its leases lapse on their own. Heard since, it changes nothing. */
export const markAgentOffline = projectCommand({
  name: 'agents.markOffline',
  summary: 'Marks a silent agent OFFLINE.',
  input: z.strictObject({ ...inProject, agentId: refSchema }),
  permission: null,
  whenContained: 'allowed',
  systemOnly: true,
  scope: ({ projectId, agentId }) => joinScopes(agentScope(agentId), alertScope(projectId, `AGENT_OFFLINE:${agentId}`)),
  decide(deciding, { agentId }) {
    const { record: agent, problem } = own(deciding, 'agent', agentId)
    if (problem !== null) return refuse(problem)
    const liveness = deciding.snapshot.get('liveness', agentId)
    if (liveness === null || liveness.silentAt === null || liveness.silentAt > deciding.now)
      return accept({ offline: false })
    // Nobody waits for it any more until it beats or is resumed; a due row that stays due would hide others.
    deciding.changes.update('liveness', liveness, { silentAt: null })
    if (agent.status !== 'ACTIVE') return accept({ offline: false })
    const silentMs = deciding.now - liveness.lastHeartbeatAt
    setAgentStatus(deciding, agent, {
      status: 'OFFLINE',
      pausedBy: 'OFFLINE',
      reason: `silent for ${Math.round(silentMs / 1000)} s`,
    })
    deciding.changes.event('AGENT_HEARTBEAT_MISSED', {
      subject: `agent/${agentId}`,
      summary: `${agent.name} has been silent for ${Math.round(silentMs / 1000)} s`,
      data: { silentMs },
      agentId,
    })
    raiseAlert(deciding, {
      type: 'AGENT_OFFLINE',
      severity: 'WARNING',
      dedupeKey: `AGENT_OFFLINE:${agentId}`,
      title: `${agent.name} is silent`,
      description: `No heartbeat for ${Math.round(silentMs / 1000)} s`,
      agentId,
    })
    return accept({ offline: true })
  },
})
