import { type DecidingInProject, joinScopes } from '../decide/command.ts'
import type { Execution, Executor } from '../model/execution.ts'
import type { Scope } from '../ports/storage.ts'
import { chosenExecutor } from '../rules/routing.ts'
import { asSystem } from './as-system.ts'
import { notifyAgent } from './notify.ts'
import { notifyOperators } from './notify-operators.ts'
import { policyInForce, policyScope } from './policy-in-force.ts'
import { alertScope, clearAlert, raiseAlert } from './raise-alert.ts'

const EXECUTORS_MAX = 200

function pendingKey(executionId: string): string {
  return `EXECUTION_PENDING:${executionId}`
}

/** What giving a request to an executor reads. */
export function routeScope(projectId: string): Scope {
  return joinScopes(policyScope(projectId), {
    lookups: [{ lookup: 'executorsOfProject', values: [projectId], limit: EXECUTORS_MAX }],
  })
}

/** What is read of one request that is moved on. */
export function executionScope(projectId: string, executionId: string): Scope {
  return joinScopes(
    { records: [{ kind: 'execution', id: executionId }] },
    routeScope(projectId),
    alertScope(projectId, pendingKey(executionId)),
    alertScope(projectId, `EXECUTION_DEAD_LETTER:${executionId}`),
  )
}

/** The rules for executions of the project; null without a policy, and then nothing is routed. */
export function executionRules(deciding: DecidingInProject) {
  return policyInForce(deciding, { taskType: null, agentId: null })?.execution ?? null
}

/** Gives a pending request to the best executor that can take it, with a lease. Of two that route, one does. */
export function routeExecution(deciding: DecidingInProject, found: Execution): Execution {
  const { changes, snapshot, project, now } = deciding
  const execution = changes.current('execution', found)
  const rules = executionRules(deciding)
  if (rules === null || execution.status !== 'PENDING' || deciding.mode !== 'NORMAL') return execution
  const executors = snapshot
    .find('executorsOfProject', project.id)
    .map((executor) => changes.current('executor', executor))
  const chosen = chosenExecutor(execution, executors, rules, now)
  if (chosen === null) return execution
  changes.update('executor', chosen, { load: chosen.load + 1 })
  const assigned = changes.update('execution', execution, {
    status: 'ASSIGNED',
    executorId: chosen.id,
    attempt: execution.attempt + 1,
    epoch: execution.epoch + 1,
    leaseUntil: now + rules.leaseMs,
    pendingAt: null,
  })
  if (snapshot.hasLookup('alertsByKey', [project.id, pendingKey(execution.id)])) {
    clearAlert(deciding, pendingKey(execution.id), `given to ${chosen.name}`)
  }
  changes.event('EXECUTION_ROUTED', {
    subject: `execution/${execution.id}`,
    summary: `${execution.type} given to ${chosen.name} (${chosen.kind})`,
    data: { executorId: chosen.id, kind: chosen.kind, attempt: assigned.attempt, epoch: assigned.epoch },
    taskId: execution.taskId,
    agentId: execution.agentId,
  })
  tellRequester(deciding, assigned, `${execution.type} is with ${chosen.name}`)
  return assigned
}

/** Takes a request out of the hands of its executor, if it is still there. */
export function releaseExecutor(deciding: DecidingInProject, execution: Execution): void {
  const { changes, snapshot, project } = deciding
  const executor = snapshot.find('executorsOfProject', project.id).find(({ id }) => id === execution.executorId) as
    | Executor
    | undefined
  if (executor === undefined) return
  const current = changes.current('executor', executor)
  changes.update('executor', executor, { load: Math.max(0, current.load - 1) })
}

/**
 * A try has come to nothing: the next executor gets the request, and after the last try it is a dead letter, of which
 * people are told.
 */
export function retryExecution(deciding: DecidingInProject, found: Execution, error: string): Execution {
  const { changes, now } = deciding
  const rules = executionRules(deciding)
  releaseExecutor(deciding, found)
  const isLast = found.attempt >= (rules?.attemptsMax ?? 1)
  const execution = changes.update('execution', found, {
    status: isLast ? 'FAILED' : 'PENDING',
    executorId: isLast ? found.executorId : null,
    leaseUntil: null,
    pendingAt: isLast ? null : now,
    error,
    deadLetter: isLast,
  })
  changes.event(isLast ? 'EXECUTION_FAILED' : 'EXECUTION_STATUS', {
    subject: `execution/${execution.id}`,
    summary: isLast ? `${execution.type} failed after ${execution.attempt} tries` : `${execution.type} is tried again`,
    reason: error,
    data: { status: execution.status, attempt: execution.attempt, deadLetter: isLast },
    taskId: execution.taskId,
    agentId: execution.agentId,
  })
  if (!isLast) return routeExecution(deciding, execution)
  const title = `${execution.type} could not be carried out`
  raiseAlert(asSystem(deciding), {
    type: 'EXECUTION_DEAD_LETTER',
    severity: 'ERROR',
    dedupeKey: `EXECUTION_DEAD_LETTER:${execution.id}`,
    title,
    description: error,
    taskId: execution.taskId,
    agentId: execution.agentId,
  })
  tellRequester(deciding, execution, title, error)
  return execution
}

/** Tells people of a request that nobody has taken for too long. */
export function alertUnrouted(deciding: DecidingInProject, execution: Execution): void {
  const rules = executionRules(deciding)
  const { pendingAt } = execution
  const isLate = rules !== null && pendingAt !== null && deciding.now - pendingAt >= rules.unroutedAlertMs
  const known = deciding.snapshot.find('alertsByKey', deciding.project.id, pendingKey(execution.id))
  if (!isLate || known.some(({ status }) => status === 'OPEN' || status === 'ACKNOWLEDGED')) return
  raiseAlert(deciding, {
    type: 'HEALTH_DEGRADED',
    severity: 'CRITICAL',
    dedupeKey: pendingKey(execution.id),
    title: `No executor takes ${execution.type}`,
    description: `${execution.id} waits since ${new Date(pendingAt).toISOString()}`,
    taskId: execution.taskId,
    agentId: execution.agentId,
  })
}

/** The requester hears of assignment and end. */
export function tellRequester(deciding: DecidingInProject, execution: Execution, title: string, body = ''): void {
  const note = { type: 'SYSTEM', title, body, taskId: execution.taskId, subject: `execution/${execution.id}` } as const
  if (execution.agentId === null) notifyOperators(deciding, note)
  else notifyAgent(deciding, { ...note, agentId: execution.agentId })
}
