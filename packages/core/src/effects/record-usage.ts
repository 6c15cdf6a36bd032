import type { DecidingInProject } from '../decide/command.ts'
import { sumMicros, usdFromMicros } from '../model/money.ts'
import { NO_TOKENS, type Run, tokensOfRun, totalTokens } from '../model/run.ts'
import type { Scope } from '../ports/storage.ts'
import { worseCostStatus } from '../rules/pricing.ts'
import { redactText } from '../rules/redaction.ts'
import { firstUnpriced, type PricedLine, unpricedAlertKey } from './price-lines.ts'
import { alertScope, raiseAlert } from './raise-alert.ts'

/** What a run holds after some lines more. */
function runWithLines(run: Run, lines: readonly PricedLine[]): Run {
  const sum = { ...run }
  for (const { given, cost } of lines) {
    const tokens = given.tokens ?? NO_TOKENS
    sum.inputTokens += tokens.input
    sum.outputTokens += tokens.output
    sum.cacheReadTokens += tokens.cacheRead
    sum.cacheWriteTokens += tokens.cacheWrite
    sum.reasoningTokens += tokens.reasoning
    sum.billedMicros += cost.billedMicros ?? 0
    sum.imputedMicros += cost.imputedMicros ?? 0
    sum.costStatus = worseCostStatus(sum.costStatus, cost.costStatus)
    sum.lineCount += 1
  }
  return sum
}

/** Whether every sum stays an exact number. What goes beyond is a mistake of whoever reports it, and is refused. */
export function isCountable(run: Run, lines: readonly PricedLine[]): boolean {
  const after = runWithLines(run, lines)
  const amounts = [after.billedMicros + after.imputedMicros, totalTokens(tokensOfRun(after))]
  return amounts.every(Number.isSafeInteger)
}

/** What recording these lines has to read: the alert about a model without a price, at the first such line of a run. */
export function unpricedScope(run: Run, lines: readonly PricedLine[]): Scope {
  const unpriced = firstUnpriced(lines)
  if (unpriced === null || run.costStatus === 'UNPRICED') return {}
  return alertScope(run.projectId, unpricedAlertKey(unpriced.model ?? run.model))
}

/** Writes the lines and adds them to their run. Money is moved elsewhere. Gives the run as it will be stored. */
export function recordUsage(deciding: DecidingInProject, found: Run, lines: readonly PricedLine[]): Run {
  const { changes, now, project } = deciding
  if (lines.length === 0) return changes.current('run', found)
  const before = changes.current('run', found)
  for (const { given, model, cost } of lines) {
    changes.insert('usageLine', {
      projectId: project.id,
      runId: before.id,
      callId: given.callId,
      agentId: before.agentId,
      taskId: before.taskId,
      provider: given.provider ?? null,
      model,
      label: given.label === undefined ? null : redactText(given.label),
      tokens: given.tokens ?? NO_TOKENS,
      billing: given.billing,
      ...cost,
      at: now,
    })
  }
  const { id, version, createdAt, updatedAt, ...fields } = runWithLines(before, lines)
  const after = changes.update('run', before, fields)
  const billedMicros = sumMicros(lines.map(({ cost }) => cost.billedMicros ?? 0))
  const imputedMicros = sumMicros(lines.map(({ cost }) => cost.imputedMicros ?? 0))
  changes.event('USAGE_REPORTED', {
    subject: `run/${after.id}`,
    summary: `Usage: ${usdFromMicros(billedMicros, 6)} USD, ${after.costStatus}`,
    data: {
      lines: lines.length,
      billedMicros,
      imputedMicros,
      tokens: totalTokens(tokensOfRun(after)) - totalTokens(tokensOfRun(before)),
      costStatus: after.costStatus,
    },
    taskId: after.taskId,
    agentId: after.agentId,
    runId: after.id,
    costMicros: billedMicros,
  })
  raiseUnpriced(deciding, before, lines)
  return after
}

function raiseUnpriced(deciding: DecidingInProject, run: Run, lines: readonly PricedLine[]): void {
  const unpriced = firstUnpriced(lines)
  if (unpriced === null || run.costStatus === 'UNPRICED') return
  const model = unpriced.model ?? run.model
  raiseAlert(deciding, {
    type: 'COST_UNPRICED',
    severity: 'WARNING',
    dedupeKey: unpricedAlertKey(model),
    title: `No price for ${model}`,
    description: `Usage of ${model} was reported and its price is not known. Its cost is unknown, not 0: set a price in the policy.`,
    agentId: run.agentId,
    taskId: run.taskId,
    runId: run.id,
  })
}
