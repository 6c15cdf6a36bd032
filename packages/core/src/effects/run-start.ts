import { type DecidingInProject, joinScopes } from '../decide/command.ts'
import type { Snapshot } from '../decide/snapshot.ts'
import type { Agent } from '../model/agent.ts'
import type { Approval } from '../model/approval.ts'
import type { OperatorMode } from '../model/project.ts'
import type { Task } from '../model/task.ts'
import type { Scope } from '../ports/storage.ts'
import { type GrantUse, isLiveGrant } from '../rules/approval.ts'
import { remaining } from '../rules/budget.ts'
import { isMetered, neededOn } from '../rules/budget-units.ts'
import { payloadHash, runStartPayload } from '../rules/payload-hash.ts'
import type { CompiledPolicy } from '../rules/policy/compile.ts'
import { type Evaluation, evaluate } from '../rules/policy/evaluate.ts'
import type { Violation } from '../rules/policy/types.ts'
import { accountsWithoutRoom, exceedScope } from './exceed-budget.ts'
import { approvalScope } from './open-approval.ts'
import { policyOf, policyScope } from './policy-in-force.ts'
import { priceInForce } from './price-in-force.ts'
import { accountsOf, hasAccounts, type RunAccount, startAccountScope, startKeys } from './run-accounts.ts'
import { agentScope, ancestryScope, taskScope } from './task-scope.ts'

/** What an agent wants to start. */
export interface RunRequest {
  readonly projectId: string
  readonly agentId: string
  readonly taskId: string | null
  readonly sessionKey: string
  readonly model: string
  readonly provider: string | null
  /** Null: it cannot tell. */
  readonly estimatedCostMicros: number | null
}

/** Everything that is known about the start of a run before anything is decided. */
export interface RunOutlook {
  readonly agent: Agent
  readonly task: Task | null
  readonly policy: CompiledPolicy | null
  readonly isUnpriced: boolean
  /** Reasons for which a human must agree first. */
  readonly asks: readonly Violation[]
  readonly payloadHash: string
  /** A permission for exactly this start. */
  readonly grant: Approval | null
  /** The most the run may cost. */
  readonly capMicros: number
  /** What it holds from the start. */
  readonly holdMicros: number
  readonly accounts: readonly RunAccount[]
  readonly withoutRoom: readonly RunAccount[]
}

/** What a start reads: in the common case everything in one look, and only where something is wrong what that needs. */
export function runStartScope(request: RunRequest, seen: Snapshot | null): Scope {
  const { projectId, agentId, taskId } = request
  const base = joinScopes(
    policyScope(projectId),
    agentScope(agentId),
    taskId === null ? {} : { records: [{ kind: 'task', id: taskId }] },
    startAccountScope(request, seen),
  )
  const outlook = seen === null ? null : runOutlook(seen, request, '')
  if (outlook === null) return base
  const ownTask = outlook.task?.projectId === projectId ? taskId : null
  return joinScopes(
    base,
    outlook.asks.length === 0
      ? {}
      : joinScopes(approvalScope(projectId, outlook.payloadHash), ancestryScope(projectId)),
    outlook.asks.length === 0 || ownTask === null ? {} : taskScope(projectId, ownTask, seen),
    outlook.withoutRoom.length === 0 ? {} : exceedScope(projectId, outlook.accounts, ownTask, seen),
  )
}

/** The outlook of a start, or null while not enough has been read to tell. `runId` names the account of the run itself. */
export function runOutlook(snapshot: Snapshot, request: RunRequest, runId: string): RunOutlook | null {
  const { projectId, agentId, taskId } = request
  const keys = startKeys(snapshot, request, runId)
  const hasPolicies = [null, projectId].every((owner) => snapshot.hasLookup('activePolicies', [owner]))
  const hasTask = taskId === null || snapshot.has('task', taskId)
  if (!hasPolicies || !hasTask || keys.length === 0 || !hasAccounts(snapshot, keys)) return null
  const agent = snapshot.has('agent', agentId) ? snapshot.peek('agent', agentId) : null
  if (agent === null) return null
  const task = taskId === null ? null : snapshot.peek('task', taskId)

  const policy = policyOf(snapshot, projectId, { taskType: task?.type ?? null, agentId })
  const isUnpriced = priceInForce(snapshot, policy, request.provider, request.model) === null
  const asks = reasonsToAsk(agent, policy, request, isUnpriced)
  const hash = asks.length === 0 ? '' : hashOf(request)
  const grant = asks.length === 0 ? null : liveGrant(snapshot, policy, request, task, hash)
  const estimate = request.estimatedCostMicros
  const perRunMicros = agent.budgetPerRunMicros
  const capMicros = grant !== null && estimate !== null ? Math.max(perRunMicros, estimate) : perRunMicros
  const holdMicros = Math.min(estimate ?? perRunMicros, capMicros)
  const accounts = accountsOf(snapshot, keys, capMicros)
  // The account of the run is as large as the run may be, so it cannot be what lacks room.
  const others = accounts.filter(({ key }) => key.scopeType !== 'RUN')
  const withoutRoom = accountsWithoutRoom(others, holdMicros)
  return {
    agent,
    task,
    policy,
    isUnpriced,
    asks,
    payloadHash: hash,
    grant,
    capMicros,
    holdMicros,
    accounts,
    withoutRoom,
  }
}

export function hashOf(request: RunRequest): string {
  const { projectId, agentId, taskId } = request
  return payloadHash({ projectId, agentId, taskId, actionType: 'RUN_START', payload: runStartPayload(request) })
}

const STEP = 8

function reasonsToAsk(
  agent: Agent,
  policy: CompiledPolicy | null,
  request: RunRequest,
  isUnpriced: boolean,
): Violation[] {
  const reasons: Violation[] = []
  const estimate = request.estimatedCostMicros
  if (agent.budgetPerRunMicros === 0 && estimate === null) {
    const detail = 'the agent may spend nothing on a run; name an estimate to ask for more'
    reasons.push({ step: STEP, code: 'RUN_CAP_ZERO', detail, verdict: 'DENY', overridable: false })
  }
  if (estimate !== null && estimate > agent.budgetPerRunMicros) {
    const detail = `the estimate of ${estimate} micro-USD is above the cap per run of ${agent.budgetPerRunMicros}`
    reasons.push({ step: STEP, code: 'RUN_CAP_EXCEEDED', detail, verdict: 'NEEDS_APPROVAL', overridable: true })
  }
  const onUnpriced = policy?.rules.onUnpriced ?? 'DENY'
  if (isUnpriced && onUnpriced !== 'ALLOW') {
    const detail = `the price of ${request.model} is not known`
    const isDenied = onUnpriced === 'DENY'
    const verdict = isDenied ? 'DENY' : 'NEEDS_APPROVAL'
    reasons.push({ step: STEP, code: 'MODEL_UNPRICED', detail, verdict, overridable: !isDenied })
  }
  return reasons
}

function liveGrant(
  snapshot: Snapshot,
  policy: CompiledPolicy | null,
  request: RunRequest,
  task: Task | null,
  hash: string,
): Approval | null {
  if (!snapshot.hasLookup('approvalsByHash', [request.projectId, hash])) return null
  const use: GrantUse = {
    actionType: 'RUN_START',
    payloadHash: hash,
    agentId: request.agentId,
    taskId: request.taskId,
    taskEpoch: task?.epoch ?? null,
    estimatedCostMicros: request.estimatedCostMicros,
    policyVersion: policy?.version ?? null,
  }
  const found = snapshot.find('approvalsByHash', request.projectId, hash)
  return found.find((approval) => isLiveGrant(approval, use, snapshot.now)) ?? null
}

function heldBy({ key }: RunAccount, holdMicros: number): number {
  return isMetered(key.metric) ? 0 : neededOn(key.metric, holdMicros)
}

/** The policy's word on a start: all twelve steps, on what the outlook has found. */
export function evaluateStart(deciding: DecidingInProject, outlook: RunOutlook, mode: OperatorMode): Evaluation {
  const { agent, task, grant, accounts, withoutRoom, holdMicros } = outlook
  return evaluate({
    action: 'RUN_START',
    identity: {
      isThisAgent: deciding.agent?.id === agent.id,
      inProject: agent.projectId === deciding.project.id,
      epochCurrent: true,
    },
    policy: outlook.policy,
    operatorMode: mode,
    agent: { ...agent, draining: agent.drainRequestedAt !== null },
    run: null,
    task: task === null ? null : { ...task, heldByThisAgent: task.claim?.agentId === agent.id },
    assessment: null,
    // Starting is internal. What a human must agree to first is guarded.
    riskLevel: outlook.asks.length === 0 ? 'GREEN' : 'YELLOW',
    budgets: accounts
      .filter(({ key }) => key.scopeType !== 'RUN')
      .map((account) => ({
        scopeType: account.key.scopeType,
        accountId: account.id,
        remainingMicros: remaining(account.capMicros, account.balance),
        // A hold of nothing still needs an account that is not spent.
        neededMicros: withoutRoom.includes(account)
          ? Math.max(1, neededOn(account.key.metric, holdMicros))
          : heldBy(account, holdMicros),
      })),
    extraViolations: outlook.asks,
    grant: grant === null ? null : { covers: grant.covers },
  })
}
