import { type DecidingInProject, joinScopes } from '../decide/command.ts'
import type { Snapshot } from '../decide/snapshot.ts'
import type { Agent, AgentStatus } from '../model/agent.ts'
import type { Scope } from '../ports/storage.ts'
import { agentDayScope } from './account-scope.ts'
import { remainingToday } from './judge-move.ts'
import { isWeakerPause, setAgentStatus } from './set-agent-status.ts'

/** How many agents of one status one command takes; whoever asks again gets the rest. */
export const AGENTS_AT_ONCE_MAX = 100

const PAUSABLE: readonly AgentStatus[] = ['ACTIVE', 'PAUSED', 'OFFLINE']
/** As many beats in a row with an error as pause an agent. */
const ERROR_STREAK = 3

function ofStatus(projectId: string, status: AgentStatus): Scope {
  return { lookups: [{ lookup: 'agentsOfProjectByStatus', values: [projectId, status], limit: AGENTS_AT_ONCE_MAX }] }
}

/** What pausing everybody reads. */
export function pauseAllScope(projectId: string): Scope {
  return joinScopes(...PAUSABLE.map((status) => ofStatus(projectId, status)))
}

/** Pauses every agent of the project that is not stopped in a stricter way already. Gives those that were paused. */
export function pauseAll(deciding: DecidingInProject, reason: string): Agent[] {
  const { snapshot, project } = deciding
  const agents = PAUSABLE.flatMap((status) => snapshot.find('agentsOfProjectByStatus', project.id, status))
  return agents
    .filter((agent) => agent.retiredAt === null && agent.pausedBy !== 'OPERATOR' && !isWeakerPause(agent, 'OPERATOR'))
    .map((agent) => setAgentStatus(deciding, agent, { status: 'PAUSED', pausedBy: 'OPERATOR', reason }))
}

/** What resuming everybody reads: for each paused agent also what else would keep it paused. */
export function resumeAllScope(projectId: string, seen: Snapshot | null): Scope {
  const isSeen = seen?.hasLookup('agentsOfProjectByStatus', [projectId, 'PAUSED']) === true
  const paused = isSeen ? seen.find('agentsOfProjectByStatus', projectId, 'PAUSED') : []
  return joinScopes(
    ofStatus(projectId, 'PAUSED'),
    ofStatus(projectId, 'QUARANTINED'),
    ...paused
      .filter(({ pausedBy }) => pausedBy === 'OPERATOR')
      .map(({ id }) => joinScopes(agentDayScope(projectId, id, seen), { records: [{ kind: 'liveness', id }] })),
  )
}

/**
 * Ends the pauses that an operator made, and no other. What such a pause covered comes to light: an agent without
 * money or with a streak of errors stays paused for that.
 */
export function resumeAll(deciding: DecidingInProject, reason: string): Agent[] {
  const { snapshot, project } = deciding
  return snapshot
    .find('agentsOfProjectByStatus', project.id, 'PAUSED')
    .filter(({ pausedBy }) => pausedBy === 'OPERATOR')
    .map((agent) => {
      const pausedBy = coveredCause(deciding, agent)
      return pausedBy === null
        ? setAgentStatus(deciding, agent, { status: 'ACTIVE', reason, keepsDrain: true })
        : setAgentStatus(deciding, agent, { status: 'PAUSED', pausedBy, reason })
    })
}

function coveredCause(deciding: DecidingInProject, agent: Agent): 'ERROR' | 'BUDGET' | null {
  const { snapshot } = deciding
  if ((snapshot.get('liveness', agent.id)?.errorStreak ?? 0) >= ERROR_STREAK) return 'ERROR'
  const leftMicros = remainingToday(deciding, agent)
  return leftMicros !== null && leftMicros <= 0 ? 'BUDGET' : null
}
