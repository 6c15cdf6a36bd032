import { type DecidingInProject, joinScopes } from '../decide/command.ts'
import type { Snapshot } from '../decide/snapshot.ts'
import type { Agent } from '../model/agent.ts'
import type { StopReason } from '../model/run.ts'
import type { Task } from '../model/task.ts'
import type { Scope } from '../ports/storage.ts'
import { asSystem } from './as-system.ts'
import { moveTask } from './move-task.ts'
import { setAgentStatus } from './set-agent-status.ts'
import { stopRuns } from './stop-runs.ts'
import { agentScope, taskScope } from './task-scope.ts'

const KEYS_MAX = 50
const TASKS_MAX = 50
const SUB_AGENTS_MAX = 50

/** What retiring an agent reads: its keys, its runs, and the tasks it holds. */
export function retireScope(projectId: string, agentId: string, seen: Snapshot | null): Scope {
  const agent = seen?.has('agent', agentId) === true ? seen.peek('agent', agentId) : null
  const workload = seen?.has('workload', agentId) === true ? seen.peek('workload', agentId) : null
  const tasks = heldTasks(seen, agentId)
  return joinScopes(
    agentScope(agentId),
    { lookups: [{ lookup: 'tasksByHolder', values: [agentId], limit: TASKS_MAX }] },
    agent === null
      ? {}
      : { lookups: [{ lookup: 'credentialsOfPrincipal', values: [agent.principalId], limit: KEYS_MAX }] },
    { records: (workload?.openRuns ?? []).map(({ runId }) => ({ kind: 'run', id: runId })) },
    ...tasks.map(({ id }) => taskScope(projectId, id, seen)),
  )
}

function heldTasks(seen: Snapshot | null, agentId: string): Task[] {
  const held = seen?.hasLookup('tasksByHolder', [agentId]) === true ? seen.find('tasksByHolder', agentId) : []
  return held.filter(({ status }) => status === 'ASSIGNED' || status === 'IN_PROGRESS')
}

/**
 * Ends an agent for good: it has drained, its keys are revoked, its runs stopped, and what it holds goes back without
 * grace. A retired agent stays so.
 */
export function retireAgent(deciding: DecidingInProject, found: Agent, reason: string, stopReason: StopReason): Agent {
  const system = asSystem(deciding)
  const { changes, snapshot, now } = system
  const agent = changes.current('agent', found)
  if (agent.retiredAt !== null) return agent
  setAgentStatus(system, agent, { status: 'DRAINED', reason })
  const retired = changes.update('agent', agent, { retiredAt: now, drainRequestedAt: null })
  for (const key of snapshot.find('credentialsOfPrincipal', agent.principalId)) {
    const current = changes.current('credential', key)
    if (current.status !== 'REVOKED') changes.update('credential', current, { status: 'REVOKED' })
  }
  changes.event('KEY_REVOKED', {
    subject: `agent/${agent.id}`,
    summary: `The keys of ${agent.name} are revoked`,
    reason,
    agentId: agent.id,
  })
  const runs = (snapshot.get('workload', agent.id)?.openRuns ?? []).map(({ runId }) => snapshot.get('run', runId))
  stopRuns(
    system,
    runs.filter((run) => run !== null),
    stopReason,
  )
  for (const task of heldTasks(snapshot, agent.id)) giveBack(system, task, agent)
  return retired
}

/** A started task goes to whoever else is assigned; without anybody else, to all. */
function giveBack(deciding: DecidingInProject, task: Task, agent: Agent): void {
  const reason = `${agent.name} has retired`
  const others = task.assigneeIds.filter((id) => id !== agent.id)
  const isStarted = task.status === 'IN_PROGRESS'
  if (isStarted) {
    moveTask(deciding, { task, to: 'ASSIGNED', reason, ...(others.length === 0 ? {} : { assigneeIds: others }) })
  }
  if (!isStarted || others.length === 0) moveTask(deciding, { task, to: 'INBOX', reason })
}

/** What retiring the sub-agents of a task reads, for commands that may end it. */
export function subAgentsScope(projectId: string, taskId: string, seen: Snapshot | null): Scope {
  const isSeen = seen?.hasLookup('subAgentsOfTask', [taskId]) === true
  const agents = isSeen ? seen.find('subAgentsOfTask', taskId).filter(({ retiredAt }) => retiredAt === null) : []
  return joinScopes(
    { lookups: [{ lookup: 'subAgentsOfTask', values: [taskId], limit: SUB_AGENTS_MAX }] },
    ...agents.map(({ id }) => retireScope(projectId, id, seen)),
  )
}

/** Ends the agents that were spawned for a task that has ended. */
export function retireSubAgents(deciding: DecidingInProject, task: Pick<Task, 'id' | 'title'>): void {
  const { snapshot } = deciding
  if (!snapshot.hasLookup('subAgentsOfTask', [task.id])) return
  for (const agent of snapshot.find('subAgentsOfTask', task.id)) {
    if (agent.retiredAt === null) retireAgent(deciding, agent, `${task.title} has ended`, 'CANCELED')
  }
}
