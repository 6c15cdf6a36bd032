import { unwrap } from '@mission-control/core'
import { createTestHarness, type TestAgent, type TestHarness } from '@mission-control/testing'
import { expect, test } from 'vitest'

const HOUR_MS = 3_600_000

async function assigned(h: TestHarness, ...agents: TestAgent[]): Promise<string> {
  const assigneeIds = agents.map(({ id }) => id)
  return unwrap(await h.admin.tasks.create({ title: 'For you', type: 'DOCS', assigneeIds })).id
}

async function statusOf(h: TestHarness, taskId: string): Promise<string> {
  return unwrap(await h.admin.tasks.get({ taskId })).status
}

test('an assigned task that nobody took returns to INBOX when all its assignees have fallen silent', async () => {
  const h = await createTestHarness()
  const [one, other] = [await h.agent(), await h.agent()]
  const taskId = await assigned(h, one, other)

  await h.advance(HOUR_MS)

  expect(await statusOf(h, taskId)).toBe('INBOX')
  const { data } = unwrap(await h.admin.tasks.transitions({ taskId }))
  expect(data.map(({ to, actor }) => [to, actor.kind])).toContainEqual(['INBOX', 'SYSTEM'])
})

test('it stays assigned while one of them is heard or only paused', async () => {
  const h = await createTestHarness()
  const [silent, paused] = [await h.agent(), await h.agent()]
  const taskId = await assigned(h, silent, paused)
  unwrap(await h.admin.agents.control({ agentId: paused.id, action: 'PAUSE', reason: 'lunch' }))

  await h.advance(HOUR_MS)

  expect(await statusOf(h, taskId)).toBe('ASSIGNED')
})
