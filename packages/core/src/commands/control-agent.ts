import { z } from 'zod'
import { accept, type DecidingInProject, type Decision, joinScopes, projectCommand, refuse } from '../decide/command.ts'
import { own } from '../decide/own.ts'
import { agentDayScope } from '../effects/account-scope.ts'
import { agentDayKey } from '../effects/judge-move.ts'
import { moveTask } from '../effects/move-task.ts'
import { quarantineAgent, quarantineScope } from '../effects/quarantine-agent.ts'
import { alertScope, clearAlert } from '../effects/raise-alert.ts'
import { standingBudget } from '../effects/run-accounts.ts'
import { isWeakerPause, setAgentStatus } from '../effects/set-agent-status.ts'
import type { Agent } from '../model/agent.ts'
import { refSchema } from '../model/ids.ts'
import { type Refusal, refusal } from '../model/refusal.ts'
import { reasonSchema } from '../model/text.ts'
import { effectiveCap, remaining } from '../rules/budget.ts'
import { inProject } from './inputs.ts'

const ACTIONS = ['PAUSE', 'RESUME', 'DRAIN', 'QUARANTINE', 'LIFT', 'RESTART'] as const
type Action = (typeof ACTIONS)[number]

/** Who is paused or silent drains as well: it must not go on with new work when it comes back. */
const DRAINABLE: readonly Agent['status'][] = ['ACTIVE', 'PAUSED', 'OFFLINE']

/** The CAO stops agents; only people let them go on. */
const CAO_ACTIONS: readonly Action[] = ['PAUSE', 'QUARANTINE']

/** What became of the agent, and how much was stopped with it. */
export interface Controlled {
  readonly agent: Agent
  readonly runsStopped: number
  readonly tasksBlocked: number
}

/** Pauses, resumes, drains, isolates or restarts an agent. Once this has returned, the agent starts nothing against it. */
export const controlAgent = projectCommand({
  name: 'agents.control',
  summary: 'Pauses, resumes, drains, quarantines, lifts or restarts an agent.',
  input: z.strictObject({ ...inProject, agentId: refSchema, action: z.enum(ACTIONS), reason: reasonSchema }),
  permission: 'agents.control',
  whenContained: 'refused',
  scope: ({ projectId, agentId }, _caller, seen) =>
    joinScopes(
      quarantineScope(projectId, agentId, seen),
      agentDayScope(projectId, agentId, seen),
      alertScope(projectId, `AGENT_ERROR_STREAK:${agentId}`),
    ),
  decide(deciding, { agentId, action, reason }) {
    const { record: target, problem } = own(deciding, 'agent', agentId)
    if (problem !== null) return refuse(problem)
    const { agent } = deciding
    if (agent !== null && (!CAO_ACTIONS.includes(action) || agent.id === agentId)) {
      return refuse(refusal('FORBIDDEN', 'a person decides that'))
    }
    if (target.retiredAt !== null) return refuse(refusal('AGENT_NOT_ACTIVE', `${target.name} is retired`))
    deciding.changes.event('OPERATOR_CONTROL', {
      subject: `agent/${agentId}`,
      summary: `${action} ${target.name}`,
      reason,
      data: { action },
      agentId,
    })
    return act(deciding, target, action, reason)
  },
})

function act(deciding: DecidingInProject, target: Agent, action: Action, reason: string): Decision<Controlled> {
  const answer = (agent: Agent, stopped = { runs: 0, tasks: 0 }) =>
    accept<Controlled>({ agent, runsStopped: stopped.runs, tasksBlocked: stopped.tasks })
  switch (action) {
    case 'PAUSE':
      if (target.status === 'QUARANTINED' || isWeakerPause(target, 'OPERATOR')) return answer(target)
      return answer(setAgentStatus(deciding, target, { status: 'PAUSED', pausedBy: 'OPERATOR', reason }))
    case 'QUARANTINE': {
      const stopped = quarantineAgent(deciding, target, reason)
      return answer(deciding.changes.current('agent', target), stopped)
    }
    case 'DRAIN':
      return answer(drain(deciding, target, reason))
    case 'LIFT': {
      if (target.status !== 'QUARANTINED')
        return refuse(refusal('AGENT_NOT_ACTIVE', `${target.name} is ${target.status}, not QUARANTINED`))
      clearAlert(deciding, `AGENT_QUARANTINED:${target.id}`, reason)
      return answer(setAgentStatus(deciding, target, { status: 'PAUSED', pausedBy: 'OPERATOR', reason }))
    }
    case 'RESUME':
    case 'RESTART': {
      const refused = resumeProblem(deciding, target, action)
      if (refused !== null) return refuse(refused)
      return answer(resume(deciding, target, action, reason))
    }
  }
}

function resumeProblem(deciding: DecidingInProject, target: Agent, action: Action): Refusal | null {
  const from = action === 'RESTART' ? ['PAUSED', 'DRAINED', 'OFFLINE', 'ACTIVE'] : ['PAUSED', 'DRAINED', 'ACTIVE']
  if (!from.includes(target.status))
    return refusal('AGENT_NOT_ACTIVE', `${target.name} is ${target.status}; LIFT comes first`)
  if (target.pausedBy !== 'BUDGET') return null
  const key = agentDayKey(deciding, target.id)
  const budget = standingBudget(deciding.snapshot, key)
  const left = remaining(effectiveCap(target.budgetDailyMicros, budget, key.windowKey), deciding.snapshot.balance(key))
  return left === null || left > 0 ? null : refusal('AGENT_NOT_ACTIVE', `${target.name} has no budget left today`)
}

function resume(deciding: DecidingInProject, target: Agent, action: Action, reason: string): Agent {
  const { changes, snapshot } = deciding
  if (action === 'RESTART') {
    const liveness = snapshot.get('liveness', target.id)
    if (liveness !== null) changes.update('liveness', liveness, { errorStreak: 0, lastError: null })
    clearAlert(deciding, `AGENT_ERROR_STREAK:${target.id}`, reason)
  }
  return setAgentStatus(deciding, target, { status: 'ACTIVE', reason })
}

/** No new work; claims that were not started lapse at once; without started work the agent is DRAINED right away. */
function drain(deciding: DecidingInProject, target: Agent, reason: string): Agent {
  const { changes, snapshot, now } = deciding
  if (!DRAINABLE.includes(target.status)) return target
  const held = snapshot.find('tasksOfAssignee', target.id).filter((task) => task.claim?.agentId === target.id)
  for (const task of held) {
    if (task.status === 'ASSIGNED') moveTask(deciding, { task, to: 'INBOX', reason: `${target.name} is draining` })
  }
  const draining = changes.update('agent', target, { drainRequestedAt: now })
  const hasWork = held.some((task) => task.status === 'IN_PROGRESS')
  return hasWork ? draining : setAgentStatus(deciding, draining, { status: 'DRAINED', reason })
}
