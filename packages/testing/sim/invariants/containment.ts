import { type Change, writtenOf } from '../mirror.ts'
import type { Sight, Watch } from './watch.ts'

/** I8: what is paused, drained or isolated, agent or project, begins nothing. */
export function watchContainment(sight: Sight): Watch {
  return {
    committed: (change) => {
      checkCaller(sight, change)
      checkBeginnings(sight, change)
    },
  }
}

/** What an agent may still do that is not ACTIVE; what the gate then says is looked at apart. */
const ALLOWED = new Set([
  'agents.heartbeat',
  'notifications.ack',
  'tasks.complete',
  'runs.report',
  'runs.complete',
  'runs.fail',
  'toolCalls.gate',
  'toolCalls.begin',
  'toolCalls.end',
])

/** Whoever is not ACTIVE reports and hands in, and does nothing else. */
function checkCaller({ mirror, complain }: Sight, change: Change): void {
  const { call, commit } = change
  if (call === null || call.agentId === null || commit.receipt === null || ALLOWED.has(call.operation)) return
  const written = writtenOf(change, 'agent').find(({ after }) => after.id === call.agentId)
  const agent = written?.before ?? mirror.get('agent', call.agentId)
  // On a spent budget, open runs go on within what they hold.
  if (agent?.status === 'PAUSED' && agent.pausedBy === 'BUDGET' && call.operation === 'runs.hold') return
  if (agent !== null && agent.status !== 'ACTIVE') {
    complain('I8', `${agent.name} is ${agent.status}, and its ${call.operation} was accepted`)
  }
}

function checkBeginnings({ mirror, complain }: Sight, change: Change): void {
  for (const event of change.events) {
    if (event.kind !== 'RUN_STARTED' && event.kind !== 'CLAIM_GRANTED') continue
    const agent = event.agentId === null ? null : mirror.get('agent', event.agentId)
    const project = event.projectId === null ? null : mirror.get('project', event.projectId)
    if (agent === null || project === null) continue
    // A start that met a spent budget pauses the agent in its own commit; then it has not begun anything.
    const paused = writtenOf(change, 'agent').find(({ after }) => after.id === agent.id)?.before ?? agent
    if (paused.status !== 'ACTIVE' && event.actor.kind === 'AGENT') {
      complain('I8', `${event.kind} of ${agent.name}, which is ${paused.status}`)
    }
    const mode = writtenOf(change, 'project').find(({ after }) => after.id === project.id)?.before ?? project
    if (event.actor.kind === 'AGENT' && (mode.operatorMode === 'PAUSED' || mode.operatorMode === 'QUARANTINED')) {
      complain('I8', `${event.kind} of ${agent.name} while the project is ${mode.operatorMode}`)
    }
    if (event.kind === 'CLAIM_GRANTED' && event.actor.kind === 'AGENT' && mode.operatorMode !== 'NORMAL') {
      complain('I8', `${agent.name} claims while the project is ${mode.operatorMode}`)
    }
  }
  for (const { before, after } of writtenOf(change, 'toolCall')) {
    if (after.status !== 'RUNNING' || before?.status === 'RUNNING') continue
    const agent = mirror.get('agent', after.agentId)
    const isAtWork = agent?.status === 'ACTIVE' || (agent?.status === 'PAUSED' && agent.pausedBy === 'BUDGET')
    if (!isAtWork) complain('I8', `${agent?.name} began ${after.id} while it is ${agent?.status}`)
    const run = after.runId === '' ? null : mirror.get('run', after.runId)
    if (run !== null && (run.status !== 'RUNNING' || run.stopReason !== null)) {
      complain('I8', `${after.id} began in ${run.id}, which is ${run.status} ${run.stopReason}`)
    }
  }
  for (const { after } of writtenOf(change, 'agent')) {
    if (after.status === 'ACTIVE' && after.pausedBy !== null) complain('I8', `${after.name} is ACTIVE and paused`)
    if (after.status !== 'QUARANTINED') continue
    const open = mirror
      .all('run')
      .filter(({ agentId, status, stopReason }) => agentId === after.id && status === 'RUNNING' && stopReason === null)
    if (open.length > 0) complain('I8', `${after.name} is QUARANTINED and ${open[0]?.id} goes on`)
    const pending = mirror
      .all('approval')
      .filter(
        ({ onBehalfOfAgentId, status, actionType }) =>
          onBehalfOfAgentId === after.id &&
          status === 'PENDING' &&
          actionType !== 'BUDGET_OVERRIDE' &&
          actionType !== 'COMPLETE_TASK',
      )
    if (pending.length > 0) complain('I8', `${after.name} is QUARANTINED and ${pending[0]?.id} is pending`)
  }
}
