import type { Approval } from '@mission-control/core'
import type { GateInput } from '../gate-input.ts'
import { codeAt } from '../one-time-codes.ts'
import { Turn } from '../turn.ts'
import { type Action, isAgent, isPerson } from './action.ts'
import { askGate } from './tool-calls.ts'

/** A granted request of the actor's own, with what was asked for. */
function granted(turn: Turn, fits: (approval: Approval) => boolean) {
  const found = turn.mirror.all('approval').flatMap((approval) => {
    const call = turn.world.asked.get(approval.id)
    const isOwn = approval.onBehalfOfAgentId === turn.actor.agentId && approval.status === 'APPROVED'
    return call !== undefined && isOwn && fits(approval) ? [{ approval, call }] : []
  })
  return turn.random.any(found)
}

/** The same act as a call of its own. */
function askAgain(turn: Turn, { callId: _callId, ...call }: GateInput): Promise<void> {
  const fence =
    call.taskId === undefined || call.epoch === undefined ? null : { taskId: call.taskId, epoch: call.epoch }
  return askGate(turn, { ...call, callId: turn.world.nextKey() }, fence)
}

const use: Action = {
  name: 'use a grant',
  weight: 8,
  by: isAgent,
  run: (turn) => {
    const found = granted(turn, ({ usedAt }) => usedAt === null)
    return found === undefined ? null : askAgain(turn, found.call)
  },
}

const useAgain: Action = {
  name: 'use a grant again',
  weight: 3,
  by: isAgent,
  run: (turn) => {
    const found = granted(turn, ({ usedAt }) => usedAt !== null)
    return found === undefined ? null : askAgain(turn, found.call)
  },
}

/** Comes back for a grant just after its end, while the actor does other things. */
function comeLate({ world, actor }: Turn, { grantExpiresAt }: Approval, call: GateInput): void {
  const lateMs = Math.max(0, (grantExpiresAt ?? 0) - world.now) + 1
  world.scheduler.after(lateMs, () => {
    void askAgain(new Turn(world, actor), call).catch((error) => world.violate('fault', String(error)))
  })
}

const useLate: Action = {
  name: 'use a grant late',
  weight: 4,
  by: isAgent,
  run: (turn) => {
    const found = granted(turn, ({ usedAt, grantExpiresAt }) => usedAt === null && grantExpiresAt !== null)
    if (found === undefined) return null
    comeLate(turn, found.approval, found.call)
    return Promise.resolve()
  },
}

/** People grant what an agent asked for; it uses the grant at once and tries again, or comes when it is too late. */
const seeThrough: Action = {
  name: 'see a request through',
  weight: 3,
  by: isPerson,
  run: (turn) => {
    const { world, random, mirror } = turn
    const asked = mirror.all('approval').filter(({ id, status }) => status === 'PENDING' && world.asked.has(id))
    const approvalId = random.any(asked)?.id
    const call = world.asked.get(approvalId ?? '')
    return approvalId === undefined || call === undefined ? null : grantAndUse(turn, approvalId, call)
  },
}

async function grantAndUse(turn: Turn, approvalId: string, call: GateInput): Promise<void> {
  const { world, random, mirror } = turn
  for (const actor of world.actors.filter((one) => isPerson(one) && !one.isForeign)) {
    if (mirror.get('approval', approvalId)?.status !== 'PENDING') break
    const code = { oneTimeCode: codeAt(actor.principalId, world.now) }
    await new Turn(world, actor).call('approvals.decide', (client, context) =>
      client.approvals.decide({ approvalId, verdict: 'APPROVE', reason: 'go on' }, { ...context, ...code }),
    )
  }
  const approval = mirror.get('approval', approvalId)
  const asker = world.actors.find(({ agentId }) => agentId !== null && agentId === approval?.onBehalfOfAgentId)
  if (approval?.status !== 'APPROVED' || asker === undefined) return
  const own = new Turn(world, asker)
  if (random.chance(0.3)) return comeLate(own, approval, call)
  await askAgain(own, call)
  await askAgain(own, call)
}

export const GRANTS: readonly Action[] = [use, useAgain, useLate, seeThrough]
