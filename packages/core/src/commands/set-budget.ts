import { z } from 'zod'
import { accept, type DecidingInProject, joinScopes, projectCommand, refuse } from '../decide/command.ts'
import { own, versionProblem } from '../decide/own.ts'
import type { Snapshot } from '../decide/snapshot.ts'
import { budgetChangeScope, scopeOf } from '../effects/adjust-budget.ts'
import { policyInForce, policyScope } from '../effects/policy-in-force.ts'
import { resumeFromBudget } from '../effects/resume-from-budget.ts'
import { accountsOf, type RunAccount, standingBudget } from '../effects/run-accounts.ts'
import { settleApproval, settleScope } from '../effects/settle-approval.ts'
import { ancestryScope } from '../effects/task-scope.ts'
import { refSchema } from '../model/ids.ts'
import {
  type AccountKey,
  type AccountWindow,
  accountId,
  type Budget,
  METRICS,
  type Metric,
  WINDOWS,
} from '../model/ledger.ts'
import { microsSchema, usdFromMicros } from '../model/money.ts'
import { type Refusal, refusal } from '../model/refusal.ts'
import type { Task } from '../model/task.ts'
import { effectiveCap, hasRoom } from '../rules/budget.ts'
import { amountText, isAgentDay } from '../rules/budget-units.ts'
import { agentCaps, taskCapMicros } from '../rules/default-caps.ts'
import { ancestryOf, isParty } from '../rules/parties.ts'
import { hasPermission } from '../rules/permissions.ts'
import { windowKey } from '../rules/windows.ts'
import { expectedVersionInput, inProject } from './inputs.ts'

/** A billion USD: no cap needs more, and every sum stays exact. */
const CAP_MAX = 1_000_000_000_000_000
/** A LEAD may give a task that many times what its type has by default. */
const LEAD_FACTOR_MAX = 2

const capInput = microsSchema.max(CAP_MAX).nullable()

const input = z
  .strictObject({
    ...inProject,
    /** Version of the standing cap, 0 where none has been set. */
    expectedVersion: expectedVersionInput,
    scopeType: z.enum(['PROJECT', 'AGENT', 'TASK']),
    scopeId: refSchema,
    metric: z.enum(METRICS).default('USD'),
    /** Absent: the one that is always there: the day of a project or an agent, the lifetime of a task. */
    window: z.enum(WINDOWS).optional(),
    /** The cap of an account of money. Null: back to the default. */
    capMicros: capInput.optional(),
    /** The cap of any other account, in what its metric counts. Null: none. */
    cap: capInput.optional(),
  })
  .refine(
    ({ metric, capMicros, cap }) =>
      (metric === 'USD') === (capMicros !== undefined) && (capMicros === undefined) !== (cap === undefined),
    {
      error: 'a cap in USD is capMicros, any other is cap',
      path: ['cap'],
    },
  )
type Given = z.infer<typeof input>

/** A standing cap, and what it means for the window of now. Amounts are in what the metric of the account counts. */
export interface BudgetSet {
  readonly accountId: string
  /** Of the standing cap. */
  readonly version: number
  readonly metric: Metric
  /** What was set; null: the default of agent, task or project applies. */
  readonly cap: number | null
  /** With what was approved for this window; null: no ceiling. */
  readonly effectiveCap: number | null
  readonly settled: number
  readonly reserved: number
}

function capOf({ capMicros, cap }: Given): number | null {
  return capMicros ?? cap ?? null
}

/** The window of the account in USD that each run of that scope is held on. */
function usualWindow({ scopeType }: Given): AccountWindow {
  return scopeType === 'TASK' ? 'LIFETIME' : 'DAY'
}

/** Whether it is one of the accounts that are always there; their caps stand on agent and task, and have defaults. */
function isUsual(given: Given): boolean {
  return given.metric === 'USD' && (given.window ?? usualWindow(given)) === usualWindow(given)
}

function keyOf(given: Given, at: number, timeZone: string): AccountKey {
  const { projectId, scopeType, scopeId, metric } = given
  const window = given.window ?? usualWindow(given)
  return { projectId, scopeType, scopeId, metric, window, windowKey: windowKey(window, at, timeZone) }
}

function seenKey(given: Given, seen: Snapshot | null): AccountKey | null {
  const project = seen?.has('project', given.projectId) === true ? seen.peek('project', given.projectId) : null
  return seen === null || project === null ? null : keyOf(given, seen.now, project.timeZone)
}

/**
 * Sets the standing cap of a project, an agent or a task: of money, tokens, runs or time, for a day, a week, a month or
 * for good. A run that starts from now on is held to it. ADMIN; for a task also an OPERATOR, or a LEAD
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
    const version = standingBudget(snapshot, key)?.version ?? 0
    const conflict = versionProblem({ id: accountId(key), version }, given.expectedVersion)
    if (conflict !== null) return refuse(conflict)
    const standingMicros = setOwner(deciding, given)
    const [before] = accountsOf(snapshot, [key], 0)
    const standing = setStanding(deciding, key, capOf(given))
    const capMicros = effectiveCap(standingMicros, standing, key.windowKey)
    const account: RunAccount = { key, id: accountId(key), capMicros, balance: snapshot.balance(key) }
    deciding.changes.event('BUDGET_ADJUSTED', {
      subject: `${given.scopeType.toLowerCase()}/${given.scopeId}`,
      summary: `${given.scopeType} cap: ${capText(key, before?.capMicros ?? null)} → ${capText(key, capMicros)}`,
      data: {
        accountId: account.id,
        cap: capOf(given),
        from: before?.capMicros ?? null,
        to: capMicros,
      },
      agentId: given.scopeType === 'AGENT' ? given.scopeId : null,
      taskId: given.scopeType === 'TASK' ? given.scopeId : null,
    })
    release(deciding, account)
    return accept<BudgetSet>({
      accountId: account.id,
      version: standing.version,
      metric: key.metric,
      cap: capOf(given),
      effectiveCap: capMicros,
      ...account.balance,
    })
  },
})

function capText({ metric, window }: AccountKey, cap: number | null): string {
  return cap === null ? 'none' : `${amountText(metric, cap)} (${window})`
}

function problemOf(deciding: DecidingInProject, given: Given): Refusal | null {
  const { principal, agent, project } = deciding
  const permission = given.scopeType === 'TASK' ? 'tasks.caps' : 'budgets.admin'
  if (principal !== null && !hasPermission(principal, agent, permission)) {
    return refusal('FORBIDDEN', `${principal.displayName} lacks ${permission}`)
  }
  if (given.scopeType === 'AGENT') return own(deciding, 'agent', given.scopeId).problem
  if (given.scopeType === 'TASK') {
    const { record: task, problem } = own(deciding, 'task', given.scopeId)
    return problem ?? leadProblem(deciding, task, given)
  }
  return given.scopeId === project.id ? null : refusal('NOT_FOUND', `no such project: ${given.scopeId}`)
}

/** A LEAD gives no money to its own work, nor to that of its line, and not without limit to that of others. */
function leadProblem(deciding: DecidingInProject, task: Task, given: Given): Refusal | null {
  const { agent, snapshot, project } = deciding
  if (agent === null) return null
  if (isParty(agent.id, task, ancestryOf(snapshot.find('agentsOfProject', project.id)))) {
    return refusal('FORBIDDEN', `${agent.name} is a party of ${task.id}`)
  }
  if (!isUsual(given)) return refusal('FORBIDDEN', `a LEAD sets the cap of a task in USD for its LIFETIME only`)
  const limitMicros = LEAD_FACTOR_MAX * defaultOf(deciding, task)
  if ((given.capMicros ?? 0) <= limitMicros) return null
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
  const cap = capOf(given)
  const isShown = isUsual(given)
  if (given.scopeType === 'PROJECT') {
    changes.update('project', project, {})
    return cap
  }
  if (given.scopeType === 'AGENT') {
    const agent = snapshot.get('agent', given.scopeId)
    if (agent === null) return null
    const policy = policyInForce(deciding, { taskType: null, agentId: agent.id })
    const budgetDailyMicros = cap ?? agentCaps(policy, agent.role, agent.isCao).dailyMicros
    changes.update('agent', agent, isShown ? { budgetDailyMicros } : {})
    return isShown ? budgetDailyMicros : cap
  }
  const task = snapshot.get('task', given.scopeId)
  if (task === null) return null
  const budgetAllocatedMicros = cap ?? defaultOf(deciding, task)
  changes.update('task', task, isShown ? { budgetAllocatedMicros } : {})
  return isShown ? budgetAllocatedMicros : cap
}

/** Where there is room now, nobody needs to be asked any more, and nothing needs to wait. */
function release(deciding: DecidingInProject, account: RunAccount): void {
  if (!hasRoom(account.capMicros, account.balance, 0)) return
  const reason = 'the cap was raised'
  const pending = deciding.snapshot.find('pendingOverrideOfAccount', deciding.project.id, account.id)
  for (const approval of pending) settleApproval(deciding, approval, { status: 'CANCELED', reason })
  if (isAgentDay(account.key)) resumeFromBudget(deciding, account.key.scopeId, { ...account, reason })
}
