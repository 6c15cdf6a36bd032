import { unwrap } from '@mission-control/core'
import { describe, expect, test } from 'vitest'
import { codeOf, createTask, MINUTE_MS, scene, startedTask } from './scene.ts'

const PAGE = 200

describe('search', () => {
  test('R-93: nonsense finds nothing, and no character is an error', async () => {
    const { h, ann } = await scene()
    const task = await createTask(h, { title: 'Pay (by card) 50%', description: 'a_b and a.b', labels: ['x|y'] })
    await createTask(h, { title: 'Something else' })
    const idsFor = async (q: string) => unwrap(await ann.search.tasks({ q })).data.map((hit) => hit.task.id)
    for (const q of ['qzxv', 'pay qzxv', '.*', '%', 'a%b', '[', '\\', "'; drop table tasks", '$1', '🦀', '^Pay']) {
      expect(await idsFor(q), q).toEqual(q === '%' ? [task.id] : [])
    }
    for (const q of ['(', '(by', '50%', 'a_b', 'A.B', '|', 'PAY', 'card)'])
      expect(await idsFor(q), q).toEqual([task.id])
    for (const q of ['', '   ', 'x'.repeat(201), 'a\u0000']) {
      expect(codeOf(await ann.search.tasks({ q })), JSON.stringify(q)).toBe('VALIDATION')
    }
  })

  test('ranks by where the words stand, and brings the three latest messages', async () => {
    const { h, ann } = await scene()
    const described = await createTask(h, { title: 'Second', description: 'about invoices' })
    const titled = await createTask(h, { title: 'Invoices of May' })
    for (const content of ['one', 'two', 'three', 'four']) {
      unwrap(await ann.messages.post({ taskId: titled.id, content, type: 'COMMENT' }))
      h.clock.advance(MINUTE_MS)
    }
    const { data } = unwrap(await ann.search.tasks({ q: 'invoices' }))
    expect(data.map(({ task, score }) => [task.id, score])).toEqual([
      [titled.id, 10 + 5 + 3 + 2],
      [described.id, 5 + 2],
    ])
    expect(data[0]?.messages.map(({ content }) => content)).toEqual(['four', 'three', 'two'])
  })

  test('narrows by status, type, priority and assignee', async () => {
    const { h, ann } = await scene()
    const worker = await h.agent()
    const { taskId } = await startedTask(h, worker)
    const other = await createTask(h, { type: 'OPS', priority: 1 })
    const idsWith = async (filter: object) =>
      unwrap(await ann.search.tasks({ q: 'guide', ...filter })).data.map((hit) => hit.task.id)
    expect((await idsWith({})).sort()).toEqual([taskId, other.id].sort())
    expect(await idsWith({ status: ['IN_PROGRESS'] })).toEqual([taskId])
    expect(await idsWith({ type: 'OPS' })).toEqual([other.id])
    expect(await idsWith({ priority: 1 })).toEqual([other.id])
    expect(await idsWith({ assigneeId: worker.id })).toEqual([taskId])
  })

  test('R-04: finds nothing of another project with equal names', async () => {
    const { h } = await scene()
    const own = await createTask(h, { title: 'The same words' })
    const beta = unwrap(await h.admin.projects.create({ name: 'B', slug: 'beta' }))
    const there = h.admin.inProject(beta.id)
    const foreign = unwrap(await there.tasks.create({ title: 'The same words', type: 'DOCS' }))
    unwrap(await there.messages.post({ taskId: foreign.id, content: 'the same words', type: 'COMMENT' }))
    unwrap(await there.documents.create({ name: 'The same words', type: 'REPORT', content: 'the same words' }))
    const found = async (client: typeof there) => ({
      tasks: unwrap(await client.search.tasks({ q: 'same words' })).data.map(({ task }) => task.id),
      suggested: unwrap(await client.search.suggest({ q: 'same' })).data,
      messages: unwrap(await client.search.messages({ q: 'same' })).data.length,
      documents: unwrap(await client.search.documents({ q: 'same' })).data.length,
    })
    expect(await found(h.admin)).toEqual({ tasks: [own.id], suggested: ['The same words'], messages: 0, documents: 0 })
    expect(await found(there)).toEqual({
      tasks: [foreign.id],
      suggested: ['The same words'],
      messages: 1,
      documents: 1,
    })
    const stranger = unwrap(
      await h.admin.principals.create({ displayName: 'S', role: 'VIEWER', projectIds: [h.projectId] }),
    )
    const client = await h.mc.as(stranger.principal.id)
    expect(codeOf(await client.search.tasks({ projectId: beta.id, q: 'same' }))).toBe('NOT_FOUND')
  })

  test('suggests from two characters on, labels before titles, ten at most', async () => {
    const { h, ann } = await scene()
    for (let n = 0; n < 12; n++) await createTask(h, { title: `Deploy part ${n}`, labels: n < 2 ? ['deployment'] : [] })
    const suggested = async (q: string) => unwrap(await ann.search.suggest({ q })).data
    expect(await suggested('d')).toEqual([])
    expect(await suggested(' d ')).toEqual([])
    const data = await suggested('de')
    expect(data).toHaveLength(10)
    expect(data[0]).toBe('deployment')
    expect(await suggested('qz')).toEqual([])
  })

  test('finds documents with the words around the first match, and never their whole content', async () => {
    const { h, ann } = await scene()
    const content = `${'before '.repeat(200)}needle${' after'.repeat(200)}`
    unwrap(await ann.documents.create({ name: 'notes.md', type: 'REPORT', content }))
    const [hit] = unwrap(await ann.search.documents({ q: 'NEEDLE' })).data
    expect(hit?.excerpt).toContain('needle')
    expect(hit?.excerpt.length).toBeLessThanOrEqual(200)
    expect(hit).not.toHaveProperty('content')
    expect(h.projectId).not.toBe('')
  })
})

describe('lists', () => {
  test('R-92: what fits is found however many newer rows do not', async () => {
    const { h, ann, storage } = await scene()
    const bob = await h.operator('Bob')
    const old = unwrap(await bob.tasks.create({ title: 'Needle', type: 'OPS', priority: 1 }))
    for (let count = 0; count < PAGE + 10; count++) await createTask(h, { priority: 4 })

    expect(unwrap(await ann.tasks.list({ priority: 1, limit: 5 })).data.map(({ id }) => id)).toEqual([old.id])
    expect(unwrap(await ann.tasks.list({ type: 'OPS', limit: 1 })).data.map(({ id }) => id)).toEqual([old.id])
    expect(unwrap(await ann.search.tasks({ q: 'needle', limit: 1 })).data.map(({ task }) => task.id)).toEqual([old.id])

    const [created] = unwrap(await ann.events.list({ taskId: old.id, kinds: ['TASK_CREATED'], limit: 1 })).data
    if (created === undefined) throw new Error('the task was created')
    const audits = [
      { actorId: created.actor.id },
      { actorId: created.actor.id, kinds: ['TASK_CREATED' as const] },
      { taskId: old.id },
      { fromAt: created.time, toAt: created.time + 1, kinds: ['TASK_CREATED' as const], actorId: created.actor.id },
    ]
    for (const filter of audits) {
      const page = unwrap(await ann.events.list({ ...filter, newestFirst: true, limit: 1 }))
      expect(
        page.data.map(({ id }) => id),
        JSON.stringify(filter),
      ).toEqual([created.id])
    }
    const nothing = unwrap(await ann.events.list({ actorId: created.actor.id, kinds: ['TASK_UPDATED'], limit: 1 }))
    expect(nothing).toEqual({ data: [], nextCursor: null })
    expect((await storage.queries.timeline({ projectId: h.projectId, limit: 200 })).next).not.toBeNull()
  })
})
