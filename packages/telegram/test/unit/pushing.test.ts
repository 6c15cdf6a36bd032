import { unwrap } from '@mission-control/core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { askRed, askYellow, shortId, working } from '../requests.ts'
import { createStage, OPS_CHAT, type Stage } from '../stage.ts'

let s: Stage
beforeEach(async () => {
  s = await createStage()
})
afterEach(() => s.close())

function alert(title: string) {
  return s.h.admin.alerts.raise({ type: 'PERFORMANCE', severity: 'WARNING', title, description: 'slow' })
}

function count(fits: (text: string) => boolean): number {
  return s.tg.said(OPS_CHAT).filter(fits).length
}

describe('R-105: what is pushed', () => {
  test('approvals, messages and transitions reach the chat by themselves', async () => {
    const work = await working(s)
    const asked = await askYellow(work)
    unwrap(await work.worker.client.messages.post({ taskId: work.taskId, content: 'I am on it' }))
    await s.tg.message(OPS_CHAT, ({ text, buttons }) => text.includes(`#${shortId(asked)}`) && buttons.length === 2)
    await s.tg.message(OPS_CHAT, ({ text }) => text === 'Worker · COMMENT\nI am on it')
    await s.tg.message(OPS_CHAT, ({ text }) => text.startsWith('⏳ #') && text.includes('Write the guide'))
  })

  test('alerts, once each, though Telegram is busy or down', async () => {
    s.tg.fail({ method: 'sendMessage', code: 429, retryAfter: 1 })
    s.tg.fail({ method: 'sendMessage', code: 502 })
    unwrap(await alert('It is slow'))
    await s.tg.message(OPS_CHAT, ({ text }) => text.includes('It is slow'))
    for (let at = 0; at < 5; at++) await s.bot.push()
    expect(count((text) => text.includes('It is slow'))).toBe(1)
  })

  test('again by the outbox, when a storm of 429 lasts', async () => {
    s.tg.fail({ method: 'sendMessage', code: 429, retryAfter: 60, times: 2 })
    unwrap(await alert('It is slow'))
    await s.tg.until(() => s.tg.calls.some(({ status }) => status === 429), 'a refusal')
    await s.bot.push()
    expect(count((text) => text.includes('It is slow'))).toBe(0)
    s.h.clock.advance(61_000)
    await s.bot.push()
    s.h.clock.advance(75_000)
    await s.tg.message(OPS_CHAT, ({ text }) => text.includes('It is slow'))
    expect(count((text) => text.includes('It is slow'))).toBe(1)
  })

  test('that it could not be delivered is an alert of its own', async () => {
    s.tg.fail({ method: 'sendMessage', code: 403, description: 'Forbidden: bot was kicked' })
    unwrap(await alert('It is slow'))
    await s.tg.message(OPS_CHAT, ({ text }) => text.includes('TELEGRAM does not deliver to OPERATORS'))
  })

  test('many at once are folded into one message', async () => {
    await s.bot.stop()
    for (let at = 1; at <= 14; at++) unwrap(await alert(`Slow ${at}`))
    await s.bot.push()
    const [folded, ...others] = s.tg.said(OPS_CHAT)
    expect(others).toEqual([])
    expect(folded).toMatch(/^🔔 14 notices\n• WARNING: Slow 1\n[\s\S]*and 4 more$/)
  })

  test('a spent budget with what to do, and a button that raises it and lets the agent go on', async () => {
    await s.operator('Olga', 11)
    const content = { prices: { fallback: { inputMicrosPerMillion: 1, outputMicrosPerMillion: 1 } } }
    const draft = unwrap(await s.h.admin.policies.draft({ name: 'prices', scopeType: 'PROJECT', content }))
    unwrap(await s.h.admin.policies.activate({ policyId: draft.id }))
    const spender = await s.h.agent({ name: 'Spender', budgetDailyMicros: 400_000, budgetPerRunMicros: 300_000 })
    const task = unwrap(await s.h.admin.tasks.create({ title: 'Spend', type: 'DOCS' }))
    const workPlan = { bullets: ['read', 'write', 'check'] }
    const { epoch } = unwrap(await spender.client.tasks.claim({ taskId: task.id, workPlan }))
    const start = () => spender.client.runs.start({ sessionKey: 's', model: 'local', taskId: task.id, epoch })
    unwrap(await start())
    expect((await start()).ok).toBe(false)
    const told = await s.tg.message(OPS_CHAT, ({ text }) => text.startsWith('💸 '))
    expect(told.text).toBe(
      `💸 Spender $0.30/$0.40 · #${task.id.slice(-4)} · next: raise and resume, or wait for the next window`,
    )
    const card = await s.tg.message(OPS_CHAT, ({ buttons }) => buttons.some(({ text }) => text === 'Raise and resume'))
    expect(await s.press(11, card, 'Raise and resume')).toMatch(/^Approved: /)
    expect(unwrap(await s.h.admin.agents.get({ agentId: spender.id })).agent.status).toBe('ACTIVE')
  })

  test('a blocked task, an agent in quarantine, an agent offline', async () => {
    const { worker, taskId } = await working(s)
    unwrap(await s.h.admin.agents.control({ agentId: worker.id, action: 'QUARANTINE', reason: 'it behaves oddly' }))
    await s.tg.message(OPS_CHAT, ({ text }) => text.startsWith(`🚫 #${taskId.slice(-4)} Write the guide: `))
    await s.tg.message(OPS_CHAT, ({ text }) => text.startsWith('🚨 Worker is in quarantine'))
    await s.h.agent({ name: 'Quiet' })
    await s.h.advance(46 * 60_000)
    await s.tg.message(OPS_CHAT, ({ text }) => text.includes('Quiet is silent'))
  })

  test('the brief at nine, silently, once', async () => {
    await s.h.advance(24 * 3_600_000)
    const brief = await s.tg.message(OPS_CHAT, ({ text }) => text.startsWith('Brief '))
    expect(brief.isSilent).toBe(true)
    await s.bot.push()
    expect(count((text) => text.startsWith('Brief '))).toBe(1)
  })

  test('a reminder when a request waits long, and to a person in their own chat', async () => {
    const asked = await askRed(await working(s))
    await s.tg.message(OPS_CHAT, ({ buttons }) => buttons.length > 0)
    await s.h.advance(50 * 60_000)
    const reminder = await s.tg.message(OPS_CHAT, ({ text }) => text.startsWith('⏰ '))
    expect(reminder.text).toContain(asked.actionSummary)
    expect(count((text) => text.startsWith(`🔴 #${shortId(asked)}`))).toBe(1)
  })

  test('by one of several hosts', async () => {
    const second = s.secondBot()
    await second.start()
    unwrap(await alert('Only once'))
    await Promise.all([s.bot.push(), second.push()])
    await s.tg.message(OPS_CHAT, ({ text }) => text.includes('Only once'))
    expect(count((text) => text.includes('Only once'))).toBe(1)
    await second.stop()
  })
})
