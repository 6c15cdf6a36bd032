import { unwrap } from '@mission-control/core'
import type { FakeMessage } from '@mission-control/testing/bot-api'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { accessInHost, type TelegramBot } from '../../src/index.ts'
import { askRed, askYellow, shortId, type Working, working } from '../requests.ts'
import { createStage, OPS_CHAT, type Operator, type Stage } from '../stage.ts'

let s: Stage
const others: TelegramBot[] = []
beforeEach(async () => {
  s = await createStage()
})
afterEach(async () => {
  for (const bot of others.splice(0)) await bot.stop()
  await s.close()
})

/** A bot that knows nothing but what is stored, as after a restart or on another host. */
async function afterRestart(): Promise<TelegramBot> {
  const next = s.secondBot()
  others.push(next)
  await next.start()
  return next
}

function card(id: string, chatId: number): Promise<FakeMessage> {
  return s.tg.message(chatId, ({ text, buttons }) => text.includes(`#${id}`) && buttons.length > 0, `a card of ${id}`)
}

interface Asked {
  readonly olga: Operator
  readonly id: string
  readonly work: Working
}

const endings: readonly [string, (asked: Asked) => Promise<unknown>, string, string][] = [
  [
    'approved',
    async ({ olga, id }) => unwrap(await olga.client.approvals.decide({ approvalId: id, verdict: 'APPROVE' })),
    '✅ Approved by Olga',
    'APPROVED',
  ],
  [
    'denied',
    async ({ olga, id }) =>
      unwrap(await olga.client.approvals.decide({ approvalId: id, verdict: 'DENY', reason: 'not now' })),
    '❌ Denied by Olga: not now',
    'DENIED',
  ],
  ['expired', () => s.h.advance(25 * 60 * 60_000), '⌛ Expired', 'EXPIRED'],
  [
    'withdrawn',
    async ({ work, id }) => unwrap(await work.worker.client.approvals.cancel({ approvalId: id, reason: 'no need' })),
    '🚫 Canceled',
    'CANCELED',
  ],
]

describe('a card that was sent before a restart', () => {
  test.each(endings)(
    'says on all chats that it was %s meanwhile, and its old buttons do',
    async (_, end, line, status) => {
      const olga = await s.operator('Olga', 11)
      const work = await working(s)
      const { id } = await askYellow(work)
      const shown = await card(id.slice(-6), OPS_CHAT)
      s.tg.write(11, '/my_approvals')
      const inPrivate = await card(id.slice(-6), 11)
      await s.tg.until(() => s.tg.pending === 0, 'the update')
      await s.bot.stop()
      await end({ olga, id, work })
      await afterRestart()
      for (const { chatId, messageId } of [shown, inPrivate]) {
        const edited = await s.tg.message(chatId, ({ text }) => text.startsWith(line))
        expect([edited.messageId, edited.buttons]).toEqual([messageId, []])
      }
      expect(await s.press(11, shown, 'Approve')).toBe(`Already ${status}.`)
      expect(await s.press(11, inPrivate, 'Deny')).toBe(`Already ${status}.`)
    },
  )

  test('says who has voted, with buttons that work; what the old ones sent works no more', async () => {
    await s.operator('Olga', 11)
    const oleg = await s.operator('Oleg', 12)
    const asked = await askRed(await working(s))
    const before = await card(shortId(asked), OPS_CHAT)
    await s.bot.stop()
    unwrap(await oleg.client.approvals.decide({ approvalId: asked.id, verdict: 'APPROVE', reason: 'seen' }))
    await afterRestart()
    const after = await s.tg.message(OPS_CHAT, ({ text }) => text.includes('1 of 2: approved by Oleg'))
    expect(after.messageId).toBe(before.messageId)
    expect(after.buttons.map(({ text }) => text)).toEqual(['Approve', 'Deny'])
    expect(after.buttons.map(({ callback_data }) => callback_data)).not.toEqual(
      before.buttons.map(({ callback_data }) => callback_data),
    )
    expect(await s.press(11, before, 'Approve')).toBe('This message was old: look at it again, then press.')
    const anew = await s.tg.until(() => {
      const now = s.tg.messages(OPS_CHAT).find(({ messageId }) => messageId === before.messageId)
      return now?.edits === after.edits + 1 && now
    }, 'new buttons')
    expect(await s.press(11, anew, 'Approve')).toBe('Reply with the reason.')
    const question = await s.tg.message(OPS_CHAT, ({ text }) => text.startsWith('Why '))
    s.tg.write(11, 'seen as well', OPS_CHAT, { replyToId: question.messageId })
    await s.tg.message(OPS_CHAT, ({ text }) => text.startsWith('✅ Approved by Oleg, Olga'))
  })

  test('is edited once while nothing changes', async () => {
    const oleg = await s.operator('Oleg', 12)
    const asked = await askRed(await working(s))
    await card(shortId(asked), OPS_CHAT)
    unwrap(await oleg.client.approvals.decide({ approvalId: asked.id, verdict: 'APPROVE', reason: 'seen' }))
    await s.tg.message(OPS_CHAT, ({ text }) => text.includes('1 of 2'))
    await s.bot.stop()
    const next = await afterRestart()
    for (let at = 0; at < 3; at++) {
      s.h.clock.advance(60_000)
      await next.push()
    }
    expect((await card(shortId(asked), OPS_CHAT)).edits).toBe(1)
  })

  test('whose host died before it wrote down where it is says the truth when it is pressed', async () => {
    const olga = await s.operator('Olga', 11)
    const asked = await askYellow(await working(s))
    await card(shortId(asked), OPS_CHAT)
    await s.bot.stop()
    const { bridge } = accessInHost(s.h.mc)
    const changeMessage = () => Promise.reject(new Error('killed'))
    const access = { ...accessInHost(s.h.mc), bridge: { ...bridge, telegram: { ...bridge.telegram, changeMessage } } }
    const dying = s.secondBot({ access })
    await dying
      .handle({
        update_id: 90_000,
        message: {
          message_id: 90_000,
          from: { id: 11, is_bot: false },
          chat: { id: 11, type: 'private' },
          date: 0,
          text: '/my_approvals',
        },
      })
      .catch(() => undefined)
    const lost = await card(shortId(asked), 11)
    unwrap(await olga.client.approvals.decide({ approvalId: asked.id, verdict: 'APPROVE' }))
    s.h.clock.advance(130_000)
    const next = await afterRestart()
    await next.push()
    expect(await s.press(11, lost, 'Approve')).toBe('Already APPROVED.')
    const edited = await s.tg.message(11, ({ text }) => text.startsWith('✅ Approved by Olga'))
    expect([edited.messageId, edited.buttons]).toEqual([lost.messageId, []])
  })

  test('that somebody deleted in the chat is not tried again and again', async () => {
    const olga = await s.operator('Olga', 11)
    const asked = await askYellow(await working(s))
    await card(shortId(asked), OPS_CHAT)
    await s.bot.stop()
    unwrap(await olga.client.approvals.decide({ approvalId: asked.id, verdict: 'APPROVE' }))
    s.tg.fail({ method: 'editMessageText', code: 400, description: 'Bad Request: message to edit not found', times: 9 })
    const next = await afterRestart()
    const tries = () => s.tg.calls.filter(({ method, status }) => method === 'editMessageText' && status === 400).length
    await s.tg.until(() => tries() > 0, 'a try')
    for (let at = 0; at < 3; at++) await next.push()
    // The card, and the root of the task's thread, which says its new status.
    expect(tries()).toBeLessThanOrEqual(3)
  })
})

test('what buttons send is stored as digests only', async () => {
  const asked = await askYellow(await working(s))
  const shown = await card(shortId(asked), OPS_CHAT)
  const { rows } = await s.h.storage.queries.page({ kind: 'telegramMessage', limit: 50, projectId: s.h.projectId })
  const stored = JSON.stringify(rows)
  expect(rows.map(({ kind }) => kind)).toContain('APPROVAL')
  for (const { callback_data: sent = '' } of shown.buttons) expect(stored).not.toContain(sent)
})

test('a verdict whose host died before it could answer is answered by the next host as it was committed', async () => {
  await s.operator('Olga', 11)
  const asked = await askYellow(await working(s))
  await card(shortId(asked), OPS_CHAT)
  await s.bot.stop()
  const { bridge } = accessInHost(s.h.mc)
  const finishUpdate = () => Promise.reject(new Error('killed'))
  const access = { ...accessInHost(s.h.mc), bridge: { ...bridge, telegram: { ...bridge.telegram, finishUpdate } } }
  const chat = { id: 11, type: 'private' }
  const text = `/approve ${shortId(asked)}`
  const update = { update_id: 90_001, message: { message_id: 90_001, from: { id: 11 }, chat, date: 0, text } }
  await expect(s.secondBot({ access }).handle(update)).rejects.toThrow('killed')
  s.h.clock.advance(31_000)
  expect(await s.secondBot().handle(update)).toBe('handled')
  expect(s.tg.said(11).slice(-2)).toEqual([`Approved: ${asked.actionSummary}`, `Approved: ${asked.actionSummary}`])
  expect(unwrap(await s.h.admin.approvals.get({ approvalId: asked.id })).decisions).toHaveLength(1)
})
