import { CHECKLISTS, type Task } from '@mission-control/core'
import type { Turn } from '../turn.ts'
import { type Action, isAgent } from './action.ts'

const PLAN = { bullets: ['read', 'write', 'check'] }
const POOR_PLAN = { bullets: ['do it'] }

function planOf(turn: Turn) {
  return turn.random.chance(0.05) ? POOR_PLAN : PLAN
}

export function checklistOf({ type }: Pick<Task, 'type'>) {
  return CHECKLISTS[type].map(([key]) => ({ key, checked: true }))
}

export function deliverableOf(turn: Turn) {
  return { content: turn.random.chance(0.03) ? '' : `version ${turn.random.below(1000)}` }
}

const isFree = ({ status }: Task) => status === 'INBOX'

const claim: Action = {
  name: 'claim',
  weight: 14,
  by: isAgent,
  run: (turn) => {
    const task = turn.task(isFree)
    if (task === undefined) return null
    const started = turn.random.chance(0.6) ? { workPlan: planOf(turn) } : {}
    return turn.call('tasks.claim', (client, context) => client.tasks.claim({ taskId: task.id, ...started }, context))
  },
}

const start: Action = {
  name: 'start',
  weight: 12,
  by: isAgent,
  run: (turn) => {
    const { agentId } = turn.actor
    const task = turn.task(
      ({ status, assigneeIds, claim: held }) =>
        status === 'ASSIGNED' && assigneeIds.includes(agentId ?? '') && (held === null || held.agentId === agentId),
    )
    if (task === undefined) return null
    const fence = task.claim === null ? null : turn.fence(task)
    const epoch = fence === null ? {} : { epoch: fence.epoch }
    const workPlan = planOf(turn)
    return turn.call(
      'tasks.start',
      (client, context) => client.tasks.start({ taskId: task.id, workPlan, ...epoch }, context),
      fence,
    )
  },
}

const complete: Action = {
  name: 'complete',
  weight: 10,
  by: isAgent,
  run: (turn) => {
    const task = turn.held('IN_PROGRESS')
    if (task === undefined) return null
    const fence = turn.fence(task)
    const cost = turn.random.chance(0.2) ? { costMicros: turn.random.below(900_000) } : {}
    const work = { taskId: task.id, epoch: fence.epoch, deliverable: deliverableOf(turn), ...cost }
    return turn.call('tasks.complete', (client, context) => client.tasks.complete(work, context), fence)
  },
}

const block: Action = {
  name: 'block',
  weight: 1,
  by: isAgent,
  run: (turn) => {
    const task = turn.held('IN_PROGRESS')
    if (task === undefined) return null
    const fence = turn.fence(task)
    return turn.call(
      'tasks.transition',
      (client, context) =>
        client.tasks.transition({ taskId: task.id, to: 'BLOCKED', reason: 'no key', epoch: fence.epoch }, context),
      fence,
    )
  },
}

const handOver: Action = {
  name: 'hand over',
  weight: 1.5,
  by: isAgent,
  run: (turn) => {
    const task = turn.held('ASSIGNED', 'IN_PROGRESS')
    const heir = turn.random.any(turn.world.actors.filter(({ agentId }) => agentId !== null))
    if (task === undefined || heir === undefined) return null
    const fence = turn.fence(task)
    const toAgentId = heir.agentId as string
    return turn.call(
      'tasks.handover',
      (client, context) =>
        client.tasks.handover({ taskId: task.id, toAgentId, epoch: fence.epoch, reason: 'take it' }, context),
      // A LEAD gives away what others hold, without holding it.
      turn.actor.role === 'LEAD' || turn.actor.role === 'CAO' ? null : fence,
    )
  },
}

export const WORK: readonly Action[] = [claim, start, complete, block, handOver]
