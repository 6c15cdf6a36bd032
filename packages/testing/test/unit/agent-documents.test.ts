import { unwrap } from '@mission-control/core'
import { describe, expect, test } from 'vitest'
import { BEAT, codeOf, createTask, fieldsOf, scene } from './scene.ts'

const DAY_MS = 86_400_000
const SECRET = 'ghp_Zk3TqP9vLxW2bRj7NcYd5HsMf8GaEuQ1oViB'

describe('documents of an agent', () => {
  test('R-36: the note of the first day is still there after the second, and each version of it', async () => {
    const { h } = await scene()
    const { id: agentId, client } = await h.agent()
    const first = unwrap(await client.agents.putDocument({ agentId, type: 'DAILY_NOTE', content: 'monday' }))
    unwrap(await client.agents.putDocument({ agentId, type: 'DAILY_NOTE', content: 'monday, later' }))
    h.clock.advance(DAY_MS)
    const second = unwrap(await client.agents.putDocument({ agentId, type: 'DAILY_NOTE', content: 'tuesday' }))
    expect(second.key > first.key).toBe(true)
    const read = async (versionNo?: number) =>
      unwrap(
        await client.agents.getDocument({
          agentId,
          type: 'DAILY_NOTE',
          key: first.key,
          ...(versionNo === undefined ? {} : { versionNo }),
        }),
      ).content
    expect(await read()).toBe('monday, later')
    expect(await read(1)).toBe('monday')
    const begin = unwrap(await client.agents.bootstrap({ agentId }))
    expect(begin.notes.map(({ content }) => content)).toEqual(['monday, later', 'tuesday'])
  })

  test('an agent writes its own only; people who administer agents may write any, and it hears of it', async () => {
    const { h, ann } = await scene()
    const [one, other] = [await h.agent(), await h.agent({ role: 'LEAD', isCao: true })]
    const input = { agentId: one.id, type: 'WORKING_MD', content: 'do this' } as const
    expect(codeOf(await other.client.agents.putDocument(input))).toBe('FORBIDDEN')
    expect(codeOf(await ann.agents.putDocument(input))).toBe('FORBIDDEN')
    const document = unwrap(await h.admin.agents.putDocument(input))
    expect(unwrap(await one.client.agents.heartbeat(BEAT)).documentsChanged).toEqual([document.id])
    expect(unwrap(await one.client.agents.bootstrap({ agentId: one.id })).working?.content).toBe('do this')
  })

  test('a stale version is refused, and of two first writers one', async () => {
    const { h } = await scene()
    const { id: agentId, client } = await h.agent()
    const input = { agentId, type: 'SESSION_MEMORY', key: 's1' } as const
    const both = await Promise.all(
      ['a', 'b'].map((content) => client.agents.putDocument({ ...input, content, expectedVersion: 1 })),
    )
    expect(both.map(codeOf)).toEqual(['VERSION_CONFLICT', 'VERSION_CONFLICT'])
    unwrap(await client.agents.putDocument({ ...input, content: 'a' }))
    const raced = await Promise.all(
      ['b', 'c'].map((content) => client.agents.putDocument({ ...input, content, expectedVersion: 1 })),
    )
    expect(raced.map(codeOf).sort()).toEqual(['VERSION_CONFLICT', 'ok'])
  })

  test('keys fit their type, and what is secret is not stored', async () => {
    const { h } = await scene()
    const { id: agentId, client } = await h.agent()
    for (const [type, key] of [
      ['WORKING_MD', 'x'],
      ['DAILY_NOTE', '2025-02-30'],
      ['DAILY_NOTE', 'today'],
      ['SESSION_MEMORY', undefined],
    ] as const) {
      const put = await client.agents.putDocument({
        agentId,
        type,
        content: 'x',
        ...(key === undefined ? {} : { key }),
      })
      expect([codeOf(put), fieldsOf(put)], `${type} ${key}`).toEqual(['VALIDATION', ['key']])
    }
    const kept = unwrap(await client.agents.putDocument({ agentId, type: 'SOUL_MD', content: `token ${SECRET}` }))
    expect(kept.content).not.toContain(SECRET)
    expect(kept.redactedFields).toEqual(['content'])
  })
})

describe('direct threads', () => {
  async function pair() {
    const made = await scene()
    const { h } = made
    const [one, two, third] = [await h.agent(), await h.agent(), await h.agent()]
    const thread = unwrap(await one.client.threads.open({ agentId: two.id }))
    return { ...made, one, two, third, thread }
  }

  test('a pair has one thread, whoever opens it; to everybody else it does not exist', async () => {
    const { h, one, two, third, thread } = await pair()
    expect(unwrap(await two.client.threads.open({ agentId: one.id })).id).toBe(thread.id)
    const post = { threadId: thread.id, content: 'hello' }
    expect(codeOf(await third.client.threads.post(post))).toBe('NOT_FOUND')
    expect(codeOf(await third.client.threads.messages({ threadId: thread.id }))).toBe('NOT_FOUND')
    expect(unwrap(await third.client.threads.list({})).data).toEqual([])
    expect(codeOf(await h.admin.threads.post(post))).toBe('FORBIDDEN')
    expect(unwrap(await h.admin.threads.list({})).data.map(({ id }) => id)).toEqual([thread.id])
    expect(codeOf(await one.client.threads.open({ agentId: one.id }))).toBe('VALIDATION')
  })

  test('the other one is told, and says when it received and read; nobody else can', async () => {
    const { h, one, two, third, thread } = await pair()
    const message = unwrap(await one.client.threads.post({ threadId: thread.id, content: 'look at the guide' }))
    const notes = unwrap(await two.client.agents.heartbeat(BEAT)).notifications
    expect(notes.map(({ type, body }) => [type, body])).toEqual([['DIRECT_MESSAGE', 'look at the guide']])
    const ack = (receipt: 'DELIVERED' | 'READ') => ({ threadId: thread.id, messageIds: [message.id], receipt })
    expect(unwrap(await one.client.threads.ack(ack('READ'))).acknowledged).toEqual([])
    expect(codeOf(await third.client.threads.ack(ack('READ')))).toBe('NOT_FOUND')
    const deliveredAt = h.clock.now()
    unwrap(await two.client.threads.ack(ack('DELIVERED')))
    h.clock.advance(1000)
    unwrap(await two.client.threads.ack(ack('READ')))
    unwrap(await two.client.threads.ack(ack('DELIVERED')))
    const [stored] = unwrap(await one.client.threads.messages({ threadId: thread.id })).data
    expect([stored?.deliveredAt, stored?.readAt]).toEqual([deliveredAt, deliveredAt + 1000])
    const log = JSON.stringify(unwrap(await third.client.events.list({ limit: 200 })).data)
    expect(log).not.toContain('look at the guide')
  })

  test('two that only answer each other are stopped with an alert and a report; an operator lets them go on', async () => {
    const { h, ann, one, two, thread } = await pair()
    const codes: string[] = []
    for (let turn = 0; turn < 10; turn++) {
      const { client } = turn % 2 === 0 ? one : two
      codes.push(codeOf(await client.threads.post({ threadId: thread.id, content: `turn ${turn}` })))
      h.clock.advance(1000)
    }
    // Nine messages are eight changes of author; the tenth would be the ninth.
    expect(codes).toEqual([...Array.from({ length: 9 }, () => 'ok'), 'POLICY_DENIED'])
    expect(codeOf(await one.client.threads.post({ threadId: thread.id, content: 'x' }))).toBe('POLICY_DENIED')
    expect(unwrap(await h.admin.threads.messages({ threadId: thread.id })).data).toHaveLength(9)
    const alerts = unwrap(await h.admin.alerts.list({ status: 'OPEN' })).data
    expect(alerts.map(({ type }) => type)).toEqual(['LOOP_DETECTED'])
    expect(codeOf(await one.client.threads.unblock({ threadId: thread.id, reason: 'x' }))).toBe('FORBIDDEN')
    unwrap(await ann.threads.unblock({ threadId: thread.id, reason: 'go on' }))
    expect(codeOf(await two.client.threads.post({ threadId: thread.id, content: 'again' }))).toBe('ok')
    expect(unwrap(await h.admin.alerts.list({ status: 'OPEN' })).data).toEqual([])
  })

  test('the list of a task shows no direct messages', async () => {
    const { h, one, thread } = await pair()
    const task = await createTask(h)
    unwrap(await one.client.threads.post({ threadId: thread.id, content: 'between us' }))
    expect(unwrap(await h.admin.messages.list({ taskId: task.id })).data).toEqual([])
  })
})
