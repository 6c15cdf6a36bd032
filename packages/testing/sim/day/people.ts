import { TASK_TYPES, type Task } from '@mission-control/core'
import { checklistOf } from '../actions/work.ts'
import type { Turn } from '../turn.ts'

/** An operator looks at what waits, and answers it. */
export async function attend(turn: Turn): Promise<void> {
  const { mirror, actor, random } = turn
  const pending = mirror.all('approval').filter(({ status }) => status === 'PENDING')
  for (const approval of pending) {
    if (approval.decisions.some(({ principalId }) => principalId === actor.principalId)) continue
    await turn.call('approvals.decide', (client, context) =>
      client.approvals.decide({ approvalId: approval.id, verdict: 'APPROVE', reason: 'as it is' }, context),
    )
  }
  const submitted = mirror.all('task').filter(({ status }) => status === 'REVIEW')
  const task = random.any(submitted)
  if (task !== undefined) await answer(turn, task)
}

/** Most of what is handed in is accepted at once. */
async function answer(turn: Turn, task: Task): Promise<void> {
  if (turn.random.chance(0.9)) {
    await turn.call('tasks.transition', (client, context) =>
      client.tasks.transition({ taskId: task.id, to: 'DONE', reason: 'good' }, context),
    )
    return
  }
  const said = { taskId: task.id, summary: `submission ${task.submission}` }
  const review = turn.random.chance(0.5)
    ? ({ ...said, verb: 'CHANGESET', items: [{ file: 'a.md', change: 'shorter' }] } as const)
    : ({ ...said, verb: 'APPROVE', verified: checklistOf(task) } as const)
  await turn.call('reviews.post', (client, context) =>
    client.reviews.post(
      review.verb === 'CHANGESET'
        ? { ...review, items: [...review.items] }
        : { ...review, verified: [...review.verified] },
      context,
    ),
  )
}

/** Somebody wants something done. */
export async function ask(turn: Turn): Promise<void> {
  const type = turn.random.any(TASK_TYPES) ?? 'DOCS'
  const title = `${type} ${turn.mirror.table('task').size}`
  await turn.call('tasks.create', (client, context) => client.tasks.create({ title, type }, context))
}
