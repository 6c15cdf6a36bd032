import type { DecidingInProject } from '../decide/command.ts'
import { type Agent, type AgentStatus, PAUSE_CAUSES, type PauseCause } from '../model/agent.ts'
import { silenceMs } from '../rules/lease.ts'
import { redactText } from '../rules/redaction.ts'

export interface StatusChange {
  readonly status: AgentStatus
  readonly pausedBy?: PauseCause | null
  readonly reason: string
  /** An agent that was draining before goes on draining. */
  readonly keepsDrain?: true
}

/** Whether a pause for this cause would hide a stronger one that is already there. */
export function isWeakerPause(agent: Agent, cause: PauseCause): boolean {
  if (agent.status !== 'PAUSED' || agent.pausedBy === null) return false
  return PAUSE_CAUSES.indexOf(cause) > PAUSE_CAUSES.indexOf(agent.pausedBy)
}

/** Changes what an agent may do, with its event. A weaker pause never replaces a stronger one. */
export function setAgentStatus(deciding: DecidingInProject, found: Agent, change: StatusChange): Agent {
  const { changes, actor } = deciding
  const agent = changes.current('agent', found)
  const pausedBy = change.status === 'ACTIVE' ? null : (change.pausedBy ?? null)
  if (agent.status === change.status && agent.pausedBy === pausedBy) return agent
  const updated = changes.update('agent', agent, {
    status: change.status,
    pausedBy,
    statusReason: change.status === 'ACTIVE' ? null : redactText(change.reason),
    statusChangedBy: actor.id,
    ...(endsDrain(change) ? { drainRequestedAt: null } : {}),
  })
  if (change.status === 'ACTIVE') watchAgain(deciding, agent.id)
  changes.event('AGENT_STATUS', {
    subject: `agent/${agent.id}`,
    summary: `${agent.name}: ${agent.status} → ${change.status}`,
    reason: change.reason,
    data: { from: agent.status, to: change.status, pausedBy },
    agentId: agent.id,
  })
  return updated
}

function endsDrain({ status, keepsDrain }: StatusChange): boolean {
  return status === 'DRAINED' || (status === 'ACTIVE' && keepsDrain !== true)
}

/** An agent that may work again is expected to be heard within its usual time from now. */
function watchAgain(deciding: DecidingInProject, agentId: string): void {
  const { changes, snapshot, now } = deciding
  const liveness = snapshot.has('liveness', agentId) ? snapshot.get('liveness', agentId) : null
  if (liveness === null) return
  const { heartbeatIntervalMs } = changes.current('liveness', liveness)
  changes.update('liveness', liveness, { silentAt: now + silenceMs(heartbeatIntervalMs) })
}
