import type { Snapshot } from '../decide/snapshot.ts'
import type { Alert } from '../model/notification.ts'
import { NO_TOKENS, type Run, totalTokens } from '../model/run.ts'
import type { UsageLineInput } from '../model/usage.ts'
import type { Scope } from '../ports/storage.ts'
import type { CompiledPolicy } from '../rules/policy/compile.ts'
import { costOfUsage, countedMicros, type UsageCost } from '../rules/pricing.ts'
import { policyOf } from './policy-in-force.ts'
import { priceInForce } from './price-in-force.ts'

/** A reported line with its cost. */
export interface PricedLine {
  readonly given: UsageLineInput
  /** Null for a charge that is no model call. */
  readonly model: string | null
  readonly cost: UsageCost
}

/** What telling a new line from a repeated one has to read. */
export function usageScope(runId: string, lines: readonly UsageLineInput[]): Scope {
  return { lookups: lines.map(({ callId }) => ({ lookup: 'usageLineByCall', values: [runId, callId], limit: 1 })) }
}

/** The policy a run is priced by. The task is known here only where some policy speaks for one type of task. */
export function policyOfRun(snapshot: Snapshot, run: Run): CompiledPolicy | null {
  const task = run.taskId !== null && snapshot.has('task', run.taskId) ? snapshot.peek('task', run.taskId) : null
  return policyOf(snapshot, run.projectId, { taskType: task?.type ?? null, agentId: run.agentId })
}

/** Whether imputed cost counts against budgets; it does unless a policy says otherwise. */
export function countsImputed(policy: CompiledPolicy | null): boolean {
  return policy?.rules.countImputed ?? true
}

/** The lines not counted before, priced. A call id that comes twice counts once. */
export function newLines(
  snapshot: Snapshot,
  policy: CompiledPolicy | null,
  run: Run,
  lines: readonly UsageLineInput[],
): PricedLine[] {
  const fresh = new Map<string, PricedLine>()
  for (const given of lines) {
    if (fresh.has(given.callId)) continue
    if (snapshot.find('usageLineByCall', run.id, given.callId).length > 0) continue
    const model = given.label === undefined ? (given.model ?? run.model) : null
    const price = model === null ? null : priceInForce(snapshot, policy, given.provider ?? null, model)
    fresh.set(given.callId, { given, model, cost: costOfUsage(given, price) })
  }
  return [...fresh.values()]
}

/** What some lines add to what budgets count. */
function addedMicros(lines: readonly PricedLine[], policy: CompiledPolicy | null): number {
  const countImputed = countsImputed(policy)
  return lines.reduce((sum, { cost }) => sum + countedMicros(cost, countImputed), 0)
}

/** What lines add to what is counted of their run. */
export interface AddedUse {
  readonly micros: number
  readonly tokens: number
}

export const NOTHING_ADDED: AddedUse = { micros: 0, tokens: 0 }

/** What some lines add to money and tokens. */
export function addedUse(lines: readonly PricedLine[], policy: CompiledPolicy | null): AddedUse {
  return {
    micros: addedMicros(lines, policy),
    tokens: lines.reduce((sum, { given }) => sum + totalTokens(given.tokens ?? NO_TOKENS), 0),
  }
}

/** The first line whose cost is not known. */
export function firstUnpriced(lines: readonly PricedLine[]): PricedLine | null {
  return lines.find(({ cost }) => cost.costStatus === 'UNPRICED') ?? null
}

/** The model that an alert about a missing price is about; null for any other alert. */
export function modelOfAlert({ type, dedupeKey }: Pick<Alert, 'type' | 'dedupeKey'>): string | null {
  return type === 'COST_UNPRICED' ? dedupeKey.slice(unpricedAlertKey('').length) : null
}

/** The alert about a model without a price; one per model, raised by the first line of a run that has it. */
export function unpricedAlertKey(model: string): string {
  return `COST_UNPRICED:${model}`
}
