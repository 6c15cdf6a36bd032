import type { MissionControlClient, Review, Task } from '@mission-control/core'
import type { Turn } from '../turn.ts'
import { type Action, isAgent, isAnybody, isLead, isPerson } from './action.ts'
import { checklistOf } from './work.ts'

function reviewOf(turn: Turn, task: Task): Parameters<MissionControlClient['reviews']['post']>[0] {
  const { random } = turn
  const said = { taskId: task.id, summary: `look ${random.below(50)}` }
  const at = random.next()
  if (at < 0.4) return { ...said, verb: 'APPROVE', verified: checklistOf(task) }
  if (at < 0.7) return { ...said, verb: 'CHANGESET', items: [{ file: 'a.ts', change: 'more' }] }
  if (at < 0.85) return { ...said, verb: 'REFUTE', claim: 'wrong', evidence: 'see', severity: 'MAJOR' }
  return { ...said, verb: 'PRAISE', score: 9 }
}

const review: Action = {
  name: 'review',
  weight: 7,
  by: (actor) => isLead(actor) || isPerson(actor) || actor.mischief > 0.3,
  run: (turn) => {
    const task = turn.task(({ status }) => status === 'REVIEW')
    if (task === undefined) return null
    const posted = reviewOf(turn, task)
    return turn.call('reviews.post', (client, context) => client.reviews.post(posted, context))
  },
}

function reviewIn(turn: Turn, fits: (review: Review) => boolean): Review | undefined {
  return turn.random.any(turn.mirror.all('review').filter(fits))
}

const respond: Action = {
  name: 'respond',
  weight: 6,
  by: isAnybody,
  run: (turn) => {
    const found = reviewIn(turn, ({ verb, status }) => verb === 'REFUTE' && status === 'OPEN')
    if (found === undefined) return null
    const isAuthor = found.reviewer !== turn.actor.principalId
    const said = turn.random.pick(isAuthor ? (['ACCEPT', 'REJECT', 'REJECT'] as const) : (['CLOSE', 'INSIST'] as const))
    const reason = said === 'REJECT' || said === 'INSIST' ? { reason: 'it holds' } : {}
    return turn.call('reviews.respond', (client, context) =>
      client.reviews.respond({ reviewId: found.id, answer: said, ...reason }, context),
    )
  },
}

const decideDispute: Action = {
  name: 'decide dispute',
  weight: 4,
  by: (actor) => isPerson(actor) || isLead(actor),
  run: (turn) => {
    const isOdd = turn.isMischievous
    const found = reviewIn(turn, ({ verb, status }) => verb === 'REFUTE' && (isOdd || status === 'ESCALATED'))
    if (found === undefined) return null
    const verdict = turn.random.pick(['UPHOLD', 'OVERRULE'] as const)
    return turn.call('disputes.decide', (client, context) =>
      client.disputes.decide({ reviewId: found.id, verdict, reason: 'so it is' }, context),
    )
  },
}

const resolve: Action = {
  name: 'resolve item',
  weight: 10,
  by: isAgent,
  run: (turn) => {
    const found = reviewIn(turn, ({ verb, status, taskId }) => {
      if (verb !== 'CHANGESET' || status !== 'OPEN') return false
      return turn.mirror.get('task', taskId)?.claim?.agentId === turn.actor.agentId
    })
    const task = found === undefined ? null : turn.mirror.get('task', found.taskId)
    if (found === undefined || task === null) return null
    const fence = turn.fence(task)
    return turn.call(
      'reviews.resolveItem',
      (client, context) =>
        client.reviews.resolveItem({ reviewId: found.id, item: 0, resolution: 'done', epoch: fence.epoch }, context),
      fence,
    )
  },
}

export const REVIEWS: readonly Action[] = [review, respond, decideDispute, resolve]
