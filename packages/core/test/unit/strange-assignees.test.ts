import { unwrap } from '@mission-control/core'
import { createTestHarness, type TestHarness } from '@mission-control/testing'
import { expect, test } from 'vitest'

/** A harness with an agent of another project. */
async function withStranger(): Promise<{ h: TestHarness; strangerId: string }> {
  const h = await createTestHarness()
  const away = unwrap(await h.admin.projects.create({ name: 'Away', slug: 'away' }))
  const stranger = unwrap(await h.admin.agents.register({ projectId: away.id, name: 'Zoe' }))
  return { h, strangerId: stranger.agentId }
}

test('an agent of another project is assigned nothing, however it is tried', async () => {
  const { h, strangerId } = await withStranger()
  const own = await h.agent()
  const task = unwrap(await h.admin.tasks.create({ title: 'Here', type: 'DOCS' }))
  const both = [own.id, strangerId]

  const answers = [
    await h.admin.tasks.assign({ taskId: task.id, assigneeIds: both }),
    await h.admin.tasks.create({ title: 'There', type: 'DOCS', assigneeIds: both }),
    await h.admin.tasks.transition({ taskId: task.id, to: 'ASSIGNED', assigneeIds: both }),
    await h.admin.tasks.assign({ taskId: task.id, assigneeIds: [own.id, 'agt_unheard_of'] }),
  ]

  expect(answers.map((answer) => !answer.ok && answer.error.code)).toEqual(Array(4).fill('NOT_FOUND'))
  expect(unwrap(await h.admin.tasks.list({ status: ['ASSIGNED'] })).data).toEqual([])
})

test('an agent that may not assign names no assignees and no other worker with a move', async () => {
  const { h } = await withStranger()
  const [one, other] = [await h.agent(), await h.agent()]
  const task = unwrap(await h.admin.tasks.create({ title: 'Here', type: 'DOCS' }))
  const { epoch } = unwrap(await one.client.tasks.claim({ taskId: task.id }))
  const start = { taskId: task.id, to: 'IN_PROGRESS' as const, epoch, workPlan: { bullets: ['a', 'b', 'c'] } }

  for (const named of [{ assigneeIds: [other.id] }, { workerId: other.id }]) {
    const answer = await one.client.tasks.transition({ ...start, ...named })
    expect(!answer.ok && answer.error.code).toBe('FORBIDDEN')
  }
  expect(unwrap(await one.client.tasks.transition(start)).assigneeIds).toEqual([one.id])
})

test('an agent that names an outside reference gets the task of that reference back', async () => {
  const { h } = await withStranger()
  const { client } = await h.agent()
  const issue = { title: 'From outside', type: 'DOCS', sourceRef: 'issue-1' } as const

  const first = unwrap(await client.tasks.create(issue))
  const second = unwrap(await client.tasks.create(issue))

  expect(second.id).toBe(first.id)
  expect(first.source).toBe('AGENT')
})
