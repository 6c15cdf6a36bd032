import { equal, ok } from 'node:assert/strict'
import { unwrap } from '@mission-control/core'
import { codeOf, type Squad, statusOf, USD } from './squad.ts'
import type { Tell } from './story.ts'

/** A run holds its money before it starts, and stops in the middle when a day is spent. */
export async function spendTheDay(squad: Squad, tell: Tell): Promise<void> {
  const { scribe, ann, admin, held } = squad
  const start = { ...held, sessionKey: 's3', model: 'any', estimatedCostMicros: 0.6 * USD }
  const { run } = unwrap(await scribe.runs.start(start))
  const report = (callId: string, costMicros: number) =>
    scribe.runs.report({ runId: run.id, epoch: held.epoch, lines: [{ callId, costMicros }] })

  equal(unwrap(await report('draft', 0.5 * USD)).directive, 'CONTINUE')
  tell('A run of Scribe holds 0.60 of its dollar for today, and uses 0.50.')

  const stopped = unwrap(await report('rewrite', 0.7 * USD))
  equal(stopped.directive, 'STOP')
  equal(await statusOf(squad), 'NEEDS_APPROVAL')
  equal(codeOf(await scribe.runs.start(start)), 'AGENT_NOT_ACTIVE')
  tell('The next call costs 0.70: the run stops in the middle, Scribe pauses, the cost is booked all the same.')

  const pending = unwrap(await admin.approvals.list({ status: 'PENDING' })).data
  const override = pending.find(({ actionType }) => actionType === 'BUDGET_OVERRIDE')
  ok(override, 'the stop asks for more money by itself')
  equal(pending.length, 1)
  unwrap(
    await ann.approvals.decide({
      approvalId: override.id,
      verdict: 'APPROVE',
      reason: 'Worth it.',
      amountMicros: 0.4 * USD,
    }),
  )
  equal(await statusOf(squad), 'IN_PROGRESS')
  tell('Nobody had to ask: the request for today was there. Ann adds 0.40, and the work goes on.')

  unwrap(await scribe.runs.complete({ runId: run.id, epoch: held.epoch }))
  const rest = unwrap(await scribe.runs.start({ ...start, estimatedCostMicros: 0.1 * USD }))
  unwrap(await scribe.runs.complete({ runId: rest.run.id, epoch: held.epoch, lines: [{ callId: 'a', costMicros: 0 }] }))
  const beat = unwrap(
    await scribe.agents.heartbeat({ sessionKey: 's3', health: 'HEALTHY', currentTaskId: held.taskId }),
  )
  equal(beat.budget.settledMicros, 1.2 * USD)
  equal(beat.budget.dailyMicros, 1.4 * USD)
  tell('The ledger says 1.20 of 1.40 today. Tomorrow the cap is one dollar again.')
}
