import { type Approval, type OneTimeCodes, unwrap } from '@mission-control/core'
import type { FakeMessage } from '@mission-control/testing/bot-api'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { askRed, askYellow, shortId, working } from '../requests.ts'
import { createStage, OPS_CHAT, type Stage } from '../stage.ts'

/** The code `code-7` is the seventh of everybody. */
const CODES: OneTimeCodes = {
  verify: async (_, code) => (/^code-\d+$/.test(code) ? Number(code.slice('code-'.length)) : null),
}

let s: Stage
beforeEach(async () => {
  s = await createStage({ oneTimeCodes: CODES })
})
afterEach(() => s.close())

function card(id: string, chatId = OPS_CHAT): Promise<FakeMessage> {
  return s.tg.message(chatId, ({ text, buttons }) => text.includes(`#${id}`) && buttons.length > 0, `a card of ${id}`)
}

/** The reply of a person to the last question of the bot that fits. */
async function reply(userId: number, chatId: number, text: string): Promise<string> {
  const question = await s.tg.message(chatId, (message) => message.text.startsWith('Why '), 'a question')
  const mine = s.tg.write(userId, text, chatId, { replyToId: question.messageId })
  return (await s.tg.message(chatId, ({ replyToId }) => replyToId === mine.messageId, 'an answer')).text
}

async function statusOf(approvalId: string): Promise<string> {
  return unwrap(await s.h.admin.approvals.get({ approvalId })).status
}

describe('a card', () => {
  test('shows what would be done, with buttons that say nothing, and is decided by one press', async () => {
    await s.operator('Olga', 11)
    const asked = await askYellow(await working(s))
    const shown = await card(shortId(asked))
    expect(shown.text.split('\n').slice(0, 4)).toEqual([
      `🟡 #${shortId(asked)} ${asked.actionSummary}`,
      'Agent: Worker · Risk: YELLOW · Cost: –',
      'Why: more hands',
      expect.stringMatching(/^Expires in 1 d$/),
    ])
    expect(shown.text).toContain('purpose: more hands')
    expect(shown.buttons.map(({ text }) => text)).toEqual(['Approve', 'Deny'])
    for (const { callback_data: sent = '' } of shown.buttons) expect(sent).toMatch(/^[A-Za-z0-9_-]{22}$/)
    expect(await s.press(11, shown, 'Approve')).toBe(`Approved: ${asked.actionSummary}`)
    const after = await s.tg.message(OPS_CHAT, ({ text }) => text.startsWith('✅ Approved by Olga'))
    expect(after.messageId).toBe(shown.messageId)
    expect(after.buttons).toEqual([])
    expect(await s.press(11, shown, 'Deny')).toBe('Already APPROVED.')
    expect(unwrap(await s.h.admin.approvals.get({ approvalId: asked.id })).decisions).toMatchObject([
      { name: 'Olga', kind: 'HUMAN', verdict: 'APPROVE' },
    ])
  })

  test('R-55: RED asks for reasons and takes two people, by command and by button', async () => {
    await s.operator('Olga', 11)
    await s.operator('Oleg', 12)
    const asked = await askRed(await working(s), { input: { amount: 5, to: 'ACME' } })
    const shown = await card(shortId(asked))
    expect(shown.text).toContain('transfer_funds\namount: 5\nto: ACME')
    expect(shown.text).toContain('Rollback: undo it')
    expect(await s.ask(11, `/approve ${shortId(asked)}`)).toContain('Usage: /approve <id> <reason>')
    expect(await s.ask(11, `/approve #${shortId(asked).toLowerCase()} it is fine`)).toBe(
      '1 of 2: needs another operator.',
    )
    expect(await s.ask(11, `/approve ${shortId(asked)} it is fine`)).toBe('1 of 2: needs another operator.')
    expect(await s.press(12, await card(shortId(asked)), 'Approve')).toBe('Reply with the reason.')
    expect(await reply(12, OPS_CHAT, 'I have looked')).toBe(`Approved: ${asked.actionSummary}`)
    await s.tg.message(OPS_CHAT, ({ text }) => text.startsWith('✅ Approved by Olga, Oleg'))
    expect(await statusOf(asked.id)).toBe('APPROVED')
  })

  test('a question is answered once, by whom it was asked', async () => {
    await s.operator('Olga', 11)
    await s.operator('Oleg', 12)
    const asked = await askRed(await working(s))
    await s.press(11, await card(shortId(asked)), 'Deny')
    expect(await reply(12, OPS_CHAT, 'because')).toBe('This question is for somebody else.')
    expect(await reply(11, OPS_CHAT, 'too much')).toBe(`Denied: ${asked.actionSummary} (too much)`)
    expect(await reply(11, OPS_CHAT, 'too much')).toBe('Already DENIED.')
    await s.tg.message(OPS_CHAT, ({ text }) => text.startsWith('❌ Denied by Olga: too much'))
  })

  test('says how a request ended elsewhere, on every chat', async () => {
    const olga = await s.operator('Olga', 11)
    const work = await working(s)
    const asked = await askYellow(work)
    const here = await card(shortId(asked))
    s.tg.write(11, '/my_approvals')
    await card(shortId(asked), 11)
    unwrap(await olga.client.approvals.decide({ approvalId: asked.id, verdict: 'DENY', reason: 'not now' }))
    for (const chatId of [OPS_CHAT, 11]) {
      await s.tg.message(
        chatId,
        ({ text, buttons }) => text.startsWith('❌ Denied by Olga: not now') && buttons.length === 0,
      )
    }
    expect(await s.press(11, here, 'Approve')).toBe('Already DENIED.')
    expect(await s.ask(11, `/deny ${shortId(asked)} again`)).toBe('Already DENIED.')
  })

  test('R-59: what has expired or was withdrawn says so', async () => {
    await s.operator('Olga', 11)
    const work = await working(s)
    const gone = await askRed(work)
    const expired = await card(shortId(gone))
    await s.h.advance(61 * 60_000)
    await s.tg.message(OPS_CHAT, ({ text }) => text.startsWith('⌛ Expired'))
    expect(await s.press(11, expired, 'Approve')).toBe('Already EXPIRED.')
    const withdrawn = unwrap(
      await (await working(s, 'Second')).worker.client.approvals.request({
        actionType: 'TOOL_CALL',
        payload: { tool: 'transfer_funds', input: { amount: 9 } },
        justification: 'once more',
        rollbackPlan: 'undo it',
      }),
    )
    await card(shortId(withdrawn))
    unwrap(await s.h.admin.approvals.cancel({ approvalId: withdrawn.id, reason: 'over' }))
    await s.tg.message(OPS_CHAT, ({ text }) => text.startsWith('🚫 Canceled'))
  })

  test('R-54: is decided by nobody who may not, and the press says why', async () => {
    await s.operator('Vera', 13, 'VIEWER')
    const asked = await askYellow(await working(s))
    expect(await s.press(13, await card(shortId(asked)), 'Approve')).toBe('You lack approvals.decide.')
    expect(await s.press(13, await card(shortId(asked)), 'Deny')).toBe('You lack approvals.decide.')
    expect(await statusOf(asked.id)).toBe('PENDING')
  })

  test('what was cut, or hides characters, says so and has no button to approve', async () => {
    await s.operator('Olga', 11)
    const work = await working(s)
    const long = await askRed(work, { input: { note: 'x'.repeat(9000) } })
    const cut = await card(shortId(long))
    expect(cut.text).toContain('✂️')
    expect(cut.buttons.map(({ text }) => text)).toEqual(['Deny'])
    const sly = unwrap(
      await work.worker.client.approvals.request({
        actionType: 'TOOL_CALL',
        payload: { tool: 'transfer_funds', input: { to: 'ACME\u202Eevil' } },
        justification: 'fine',
        rollbackPlan: 'undo it',
      }),
    )
    const hiding = await card(shortId(sly))
    expect(hiding.text).toContain('ACME⟦U+202E⟧evil')
    expect(hiding.text).toContain('⚠️')
    expect(hiding.buttons.map(({ text }) => text)).toEqual(['Deny'])
  })

  test('takes a one-time code from whoever is enrolled', async () => {
    const olga = await s.operator('Olga', 11)
    unwrap(await olga.client.principals.enrollSecondFactor({}, { oneTimeCode: 'code-1' }))
    const asked = await askRed(await working(s))
    expect(await s.ask(11, `/approve ${shortId(asked)} fine`)).toBe('Add otp:<code>.')
    expect(await s.ask(11, `/approve ${shortId(asked)} otp:code-1 fine`)).toBe('Add otp:<code>.')
    expect(await s.press(11, await card(shortId(asked)), 'Approve')).toBe('Reply with the reason.')
    expect(await reply(11, OPS_CHAT, 'fine')).toBe('Add otp:<code>.')
    expect(await reply(11, OPS_CHAT, 'fine otp:code-2')).toBe('1 of 2: needs another operator.')
    const [decision] = unwrap(await s.h.admin.approvals.get({ approvalId: asked.id })).decisions
    expect(decision).toMatchObject({ name: 'Olga', reason: 'fine', secondFactor: true })
  })

  test('shows a command one argument per line', async () => {
    const { worker } = await working(s)
    const payload = { tool: 'transfer_funds', input: { argv: ['pay', '--to', 'ACME Inc', '--yes'], note: 'due' } }
    const words = { justification: 'it is due', rollbackPlan: 'ask for it back' }
    const asked = unwrap(await worker.client.approvals.request({ actionType: 'TOOL_CALL', payload, ...words }))
    const shown = await card(shortId(asked))
    expect(shown.text).toContain('\ntransfer_funds\npay\n--to\nACME Inc\n--yes\nnote: due')
  })

  test('two people who vote on RED at once are the two it takes', async () => {
    await s.operator('Olga', 11)
    await s.operator('Oleg', 12)
    const asked = await askRed(await working(s))
    s.tg.write(11, `/approve ${shortId(asked)} seen`)
    s.tg.write(12, `/approve ${shortId(asked)} seen as well`)
    await s.tg.message(11, ({ text }) => text === '1 of 2: needs another operator.')
    await s.tg.message(12, ({ text }) => text === `Approved: ${asked.actionSummary}`)
    await s.tg.message(OPS_CHAT, ({ text }) => text.startsWith('✅ Approved by Olga, Oleg'))
  })

  test('R-60: two people who press at once make one outcome, and both hear the truth', async () => {
    await s.operator('Olga', 11)
    await s.operator('Oleg', 12)
    const asked = await askYellow(await working(s))
    const shown = await card(shortId(asked))
    const popups = await Promise.all([s.press(11, shown, 'Approve'), s.press(12, shown, 'Approve')])
    expect(popups.sort()).toEqual(['Already APPROVED.', `Approved: ${asked.actionSummary}`])
    expect(unwrap(await s.h.admin.approvals.get({ approvalId: asked.id })).decisions).toHaveLength(1)
  })
})

describe('R-101: a press', () => {
  test('that is forged, moved to another chat or repeated does nothing, and says so', async () => {
    await s.operator('Olga', 11)
    const asked = await askYellow(await working(s))
    const shown = await card(shortId(asked))
    const nonce = shown.buttons[0]?.callback_data ?? ''
    const spent = 'This button does nothing any more. /my_approvals shows what waits.'
    const elsewhere = s.tg.write(11, 'hello')
    expect(await s.tg.popup(s.tg.tapData(11, elsewhere, nonce))).toBe(spent)
    expect(await s.tg.popup(s.tg.tapData(11, shown, `approve:${asked.id}`))).toBe(spent)
    expect(await s.tg.popup(s.tg.tapData(11, shown, asked.id))).toBe(spent)
    expect(await statusOf(asked.id)).toBe('PENDING')
    await s.press(11, shown, 'Approve')
    expect(await s.tg.popup(s.tg.tapData(11, shown, nonce))).toBe('Already APPROVED.')
    expect(unwrap(await s.h.admin.approvals.get({ approvalId: asked.id })).decisions).toHaveLength(1)
  })
})

describe('R-102: a short id', () => {
  test('that fits two requests decides neither', async () => {
    const olga = await s.operator('Olga', 11)
    const [one, two] = await twoOverrides()
    // What one command writes differs in the middle of its ids only.
    const common = shortId(one)
    expect(shortId(two)).toBe(common)
    const answer = await s.ask(11, `/approve ${common}`)
    expect(answer).toContain('Which one? ')
    expect(answer).toContain(one.id)
    expect(answer).toContain(two.id)
    const both = unwrap(await olga.client.approvals.list({ status: 'PENDING' })).data
    expect(both).toHaveLength(2)
    expect(await s.ask(11, '/approve 1')).toBe('Not found: 1')
    expect(await s.ask(11, `/approve ${one.id}`)).toBe(`Approved: ${one.actionSummary}`)
  })

  test('of a project that one may not see is not found', async () => {
    await s.operator('Olga', 11)
    const other = unwrap(await s.h.admin.projects.create({ name: 'Other', slug: 'other' }))
    const admin = s.h.admin.inProject(other.id)
    const stranger = unwrap(await admin.agents.register({ name: 'Elsewhere' }))
    const client = (await s.h.mc.as(stranger.agent.principalId)).inProject(other.id)
    const asked = unwrap(
      await client.approvals.request({
        actionType: 'TOOL_CALL',
        payload: { tool: 'transfer_funds', input: { amount: 1 } },
        justification: 'why not',
        rollbackPlan: 'undo it',
      }),
    )
    expect(await s.ask(11, `/approve ${shortId(asked)} fine`)).toBe(`Not found: ${shortId(asked)}`)
    const found = unwrap(await admin.approvals.get({ approvalId: asked.id }))
    expect([found.status, found.decisions]).toEqual(['PENDING', []])
  })
})

/** One start that lacks room on two accounts asks for both, in one commit. */
async function twoOverrides(): Promise<[Approval, Approval]> {
  const content = { prices: { fallback: { inputMicrosPerMillion: 1, outputMicrosPerMillion: 1 } } }
  const draft = unwrap(await s.h.admin.policies.draft({ name: 'prices', scopeType: 'PROJECT', content }))
  unwrap(await s.h.admin.policies.activate({ policyId: draft.id }))
  const { client } = await s.h.agent({ name: 'Spender', budgetDailyMicros: 400_000, budgetPerRunMicros: 300_000 })
  const task = unwrap(await s.h.admin.tasks.create({ title: 'Spend', type: 'DOCS', budgetAllocatedMicros: 400_000 }))
  const workPlan = { bullets: ['read', 'write', 'check'] }
  const { epoch } = unwrap(await client.tasks.claim({ taskId: task.id, workPlan }))
  const start = () => client.runs.start({ sessionKey: 's', model: 'local', taskId: task.id, epoch })
  unwrap(await start())
  expect((await start()).ok).toBe(false)
  const [one, two] = unwrap(await s.h.admin.approvals.list({ status: 'PENDING' })).data
  if (one === undefined || two === undefined) throw new Error('expected two overrides')
  return [one, two]
}
