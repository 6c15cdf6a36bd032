import type { Approval } from '@mission-control/core'
import { Turn } from '../turn.ts'
import { type Action, isAgent } from './action.ts'
import { askGate, type GateInput } from './tool-calls.ts'

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
const useLate: Action = {
  name: 'use a grant late',
  weight: 4,
  by: isAgent,
  run: (turn) => {
    const found = granted(turn, ({ usedAt, grantExpiresAt }) => usedAt === null && grantExpiresAt !== null)
    if (found === undefined) return null
    const { world, actor } = turn
    const lateMs = Math.max(0, (found.approval.grantExpiresAt ?? 0) - world.now) + 1
    world.scheduler.after(lateMs, () => {
      void askAgain(new Turn(world, actor), found.call).catch((error) => world.violate('fault', String(error)))
    })
    return Promise.resolve()
  },
}

export const GRANTS: readonly Action[] = [use, useAgain, useLate]
