import { unwrap } from '@mission-control/core'
import { beforeEach, describe, expect, test } from 'vitest'
import { createTestHarness, type TestHarness } from '../../src/index.ts'

let h: TestHarness
beforeEach(async () => {
  h = await createTestHarness()
})

async function task(fields: { title: string; priority?: number; type?: 'DOCS' | 'OPS'; dependsOn?: string[] }) {
  return unwrap(await h.admin.tasks.create({ type: 'DOCS', ...fields } as never))
}

describe('the next task', () => {
  test('is the one of the best priority, and of those the oldest', async () => {
    await task({ title: 'usual', priority: 3 })
    h.clock.advance(1_000)
    const first = await task({ title: 'first urgent', priority: 1 })
    h.clock.advance(1_000)
    const second = await task({ title: 'second urgent', priority: 1 })
    const { client, id } = await h.agent()
    const claimed = unwrap(await client.tasks.claimNext({}))
    expect(claimed.task?.id).toBe(first.id)
    expect(claimed.task?.claim).toMatchObject({ agentId: id, epoch: claimed.epoch })
    expect(unwrap(await client.tasks.claimNext({})).task?.id).toBe(second.id)
  })

  test('is null when nothing waits, and when nothing that waits is for this agent', async () => {
    const { client } = await h.agent({ allowedTaskTypes: ['OPS'] })
    const nothing = { task: null, epoch: null, leaseUntil: null }
    expect(unwrap(await client.tasks.claimNext({}))).toEqual(nothing)
    await task({ title: 'of another type' })
    expect(unwrap(await client.tasks.claimNext({}))).toEqual(nothing)
    const own = await task({ title: 'of its type', type: 'OPS', priority: 4 })
    expect(unwrap(await client.tasks.claimNext({})).task?.id).toBe(own.id)
  })

  test('does not wait for another task, however many that do stand before it', async () => {
    const { client } = await h.agent({ maxConcurrentTasks: 10 })
    const other = await task({ title: 'not begun', type: 'OPS', priority: 4 })
    for (let count = 0; count < 30; count++) {
      await task({ title: `waits ${count}`, priority: 1, dependsOn: [other.id] })
    }
    const free = await task({ title: 'free', priority: 2 })
    expect(unwrap(await client.tasks.claimNext({})).task?.id).toBe(free.id)
  })

  test('starts with a plan', async () => {
    await task({ title: 'one' })
    const { client } = await h.agent()
    const { task: claimed } = unwrap(await client.tasks.claimNext({ workPlan: { bullets: ['a', 'b', 'c'] } }))
    expect(claimed?.status).toBe('IN_PROGRESS')
  })

  test('is not given to a human, a paused agent or one that has enough', async () => {
    await task({ title: 'one' })
    await task({ title: 'two' })
    expect(await h.admin.tasks.claimNext({})).toMatchObject({ ok: false, error: { code: 'FORBIDDEN' } })
    const worker = await h.agent({ maxConcurrentTasks: 1 })
    unwrap(await worker.client.tasks.claimNext({}))
    expect(await worker.client.tasks.claimNext({})).toMatchObject({ ok: false, error: { code: 'TRANSITION_REFUSED' } })
    const paused = await h.agent()
    unwrap(await h.admin.agents.control({ agentId: paused.id, action: 'PAUSE', reason: 'a look' } as never))
    expect(await paused.client.tasks.claimNext({})).toMatchObject({ ok: false, error: { code: 'AGENT_NOT_ACTIVE' } })
  })
})

test('of many that ask at once each gets a task of its own, until there is none', async () => {
  for (let count = 0; count < 20; count++) await task({ title: `task ${count}` })
  const agents = await Promise.all(Array.from({ length: 30 }, () => h.agent()))
  const claims = await Promise.all(agents.map(async ({ client }) => unwrap(await client.tasks.claimNext({}))))
  const ids = claims.flatMap(({ task: claimed }) => (claimed === null ? [] : [claimed.id]))
  expect(ids).toHaveLength(20)
  expect(new Set(ids).size).toBe(20)
})

test('the same key gives the same task again', async () => {
  await task({ title: 'one' })
  await task({ title: 'two' })
  const { client } = await h.agent({ maxConcurrentTasks: 5 })
  const once = unwrap(await client.tasks.claimNext({}, { idempotencyKey: 'k' }))
  const again = unwrap(await client.tasks.claimNext({}, { idempotencyKey: 'k' }))
  expect(again.task?.id).toBe(once.task?.id)
  expect(unwrap(await client.tasks.list({ status: ['INBOX'] })).data).toHaveLength(1)
})
