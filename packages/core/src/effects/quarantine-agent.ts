import { type DecidingInProject, joinScopes } from '../decide/command.ts'
import type { Snapshot } from '../decide/snapshot.ts'
import type { Agent } from '../model/agent.ts'
import type { Scope } from '../ports/storage.ts'
import { cancelApprovals } from './cancel-approvals.ts'
import { moveTask } from './move-task.ts'
import { alertScope, raiseAlert } from './raise-alert.ts'
import { setAgentStatus } from './set-agent-status.ts'
import { stopRuns } from './stop-runs.ts'
import { agentScope, taskScope } from './task-scope.ts'

const TASKS_MAX = 50
const LISTS_MAX = 200
const ISOLATED = ['ASSIGNED', 'IN_PROGRESS', 'NEEDS_APPROVAL']

/** What isolating an agent has to read: its tasks, its runs, its requests. */
export function quarantineScope(projectId: string, agentId: string, seen: Snapshot | null): Scope {
  const tasks = seen?.hasLookup('tasksOfAssignee', [agentId]) === true ? seen.find('tasksOfAssignee', agentId) : []
  return joinScopes(
    agentScope(agentId),
    alertScope(projectId, `AGENT_QUARANTINED:${agentId}`),
    {
      lookups: [
        { lookup: 'tasksOfAssignee', values: [agentId], limit: LISTS_MAX },
        { lookup: 'runsOfAgent', values: [agentId], limit: LISTS_MAX },
        { lookup: 'pendingApprovalsOfAgent', values: [agentId], limit: LISTS_MAX },
      ],
    },
    ...tasks
      .filter((task) => ISOLATED.includes(task.status))
      .slice(0, TASKS_MAX)
      .map((task) => taskScope(projectId, task.id, seen)),
  )
}

/**
 * Isolates an agent now: its calls are denied, its runs stop, its tasks are blocked (it only leaves those that
 * another assignee holds), its requests are withdrawn, and people are alerted.
 */
export function quarantineAgent(
  deciding: DecidingInProject,
  agent: Agent,
  reason: string,
): { runs: number; tasks: number } {
  const { changes, snapshot } = deciding
  setAgentStatus(deciding, agent, { status: 'QUARANTINED', pausedBy: null, reason })
  const runs = (snapshot.get('workload', agent.id)?.openRuns ?? []).filter((run) => !run.isStopped).length
  let blocked = 0
  for (const task of snapshot.find('tasksOfAssignee', agent.id).filter((entry) => ISOLATED.includes(entry.status))) {
    const current = changes.current('task', task)
    const heldByOther = current.claim !== null && current.claim.agentId !== agent.id
    if (heldByOther) {
      changes.update('task', current, { assigneeIds: current.assigneeIds.filter((id) => id !== agent.id) })
      const workload = snapshot.get('workload', agent.id)
      if (workload !== null) {
        const others = changes.current('workload', workload).activeTaskIds.filter((id) => id !== current.id)
        changes.update('workload', workload, { activeTaskIds: others })
      }
      continue
    }
    moveTask(deciding, {
      task: current,
      to: 'BLOCKED',
      reason: `${agent.name} is in quarantine: ${reason}`,
      stopReason: 'QUARANTINE',
    })
    blocked++
  }
  stopRuns(
    deciding,
    snapshot.find('runsOfAgent', agent.id).filter((run) => run.status === 'RUNNING'),
    'QUARANTINE',
  )
  cancelApprovals(deciding, snapshot.find('pendingApprovalsOfAgent', agent.id), `${agent.name} is in quarantine`)
  raiseAlert(deciding, {
    type: 'AGENT_QUARANTINED',
    severity: 'CRITICAL',
    dedupeKey: `AGENT_QUARANTINED:${agent.id}`,
    title: `${agent.name} is in quarantine`,
    description: reason,
    agentId: agent.id,
  })
  return { runs, tasks: blocked }
}
