import { CHECKLISTS, type Task, unwrap } from '@mission-control/core'
import { createTestHarness, type TestHarness } from '@mission-control/testing'
import { expect, test } from 'vitest'

async function handedIn(): Promise<{ h: TestHarness; task: Task }> {
  const h = await createTestHarness()
  const { client } = await h.agent()
  const task = unwrap(await h.admin.tasks.create({ title: 'Report', type: 'DOCS' }))
  const workPlan = { bullets: ['read', 'write', 'check'] }
  const { epoch } = unwrap(await client.tasks.claim({ taskId: task.id, workPlan }))
  unwrap(await client.tasks.complete({ taskId: task.id, epoch, deliverable: { content: 'good' } }))
  return { h, task }
}

test('a person who returns an approved task to REVIEW cannot empty what was handed in', async () => {
  const { h, task } = await handedIn()
  const verified = CHECKLISTS.DOCS.map(([key]) => ({ key, checked: true }))
  unwrap(await h.admin.reviews.post({ taskId: task.id, verb: 'APPROVE', summary: 'fine', verified }))

  const back = await h.admin.tasks.transition({
    taskId: task.id,
    to: 'REVIEW',
    reason: 'one more look',
    deliverable: { content: '' },
  })

  expect(!back.ok && back.error).toMatchObject({ code: 'TRANSITION_REFUSED', errors: [{ field: 'deliverable' }] })
  expect(unwrap(await h.admin.tasks.get({ taskId: task.id })).deliverable?.content).toBe('good')
})

test('a deliverable that comes with another move than to REVIEW changes nothing', async () => {
  const { h, task } = await handedIn()

  const done = unwrap(
    await h.admin.tasks.transition({
      taskId: task.id,
      to: 'DONE',
      reason: 'good as it is',
      deliverable: { content: 'something else' },
    }),
  )

  expect(done).toMatchObject({ status: 'DONE', deliverable: { content: 'good' } })
})
