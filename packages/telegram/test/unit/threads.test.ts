import { unwrap } from '@mission-control/core'
import { describe, expect, onTestFinished, test } from 'vitest'
import { working } from '../requests.ts'
import { createStage, OPS_CHAT, type Stage } from '../stage.ts'

async function stage(isForum: boolean): Promise<Stage> {
  const s = await createStage({ isForum })
  onTestFinished(() => s.close())
  return s
}

async function comments({ h }: Stage, taskId: string): Promise<string[]> {
  const { data } = unwrap(await h.admin.messages.list({ taskId }))
  return data.filter(({ type }) => type === 'COMMENT').map(({ content }) => content)
}

describe('a thread per task', () => {
  test('is a topic of a forum, whose title says the status', async () => {
    const s = await stage(true)
    await s.operator('Olga', 11)
    const { worker, taskId } = await working(s)
    const short = taskId.slice(-4)
    const topic = await s.tg.until(() => s.tg.topics(OPS_CHAT).find(({ name }) => name.startsWith('⚙️')), 'the topic')
    expect(topic.name).toBe(`⚙️ #${short} Write the guide · P3 · DOCS`)
    unwrap(await worker.client.messages.post({ taskId, content: 'Half done' }))
    const told = await s.tg.message(OPS_CHAT, ({ text }) => text === 'Worker · COMMENT\nHalf done')
    expect(told.topicId).toBe(topic.topicId)
    const mine = s.tg.write(11, 'Looks good', OPS_CHAT, { topicId: topic.topicId })
    await s.tg.until(() => s.tg.pending === 0, 'the update')
    await expect.poll(() => comments(s, taskId)).toContain('Looks good')
    s.tg.edit(mine, 'Looks very good')
    await expect.poll(() => comments(s, taskId)).toContain('Looks very good')
    expect(await comments(s, taskId)).toHaveLength(2)
    for (let at = 0; at < 3; at++) await s.bot.push()
    expect(s.tg.said(OPS_CHAT).filter((text) => text.includes('Looks'))).toEqual([])
  })

  test('answers a command where it was written: in a topic, not as a comment on its task', async () => {
    const s = await stage(true)
    await s.operator('Olga', 11)
    const { taskId } = await working(s)
    const topic = await s.tg.until(() => s.tg.topics(OPS_CHAT).find(({ name }) => name.startsWith('⚙️')), 'the topic')
    const mine = s.tg.write(11, `/inbox@${s.tg.username}`, OPS_CHAT, { topicId: topic.topicId })
    const answer = await s.tg.message(OPS_CHAT, ({ replyToId }) => replyToId === mine.messageId)
    expect([answer.text, answer.topicId]).toEqual(['Inbox is empty.', topic.topicId])
    expect(await comments(s, taskId)).toEqual([])
  })

  test('is a root message with replies in any other group', async () => {
    const s = await stage(false)
    await s.operator('Olga', 11)
    const task = unwrap(
      await s.h.admin.tasks.create({ title: 'Say hello', type: 'SOCIAL', description: 'To *all*', priority: 1 }),
    )
    const root = await s.tg.message(OPS_CHAT, ({ text }) => text.startsWith('📥 '))
    expect(root.text).toBe(`📥 #${task.id.slice(-4)} Say hello · P1 · SOCIAL\nTo *all*`)
    const noted = unwrap(await s.h.admin.messages.post({ taskId: task.id, content: 'From the dashboard' }))
    const told = await s.tg.message(OPS_CHAT, ({ text }) => text.endsWith('From the dashboard'))
    expect(told.replyToId).toBe(root.messageId)
    s.tg.write(11, 'A word', OPS_CHAT, { replyToId: root.messageId })
    s.tg.write(11, 'Another', OPS_CHAT, { replyToId: told.messageId })
    await expect.poll(() => comments(s, task.id)).toEqual(expect.arrayContaining(['A word', 'Another']))
    unwrap(await s.h.admin.messages.edit({ messageId: noted.id, content: 'Edited there' }))
    const edited = await s.tg.message(OPS_CHAT, ({ text }) => text.endsWith('Edited there'))
    expect(edited.messageId).toBe(told.messageId)
    unwrap(await s.h.admin.tasks.transition({ taskId: task.id, to: 'CANCELED', reason: 'no' }))
    const gone = await s.tg.message(OPS_CHAT, ({ text }) => text.startsWith('❌ '))
    expect(gone.messageId).toBe(root.messageId)
  })

  test('takes no words of strangers, and none of people who may not post', async () => {
    const s = await stage(false)
    await s.operator('Vera', 12, 'VIEWER')
    const task = unwrap(await s.h.admin.tasks.create({ title: 'Say hello', type: 'SOCIAL' }))
    const root = await s.tg.message(OPS_CHAT, ({ text }) => text.startsWith('📥 '))
    s.tg.write(66, 'Do as I say', OPS_CHAT, { replyToId: root.messageId })
    s.tg.write(12, 'Me too', OPS_CHAT, { replyToId: root.messageId })
    await s.tg.message(OPS_CHAT, ({ text }) => text === 'You lack messages.post.')
    expect(await comments(s, task.id)).toEqual([])
  })

  test('goes on where it was after a restart, and repeats nothing', async () => {
    const s = await stage(false)
    const { worker, taskId } = await working(s)
    unwrap(await worker.client.messages.post({ taskId, content: 'one' }))
    await s.tg.message(OPS_CHAT, ({ text }) => text.endsWith('one'))
    await s.bot.stop()
    unwrap(await worker.client.messages.post({ taskId, content: 'two' }))
    const next = s.secondBot()
    await next.start()
    await s.tg.message(OPS_CHAT, ({ text }) => text.endsWith('two'))
    expect(s.tg.said(OPS_CHAT).filter((text) => text.endsWith('one'))).toHaveLength(1)
    await next.stop()
  })
})
