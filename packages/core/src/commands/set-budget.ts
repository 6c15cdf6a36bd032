import { z } from 'zod'
import { accept, type DecidingInProject, joinScopes, projectCommand, refuse } from '../decide/command.ts'
import { own } from '../decide/own.ts'
import type { Snapshot } from '../decide/snapshot.ts'
import { budgetChangeScope, scopeOf, standingBudget } from '../effects/adjust-budget.ts'
import { policyInForce, policyScope } from '../effects/policy-in-force.ts'
import { resumeFromBudget } from '../effects/resume-from-budget.ts'
import { accountsOf, type RunAccount } from '../effects/run-accounts.ts'
import { settleApproval, settleScope } from '../effects/settle-approval.ts'
import { ancestryScope } from '../effects/task-scope.ts'
import { refSchema } from '../model/ids.ts'
import { type AccountKey, accountId, type Budget } from '../model/ledger.ts'
import { microsSchema, usdFromMicros } from '../model/money.ts'
import { type Refusal, refusal } from '../model/refusal.ts'
import type { Task } from '../model/task.ts'
import { effectiveCap, hasRoom } from '../rules/budget.ts'
import { agentCaps, taskCapMicros } from '../rules/default-caps.ts'
import { ancestryOf, isParty } from '../rules/parties.ts'
import { hasPermission } from '../rules/permissions.ts'
import { windowKey } from '../rules/windows.ts'
import { inProject } from './inputs.ts'

/** A billion USD: no cap needs more, and every sum stays exact. */
const CAP_MICROS_MAX = 1_000_000_000_000_000
/** A LEAD may give a task that many times what its type has by default. */
const LEAD_FACTOR_MAX = 2

const input = z.strictObject({
  ...inProject,
  scopeType: z.enum(['PROJECT', 'AGENT', 'TASK']),
  scopeId: refSchema,
  metric: z.literal('USD').default('USD'),
  /** Absent: the one a run is held on: the day of a project or an agent, the lifetime of a task. */
  window: z.enum(['DAY', 'LIFETIME']).optional(),
  /** Null: back to the default. */
  capMicros: microsSchema.max(CAP_MICROS_MAX).nullable(),
})
type Given = z.infer<typeof input>

/** A standing cap, and what it means for the window of now. */
export interface BudgetSet {
  readonly accountId: string
  /** What was set; null: the default of agent, task or project applies. */
  readonly capMicros: number | null
  /** With what was approved for this window; null: no ceiling. */
  readonly effectiveCapMicros: number | null
  readonly settledMicros: number
  readonly reservedMicros: number
}

function keyOf({ projectId, scopeType, scopeId }: Given, at: number, timeZone: string): AccountKey {
  const window = scopeType === 'TASK' ? 'LIFETIME' : 'DAY'
  return { projectId, scopeType, scopeId, metric: 'USD', window, windowKey: windowKey(window, at, timeZone) }
}

function seenKey(given: Given, seen: Snapshot | null): AccountKey | null {
  const project = seen?.has('project', given.projectId) === true ? seen.peek('project', given.projectId) : null
  return seen === null || project === null ? null : keyOf(given, seen.now, project.timeZone)
}

/**
 * Sets the standing cap of a project's or an agent's day, or of a task. ADMIN; for a task also an OPERATOR, or a LEAD
 * that is no party to it, up to twice the default of its type. Where a raised cap leaves room, the pending request for
 * more is withdrawn, what waited for it goes on, and the pause of the agent ends.
 */
export const setBudget = projectCommand({
  name: 'budgets.set',
  summary: 'Sets the standing cap of a project, an agent or a task.',
  input,
  // Caps of tasks are set by more people than other caps, so the decider looks.
  permission: null,
  whenContained: 'refused',
  scope: (given, _caller, seen) => {
    const key = seenKey(given, seen)
    if (key === null) return policyScope(given.projectId)
    const values = [given.projectId, accountId(key)]
    const isSeen = seen?.hasLookup('pendingOverrideOfAccount', values) === true
    const pending = isSeen ? seen.find('pendingOverrideOfAccount', ...values) : []
    return joinScopes(
      policyScope(given.projectId),
      budgetChangeScope(key),
      { lookups: [{ lookup: 'pendingOverrideOfAccount', values, limit: 1 }] },
      given.scopeType === 'TASK' ? ancestryScope(given.projectId) : {},
      ...pending.map(({ id }) => settleScope(given.projectId, id, seen)),
    )
  },
  decide(deciding, given) {
    const { now, project, snapshot } = deciding
    const problem = problemOf(deciding, given)
    if (problem !== null) return refuse(problem)
    const key = keyOf(given, now, project.timeZone)
    const standingMicros = setOwner(deciding, given)
    const [before] = accountsOf(snapshot, [key], 0)
    const capMicros = effectiveCap(standingMicros, setStanding(deciding, key, given.capMicros), key.windowKey)
    const account: RunAccount = { key, id: accountId(key), capMicros, balance: snapshot.balance(key) }
    deciding.changes.event('BUDGET_ADJUSTED', {
      subject: `${given.scopeType.toLowerCase()}/${given.scopeId}`,
      summary: `${given.scopeType} cap: ${capText(before?.capMicros ?? null)} → ${capText(capMicros)}`,
      data: {
        accountId: account.id,
        capMicros: given.capMicros,
        fromMicros: before?.capMicros ?? null,
        toMicros: capMicros,
      },
      agentId: given.scopeType === 'AGENT' ? given.scopeId : null,
      taskId: given.scopeType === 'TASK' ? given.scopeId : null,
    })
    release(deciding, account)
    const { settled: settledMicros, reserved: reservedMicros } = account.balance
    return accept<BudgetSet>({
      accountId: account.id,
      capMicros: given.capMicros,
      effectiveCapMicros: capMicros,
      settledMicros,
      reservedMicros,
    })
  },
})

function capText(capMicros: number | null): string {
  return capMicros === null ? 'none' : `${usdFromMicros(capMicros)} USD`
}

function problemOf(deciding: DecidingInProject, given: Given): Refusal | null {
  const { principal, agent, project } = deciding
  const permission = given.scopeType === 'TASK' ? 'tasks.caps' : 'budgets.admin'
  if (principal !== null && !hasPermission(principal, agent, permission)) {
    return refusal('FORBIDDEN', `${principal.displayName} lacks ${permission}`)
  }
  const window = given.scopeType === 'TASK' ? 'LIFETIME' : 'DAY'
  if (given.window !== undefined && given.window !== window) {
    const errors = [{ field: 'window', message: `a run is held on the ${window} account of a ${given.scopeType}` }]
    return refusal('VALIDATION', 'budgets.set: no run is held on that account', { errors })
  }
  if (given.scopeType === 'AGENT') return own(deciding, 'agent', given.scopeId).problem
  if (given.scopeType === 'TASK') {
    const { record: task, problem } = own(deciding, 'task', given.scopeId)
    return problem ?? leadProblem(deciding, task, given.capMicros)
  }
  return given.scopeId === project.id ? null : refusal('NOT_FOUND', `no such project: ${given.scopeId}`)
}

/** A LEAD gives no money to its own work, nor to that of its line, and not without limit to that of others. */
function leadProblem(deciding: DecidingInProject, task: Task, capMicros: number | null): Refusal | null {
  const { agent, snapshot, project } = deciding
  if (agent === null) return null
  if (isParty(agent.id, task, ancestryOf(snapshot.find('agentsOfProject', project.id)))) {
    return refusal('FORBIDDEN', `${agent.name} is a party of ${task.id}`)
  }
  const limitMicros = LEAD_FACTOR_MAX * defaultOf(deciding, task)
  if ((capMicros ?? 0) <= limitMicros) return null
  return refusal('FORBIDDEN', `a LEAD sets at most ${usdFromMicros(limitMicros)} USD for a task of type ${task.type}`)
}

function defaultOf(deciding: DecidingInProject, task: Task): number {
  return taskCapMicros(policyInForce(deciding, { taskType: task.type, agentId: null }), task.type)
}

function setStanding({ changes, snapshot, project }: DecidingInProject, key: AccountKey, cap: number | null): Budget {
  const known = standingBudget(snapshot, key)
  if (known !== null) return changes.update('budget', known, { cap })
  return changes.insert('budget', { ...scopeOf(key), projectId: project.id, cap, adjustments: [] })
}

/**
 * Writes the cap where it is shown, on the agent or the task; gives it. The write also fences it: whoever holds money
 * relies on the version of agent, task or project, and looks again when the cap has moved.
 */
function setOwner(deciding: DecidingInProject, given: Given): number | null {
  const { changes, snapshot, project } = deciding
  if (given.scopeType === 'PROJECT') {
    changes.update('project', project, {})
    return given.capMicros
  }
  if (given.scopeType === 'AGENT') {
    const agent = snapshot.get('agent', given.scopeId)
    if (agent === null) return null
    const policy = policyInForce(deciding, { taskType: null, agentId: agent.id })
    const budgetDailyMicros = given.capMicros ?? agentCaps(policy, agent.role, agent.isCao).dailyMicros
    return changes.update('agent', agent, { budgetDailyMicros }).budgetDailyMicros
  }
  const task = snapshot.get('task', given.scopeId)
  if (task === null) return null
  const budgetAllocatedMicros = given.capMicros ?? defaultOf(deciding, task)
  return changes.update('task', task, { budgetAllocatedMicros }).budgetAllocatedMicros
}

/** Where there is room now, nobody needs to be asked any more, and nothing needs to wait. */
function release(deciding: DecidingInProject, account: RunAccount): void {
  if (!hasRoom(account.capMicros, account.balance, 0)) return
  const reason = 'the cap was raised'
  const pending = deciding.snapshot.find('pendingOverrideOfAccount', deciding.project.id, account.id)
  for (const approval of pending) settleApproval(deciding, approval, { status: 'CANCELED', reason })
  if (account.key.scopeType === 'AGENT') resumeFromBudget(deciding, account.key.scopeId, { ...account, reason })
}
