import { deepEqual, equal } from 'node:assert/strict'
import { unwrap } from '@mission-control/core'
import { codeOf, type Squad, statusOf } from './squad.ts'
import type { Tell } from './story.ts'

const WHY = { justification: 'The guide shows a real refund.', rollbackPlan: 'Charge the test card again.' }

function refund(amount: number) {
  return { tool: 'issue_refund', input: { order: 'test-1', amount }, sessionKey: 's1', ...WHY }
}

/** A call that nothing in the policy knows is RED: it takes two people, and runs once. */
export async function runRedCall(squad: Squad, tell: Tell): Promise<void> {
  const { scribe, ann, bob, held } = squad
  const call = { ...refund(5), ...held }

  const asked = unwrap(await scribe.toolCalls.gate(call))
  const approvalId = asked.approvalId ?? ''
  deepEqual([asked.decision, asked.riskLevel], ['NEEDS_APPROVAL', 'RED'])
  equal(await statusOf(squad), 'NEEDS_APPROVAL')
  tell('Scribe wants to refund 5 dollars. Nobody mapped that tool, so it is RED. The task waits.')

  const own = await scribe.approvals.decide({ approvalId, verdict: 'APPROVE', reason: 'I am sure.' })
  equal(codeOf(own), 'SEPARATION_OF_DUTIES')
  tell('Scribe approves itself: refused, and the attempt is in the log.')

  const yes = { approvalId, verdict: 'APPROVE', reason: 'A test card.' } as const
  equal(unwrap(await ann.approvals.decide(yes)).status, 'PENDING')
  equal(unwrap(await ann.approvals.decide(yes)).decisions.length, 1)
  tell('Ann approves, twice. That is still one person of two.')

  equal(unwrap(await bob.approvals.decide(yes)).status, 'APPROVED')
  equal(await statusOf(squad), 'IN_PROGRESS')
  tell('Bob approves. The task goes on.')

  const granted = unwrap(await scribe.toolCalls.gate(call))
  equal(granted.decision, 'ALLOW')
  const more = unwrap(await scribe.toolCalls.gate({ ...refund(500), ...held, sessionKey: 's2' }))
  equal(more.decision, 'NEEDS_APPROVAL')
  unwrap(await scribe.approvals.cancel({ approvalId: more.approvalId ?? '' }))
  tell('The grant is for these 5 dollars: 500 would have to be asked for. Scribe withdraws that.')

  const { toolCallId } = granted
  unwrap(await scribe.toolCalls.begin({ toolCallId, epoch: held.epoch, input: call.input }))
  unwrap(await scribe.toolCalls.end({ toolCallId, epoch: held.epoch, status: 'SUCCESS', output: 'refunded' }))
  const again = unwrap(await scribe.toolCalls.gate(call))
  equal(again.decision, 'NEEDS_APPROVAL')
  unwrap(await scribe.approvals.cancel({ approvalId: again.approvalId ?? '' }))
  tell('It ran. The grant is used up: the same call again needs two people again.')
}

/** One no is enough. The agent hears of it, and the task waits for a person. */
export async function denyCall(squad: Squad, tell: Tell): Promise<void> {
  const { scribe, ann, bob, held } = squad
  const call = { ...refund(900), ...held }
  const { approvalId } = unwrap(await scribe.toolCalls.gate(call))
  const request = { approvalId: approvalId ?? '' }

  unwrap(await ann.approvals.decide({ ...request, verdict: 'APPROVE', reason: 'Fine by me.' }))
  equal(codeOf(await bob.approvals.decide({ ...request, verdict: 'DENY' })), 'VALIDATION')
  const denied = unwrap(await bob.approvals.decide({ ...request, verdict: 'DENY', reason: 'Five dollars show it.' }))
  equal(denied.status, 'DENIED')
  equal(await statusOf(squad), 'BLOCKED')
  tell('Scribe asks for 900. Ann says yes, Bob says no with a reason. One no is enough; the task is BLOCKED.')

  const beat = unwrap(
    await scribe.agents.heartbeat({ sessionKey: 's1', health: 'HEALTHY', currentTaskId: held.taskId }),
  )
  equal(beat.decidedApprovals.find(({ id }) => id === approvalId)?.status, 'DENIED')
  tell('The next heartbeat of Scribe brings the answer.')

  const note = 'Use the five dollars that were refunded.'
  unwrap(await ann.tasks.transition({ taskId: held.taskId, to: 'IN_PROGRESS', reason: note }))
  equal(unwrap(await scribe.toolCalls.gate(call)).decision, 'DENY')
  tell('Ann lets the work go on. The same call is DENY now, without asking anybody again.')
}
