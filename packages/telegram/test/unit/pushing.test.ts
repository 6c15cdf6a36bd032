import { type Approval, unwrap } from '@mission-control/core'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
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

  test('again by the outbox, when a storm of 429 lasts, and the chat is left in peace until then', async () => {
    const calm = await createStage({ bot: ({ clock }) => ({ now: () => clock.now() }) })
    onTestFinished(() => calm.close())
    const { h, tg, bot } = calm
    const sends = () => tg.calls.filter(({ method }) => method === 'sendMessage').map(({ status }) => status)
    const raise = (title: string) =>
      h.admin.alerts.raise({ type: 'PERFORMANCE', severity: 'WARNING', title, description: 'slow' })
    tg.fail({ method: 'sendMessage', code: 429, retryAfter: 60, times: 2 })
    unwrap(await raise('It is slow'))
    await tg.until(() => sends().length > 0, 'a refusal')
    unwrap(await raise('It is slow as well'))
    for (let at = 0; at < 3; at++) await bot.push()
    expect(sends()).toEqual([429])
    h.clock.advance(75_000)
    await tg.until(() => sends().length === 2, 'another refusal')
    for (let at = 0; at < 3; at++) await bot.push()
    expect(sends()).toEqual([429, 429])
    h.clock.advance(150_000)
    await tg.until(() => tg.said(OPS_CHAT).length === 2, 'both')
    for (let at = 0; at < 3; at++) await bot.push()
    expect(tg.said(OPS_CHAT).map((text) => text.split('\n')[0])).toEqual(['🔔 It is slow', '🔔 It is slow as well'])
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

  test('requests are folded as well: the gravest have cards, the others are named', async () => {
    await s.operator('Olga', 11)
    await s.bot.stop()
    const work = await working(s)
    const yellow: Approval[] = []
    for (let at = 1; at <= 8; at++) yellow.push(await askYellow(work, `Helper ${at}`))
    const red = await askRed(work)
    await s.bot.push()
    const told = s.tg.messages(OPS_CHAT).filter(({ text }) => /^(🔴|🟡|🔔)/u.test(text))
    const cards = told.filter(({ buttons }) => buttons.length > 0)
    expect(cards).toHaveLength(5)
    expect(cards[0]?.text).toContain(`🔴 #${shortId(red)}`)
    const [folded, ...more] = told.filter(({ buttons }) => buttons.length === 0)
    expect(more).toEqual([])
    expect(folded?.text.split('\n')[0]).toMatch(/^🔔 \d+ notices$/)
    for (const asked of [red, ...yellow]) {
      const isShown = cards.some(({ text }) => text.includes(`#${shortId(asked)}`))
      expect(folded?.text.includes(`#${shortId(asked)}`)).toBe(!isShown)
    }
    // What was only named is decided like the others.
    const named = yellow.find((asked) => folded?.text.includes(shortId(asked))) as Approval
    await s.bot.start()
    expect(await s.ask(11, `/approve ${shortId(named)}`)).toBe(`Approved: ${named.actionSummary}`)
  })

  test('a flood over time arrives as a few, and nothing of it is lost', async () => {
    let now = 0
    const bot = s.secondBot({ now: () => now })
    await s.bot.stop()
    for (let at = 1; at <= 60; at++) {
      unwrap(await alert(`Slow ${at}`))
      await bot.push()
      now += 1_000
    }
    now += 15_000
    await bot.push()
    const told = s.tg.said(OPS_CHAT)
    const names = told.join('\n').match(/Slow \d+/g)?.length ?? 0
    const hidden = told.reduce((sum, text) => sum + Number(/and (\d+) more/.exec(text)?.[1] ?? 0), 0)
    expect([names + hidden, told.length <= 30]).toEqual([60, true])
    await bot.stop()
  })

  test('briefs of many projects are one message, and so are notes to one person', async () => {
    const olga = await s.operator('Olga', 11)
    await s.bot.stop()
    for (let at = 1; at <= 7; at++) unwrap(await s.h.admin.projects.create({ name: `P${at}`, slug: `p${at}` }))
    const task = unwrap(await s.h.admin.tasks.create({ title: 'Talk', type: 'DOCS' }))
    for (let at = 1; at <= 7; at++)
      unwrap(await s.h.admin.messages.post({ taskId: task.id, content: `@Olga look at ${at}` }))
    await s.h.advance(61 * 60_000)
    const before = s.tg.said(11).length
    await s.bot.push()
    const briefs = s.tg.messages(OPS_CHAT).filter(({ text }) => text.includes('Brief') || text.includes('notices'))
    expect(briefs.map(({ text }) => text.split('\n')[0])).toEqual([expect.stringMatching(/^🔔 \d+ notices$/)])
    expect(briefs[0]?.text).toContain('/brief shows the brief of a project.')
    expect(
      s.tg
        .said(11)
        .slice(before)
        .map((text) => text.split('\n')[0]),
    ).toEqual(['🔔 7 notices'])
    expect(olga.userId).toBe(11)
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

  test('a gateway that is degraded, and a loop', async () => {
    const gateway = { name: 'tool-gateway', isHealthy: () => Promise.resolve(false) }
    const degraded = await createStage({ probes: [gateway] })
    onTestFinished(() => degraded.close())
    await degraded.h.advance(5 * 60_000)
    await degraded.tg.message(OPS_CHAT, ({ text }) => text === '⚠️ tool-gateway: DEGRADED Not healthy')

    const { worker, taskId, epoch } = await working(s)
    const content = { prices: { fallback: { inputMicrosPerMillion: 1, outputMicrosPerMillion: 1 } } }
    const draft = unwrap(await s.h.admin.policies.draft({ name: 'prices', scopeType: 'PROJECT', content }))
    unwrap(await s.h.admin.policies.activate({ policyId: draft.id }))
    const run = { sessionKey: 's', model: 'local', taskId, epoch, estimatedCostMicros: 1 }
    const { id: runId } = unwrap(await worker.client.runs.start(run)).run
    const call = { sessionKey: 's', runId, tool: 'read_file', input: { path: 'a.md' } }
    for (let at = 1; at <= 10; at++) {
      const { toolCallId } = unwrap(await worker.client.toolCalls.gate({ ...call, callId: `c${at}` }))
      unwrap(await worker.client.toolCalls.begin({ toolCallId }))
      unwrap(await worker.client.toolCalls.end({ toolCallId, status: 'SUCCESS' }))
    }
    await s.tg.message(OPS_CHAT, ({ text }) => new RegExp(`^🔁 #${taskId.slice(-4)} [A-Z_]+: \\d+ > \\d+$`).test(text))
  })

  test('the brief at nine, silently, once a day', async () => {
    // It is eight.
    await s.h.advance(59 * 60_000)
    await s.bot.push()
    expect(count((text) => text.startsWith('Brief '))).toBe(0)
    await s.h.advance(2 * 60_000)
    const brief = await s.tg.message(OPS_CHAT, ({ text }) => text.startsWith('Brief '))
    expect(brief.isSilent).toBe(true)
    await s.h.advance(60 * 60_000)
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
