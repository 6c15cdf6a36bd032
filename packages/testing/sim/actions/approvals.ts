import type { Approval } from '@mission-control/core'
import { codeAt } from '../one-time-codes.ts'
import { MODEL } from '../settings.ts'
import type { Turn } from '../turn.ts'
import { type Action, isAgent, isAnybody, isPerson } from './action.ts'

function approvalOf(turn: Turn, fits: (approval: Approval) => boolean): Approval | undefined {
  const isOdd = turn.isMischievous
  return turn.random.any(turn.mirror.all('approval').filter((approval) => isOdd || fits(approval)))
}

function decide(turn: Turn, approval: Approval | undefined) {
  if (approval === undefined) return null
  const verdict = turn.random.chance(0.15) ? 'DENY' : 'APPROVE'
  const reason = turn.random.chance(0.95) ? { reason: 'as it is' } : {}
  const amount = turn.random.chance(0.05) ? { amountMicros: 1_000 } : {}
  const { principalId } = turn.actor
  const code = turn.random.chance(0.85) ? { oneTimeCode: codeAt(principalId, turn.world.now) } : {}
  return turn.call('approvals.decide', (client, context) =>
    client.approvals.decide({ approvalId: approval.id, verdict, ...reason, ...amount }, { ...context, ...code }),
  )
}

const decideAsPerson: Action = {
  name: 'decide',
  weight: 16,
  by: isPerson,
  run: (turn) =>
    decide(
      turn,
      approvalOf(turn, ({ status }) => status === 'PENDING'),
    ),
}

const decideAsAgent: Action = {
  name: 'decide as agent',
  weight: 1.5,
  by: isAgent,
  run: (turn) =>
    decide(turn, turn.random.any(turn.mirror.all('approval').filter(({ status }) => status === 'PENDING'))),
}

const request: Action = {
  name: 'request',
  weight: 2,
  by: isAgent,
  run: (turn) => {
    const task = turn.held('ASSIGNED', 'IN_PROGRESS', 'REVIEW')
    if (task === undefined) return null
    const fence = turn.fence(task)
    const why = { taskId: task.id, epoch: fence.epoch, justification: 'so that it goes on', rollbackPlan: 'undo it' }
    const act = turn.random.pick([
      { actionType: 'STATE_TRANSITION', payload: { to: 'REVIEW' } },
      { actionType: 'RUN_START', payload: { model: MODEL, estimatedCostMicros: 2_000_000 } },
      { actionType: 'TOOL_CALL', payload: { tool: 'send_email', input: { to: 'ann@example.com', text: 'hello' } } },
    ] as const)
    return turn.call(
      'approvals.request',
      (client, context) => client.approvals.request({ ...act, ...why }, context),
      fence,
    )
  },
}

const withdraw: Action = {
  name: 'withdraw',
  weight: 0.7,
  by: isAnybody,
  run: (turn) => {
    const { actor } = turn
    const approval = approvalOf(
      turn,
      ({ status, requesterId }) =>
        status === 'PENDING' && (actor.kind === 'HUMAN' || requesterId === actor.principalId),
    )
    if (approval === undefined) return null
    return turn.call('approvals.cancel', (client, context) =>
      client.approvals.cancel({ approvalId: approval.id, reason: 'not needed' }, context),
    )
  },
}

export const APPROVALS: readonly Action[] = [decideAsPerson, decideAsAgent, request, withdraw]
