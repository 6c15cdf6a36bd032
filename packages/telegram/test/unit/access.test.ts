import { unwrap } from '@mission-control/core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { askYellow, shortId, working } from '../requests.ts'
import { createStage, OPS_CHAT, type Stage } from '../stage.ts'

let s: Stage
beforeEach(async () => {
  s = await createStage()
})
afterEach(() => s.close())

describe('pairing', () => {
  test('works once, for ten minutes, however the code is typed', async () => {
    const operator = await s.h.operator('Olga')
    const { code, principalId } = unwrap(await operator.telegram.issueCode({}))
    expect(code).toMatch(/^[2-9A-HJ-NP-Z]{4}(-[2-9A-HJ-NP-Z]{4}){2}$/)
    expect(await s.ask(11, '/pair')).toBe('Usage: /pair <code>')
    expect(await s.ask(11, '/pair AAAA-BBBB-CCCC')).toBe('This code is unknown, used or expired.')
    expect(await s.ask(11, `/pair ${code.toLowerCase().replaceAll('-', ' ')}`)).toBe(
      'Paired: you are Olga. /help lists commands.',
    )
    expect(await s.ask(12, `/pair ${code}`)).toBe('This code is unknown, used or expired.')
    const late = unwrap(await operator.telegram.issueCode({}))
    await s.h.advance(10 * 60_000)
    expect(await s.ask(12, `/pair ${late.code}`)).toBe('This code is unknown, used or expired.')
    const links = unwrap(await s.h.admin.telegram.links({})).data
    expect(links.map(({ link }) => [link.telegramUserId, link.principalId])).toEqual([['11', principalId]])
  })

  test('is for people: by operators for themselves, for others by whoever may create people', async () => {
    const olga = await s.h.operator('Olga')
    const vera = await s.h.viewer('Vera')
    const { worker } = await working(s)
    const { data } = unwrap(await s.h.admin.principals.list({}))
    const principalId = data.find(({ displayName }) => displayName === 'Vera')?.id ?? ''
    expect((await vera.telegram.issueCode({})).ok).toBe(false)
    expect((await worker.client.telegram.issueCode({})).ok).toBe(false)
    expect((await olga.telegram.issueCode({ principalId })).ok).toBe(false)
    expect((await s.h.admin.telegram.issueCode({ principalId })).ok).toBe(true)
    expect((await s.h.admin.telegram.issueCode({ principalId: worker.principalId })).ok).toBe(false)
  })

  test('ends when the person is unpaired, and for a person it does not take over anybody else', async () => {
    const olga = await s.operator('Olga', 11)
    const oleg = await s.operator('Oleg', 12)
    expect((await oleg.client.telegram.unpair({ telegramUserId: '11' })).ok).toBe(false)
    expect(await s.ask(11, '/start')).toContain('Mission Control.')
    unwrap(await olga.client.telegram.unpair({ telegramUserId: '11' }))
    expect(await s.ask(11, '/start')).toBe('Not authorized.')
  })

  test('R-01: nobody calls what is for the bot itself', async () => {
    const calls = [
      s.h.admin.telegram.pair({ code: 'x', telegramUserId: '11', updateId: 1 }),
      s.h.admin.telegram.takeUpdate({ telegramUserId: '11', updateId: 1, owner: 'me' }),
      s.h.admin.telegram.keepMessage({ kind: 'APPROVAL', subject: 'approval/x', chatId: '1' }),
      s.h.admin.telegram.messages({}),
      s.h.admin.telegram.work({}),
    ]
    for (const outcome of await Promise.all(calls))
      expect(outcome).toMatchObject({ ok: false, error: { code: 'FORBIDDEN' } })
  })
})

describe('R-100: a stranger', () => {
  test('is refused by command and by button, with no effect', async () => {
    const asked = await askYellow(await working(s))
    expect(await s.ask(66, '/start')).toBe('Not authorized.')
    expect(await s.ask(66, `/approve ${shortId(asked)}`, OPS_CHAT)).toBe('Not authorized.')
    expect(await s.ask(66, '/pause_squad', OPS_CHAT)).toBe('Not authorized.')
    const card = await s.tg.message(OPS_CHAT, ({ buttons }) => buttons.length > 0)
    expect(await s.press(66, card, 'Approve')).toBe('Not authorized.')
    expect(unwrap(await s.h.admin.approvals.get({ approvalId: asked.id })).status).toBe('PENDING')
    expect(unwrap(await s.h.admin.agents.list({})).data.map(({ status }) => status)).toEqual(['ACTIVE'])
  })

  test('who tries five times is an alert to the operators', async () => {
    for (let at = 0; at < 4; at++) expect(await s.ask(66, '/status')).toBe('Not authorized.')
    expect(unwrap(await s.h.admin.alerts.list({})).data).toEqual([])
    expect(await s.ask(66, '/pair nonsense')).toBe('This code is unknown, used or expired.')
    await s.tg.message(OPS_CHAT, ({ text }) => text.includes('Telegram user 66 is not paired'))
    expect(unwrap(await s.h.admin.alerts.list({})).data).toMatchObject([
      { type: 'SECURITY_VIOLATION', severity: 'CRITICAL' },
    ])
  })

  test('who tries now and then, or writes again what was brought before, is no alert', async () => {
    let now = 0
    await s.bot.stop()
    const bot = s.secondBot({ now: () => now })
    const chat = { id: 66, type: 'private' }
    const tried = (updateId: number) => ({
      update_id: updateId,
      message: { message_id: updateId, from: { id: 66 }, chat, date: 0, text: '/status' },
    })
    for (let at = 1; at <= 8; at++) {
      for (let again = 0; again < 3; again++) await bot.handle(tried(7_000 + at))
      now += 3 * 60_000
    }
    expect(unwrap(await s.h.admin.alerts.list({})).data).toEqual([])
    for (let at = 1; at <= 2; at++) await bot.handle(tried(8_000 + at))
    expect(unwrap(await s.h.admin.alerts.list({})).data).toHaveLength(1)
  })

  test('is not bothered for what people in a group say to each other', async () => {
    s.tg.write(66, 'Good morning', OPS_CHAT)
    expect(await s.ask(66, '/start', OPS_CHAT)).toBe('Not authorized.')
    expect(s.tg.said(OPS_CHAT)).toHaveLength(1)
  })
})

describe('a paired person', () => {
  test('is nobody in a chat that is not one of ours', async () => {
    await s.operator('Olga', 11)
    expect(await s.ask(11, '/pause_squad', -777)).toBe('Not authorized.')
  })

  test('who is disabled or writes as a channel is a stranger', async () => {
    await s.operator('Olga', 11)
    const chat = { id: OPS_CHAT, type: 'supergroup' }
    const before = s.tg.said(OPS_CHAT).length
    s.tg.update({ message: { message_id: 900, from: { id: 11, is_bot: true }, chat, date: 0, text: '/pause_squad' } })
    s.tg.update({ message: { message_id: 901, sender_chat: chat, chat, date: 0, text: '/pause_squad' } })
    expect(await s.ask(11, '/start')).toContain('Mission Control.')
    expect(s.tg.said(OPS_CHAT)).toHaveLength(before)
  })

  test('keeps the chosen project over a restart of the bot', async () => {
    unwrap(await s.h.admin.projects.create({ name: 'Second', slug: 'second' }))
    const { code } = unwrap(await s.h.admin.telegram.issueCode({}))
    await s.ask(10, `/pair ${code}`)
    expect(await s.ask(10, '/inbox')).toBe('Choose a project: /switch <slug>')
    expect(await s.ask(10, '/switch second')).toBe('Now on Second.')
    await s.bot.stop()
    const next = s.secondBot()
    await next.start()
    expect(await s.ask(10, '/start')).toBe('Mission Control. Project: Second. /help lists commands.')
    await next.stop()
  })
})
