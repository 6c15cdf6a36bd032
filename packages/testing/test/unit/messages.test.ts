import { type Notification, unwrap } from '@mission-control/core'
import { describe, expect, test } from 'vitest'
import type { TestAgent } from '../../src/index.ts'
import { BEAT, codeOf, createTask, eventKinds, scene, startedTask } from './scene.ts'

/** What the agent has been told and has not acknowledged. */
async function notesOf(agent: TestAgent): Promise<readonly Notification[]> {
  return unwrap(await agent.client.agents.heartbeat(BEAT)).notifications
}

async function typesOf(agent: TestAgent): Promise<string[]> {
  return (await notesOf(agent)).map(({ type }) => type)
}

describe('who is told', () => {
  test('R-91: whoever is named and follows as well is told once, and the author never', async () => {
    const { h } = await scene()
    const [sofie, scout] = [await h.agent({ name: 'Sofie' }), await h.agent({ name: 'Scout' })]
    const task = unwrap(
      await h.admin.tasks.create({
        title: 'Guide',
        type: 'DOCS',
        assigneeIds: [scout.id],
        reviewerId: sofie.principalId,
      }),
    )
    unwrap(await scout.client.tasks.subscribe({ taskId: task.id }))
    unwrap(
      await sofie.client.messages.post({
        taskId: task.id,
        content: '@Scout, and @scout again; not `@Sofie` and @Sofie neither',
        mentions: [scout.id, scout.principalId],
      }),
    )
    expect(await typesOf(scout)).toEqual(['TASK_ASSIGNED', 'MENTION'])
    expect(await typesOf(sofie)).toEqual([])
  })

  test('R-91: subscribers hear of a transition once each, until they unsubscribe', async () => {
    const { h } = await scene()
    const [worker, watcher] = [await h.agent({ name: 'W' }), await h.agent({ name: 'Watcher' })]
    const task = await createTask(h)
    expect(unwrap(await watcher.client.tasks.subscribe({ taskId: task.id })).subscribed).toBe(true)
    expect(unwrap(await watcher.client.tasks.subscribe({ taskId: task.id })).subscribed).toBe(false)
    unwrap(await worker.client.tasks.claim({ taskId: task.id }))
    expect(await typesOf(watcher)).toEqual(['TASK_TRANSITION'])
    expect(unwrap(await watcher.client.tasks.unsubscribe({ taskId: task.id })).removed).toBe(true)
    expect(unwrap(await watcher.client.tasks.unsubscribe({ taskId: task.id })).removed).toBe(false)
    unwrap(await worker.client.messages.post({ taskId: task.id, content: 'on it' }))
    expect(await typesOf(watcher)).toEqual(['TASK_TRANSITION'])
    h.clock.advance(1)
    unwrap(await worker.client.messages.post({ taskId: task.id, content: 'help me, @Watcher' }))
    expect(await typesOf(watcher)).toEqual(['TASK_TRANSITION', 'MENTION'])
  })

  test('creator, reviewer and commenters follow by themselves', async () => {
    const { h } = await scene()
    const [author, reviewer, commenter, worker] = [
      await h.agent({ name: 'Author' }),
      await h.agent({ name: 'Reviewer', role: 'LEAD' }),
      await h.agent({ name: 'Commenter' }),
      await h.agent({ name: 'Worker' }),
    ]
    const task = unwrap(
      await author.client.tasks.create({ title: 'Guide', type: 'DOCS', reviewerId: reviewer.principalId }),
    )
    unwrap(await commenter.client.messages.post({ taskId: task.id, content: 'what for?' }))
    unwrap(await worker.client.messages.post({ taskId: task.id, content: 'for all' }))
    expect(await typesOf(author)).toHaveLength(2)
    expect(await typesOf(reviewer)).toHaveLength(2)
    expect(await typesOf(commenter)).toHaveLength(1)
    expect(await typesOf(worker)).toEqual([])
    const threads = unwrap(await author.client.agents.heartbeat(BEAT)).subscribedThreads
    expect(threads).toEqual([{ taskId: task.id, newMessages: 2 }])
  })

  test('R-90: @operator and a person by name reach people without any agent', async () => {
    const { h, storage } = await scene()
    const worker = await h.agent({ name: 'Worker' })
    const task = await createTask(h)
    unwrap(await worker.client.messages.post({ taskId: task.id, content: '@operator and @Ann, look' }))
    const { rows } = await storage.queries.page({
      kind: 'notification',
      projectId: h.projectId,
      filters: [{ field: 'type', op: 'eq', value: 'MENTION' }],
      limit: 10,
    })
    expect(rows.map(({ targetKind }) => targetKind).sort()).toEqual(['OPERATORS', 'PRINCIPAL'])
  })

  test('an id that nobody here has is refused, and a reviewer of elsewhere does not exist', async () => {
    const { h } = await scene()
    const worker = await h.agent({ name: 'Worker' })
    const elsewhere = unwrap(await h.admin.projects.create({ name: 'Other', slug: 'other' }))
    const stranger = unwrap(await h.admin.inProject(elsewhere.id).agents.register({ name: 'Stranger' }))
    const task = await createTask(h)
    const posted = await worker.client.messages.post({
      taskId: task.id,
      content: 'x',
      mentions: [stranger.principalId],
    })
    expect(codeOf(posted)).toBe('NOT_FOUND')
    const reviewed = await h.admin.tasks.create({ title: 'x', type: 'DOCS', reviewerId: stranger.principalId })
    expect(codeOf(reviewed)).toBe('NOT_FOUND')
  })
})

describe('editing', () => {
  test('only the author edits; what was said before is kept, and only newly named ones are told', async () => {
    const made = await scene()
    const { h } = made
    const [worker, ada, bob] = [
      await h.agent({ name: 'Worker' }),
      await h.agent({ name: 'Ada1' }),
      await h.agent({ name: 'Bob' }),
    ]
    const task = await createTask(h)
    const message = unwrap(await worker.client.messages.post({ taskId: task.id, content: 'hello @Ada1' }))
    for (const other of [ada.client, h.admin]) {
      expect(codeOf(await other.messages.edit({ messageId: message.id, content: 'forged' }))).toBe('FORBIDDEN')
    }
    const edited = unwrap(await worker.client.messages.edit({ messageId: message.id, content: 'hello @Ada1 and @Bob' }))
    expect(edited.editHistory).toEqual([{ content: 'hello @Ada1', at: message.createdAt }])
    expect(edited.editedAt).not.toBeNull()
    expect((await typesOf(ada)).filter((type) => type === 'MENTION')).toHaveLength(1)
    expect(await typesOf(bob)).toEqual(['MENTION'])
    expect(await eventKinds(made)).toContain('MESSAGE_EDITED')
    const stale = await worker.client.messages.edit({ messageId: message.id, content: 'x', expectedVersion: 1 })
    expect(codeOf(stale)).toBe('VERSION_CONFLICT')
  })

  test('edits are bounded, and what a command said is never edited', async () => {
    const { h } = await scene()
    const worker = await h.agent({ name: 'Worker' })
    const { taskId } = await startedTask(h, worker)
    const message = unwrap(await worker.client.messages.post({ taskId, content: 'v0' }))
    for (let edit = 1; edit <= 20; edit++) {
      unwrap(await worker.client.messages.edit({ messageId: message.id, content: `v${edit}` }))
    }
    expect(codeOf(await worker.client.messages.edit({ messageId: message.id, content: 'v21' }))).toBe(
      'PAYLOAD_TOO_LARGE',
    )
    const lead = await h.agent({ name: 'Lead', role: 'LEAD' })
    unwrap(await worker.client.tasks.complete({ taskId, deliverable: 'done' }))
    unwrap(
      await lead.client.reviews.post({
        taskId,
        verb: 'CHANGESET',
        summary: 'not yet',
        items: [{ file: 'a', change: 'b' }],
      }),
    )
    const written = unwrap(await h.admin.messages.list({ taskId })).data.find(({ type }) => type === 'REVIEW')
    expect(codeOf(await lead.client.messages.edit({ messageId: written?.id ?? '', content: 'x' }))).toBe('FORBIDDEN')
  })
})
