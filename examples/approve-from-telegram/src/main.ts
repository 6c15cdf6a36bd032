// An agent wants to pay a bill, which is RED: two people must agree. One answers by command, the other by the button.
// The chats are those of a Bot API server that runs in this program; with TELEGRAM_API_ROOT left out it would be Telegram.
import assert from 'node:assert/strict'
import { createMemoryStorage } from '@mission-control/adapter-memory'
import { createMissionControl, type MissionControlClient, unwrap, waitForDecision } from '@mission-control/core'
import { accessInHost, createTelegramBot } from '@mission-control/telegram'
import { startBotApi } from '@mission-control/testing/bot-api'

const OPERATIONS = -1001
const OLGA = 11
const OLEG = 12

const mc = createMissionControl({ storage: createMemoryStorage() })
const set = unwrap(
  await mc.bootstrap({ admin: { displayName: 'Ada' }, project: { name: 'OpenClaw', slug: 'openclaw' } }),
)
const projectId = set.projectId ?? ''
const admin = (await mc.as(set.principalId)).inProject(projectId)

const telegram = await startBotApi()
telegram.addChat({ id: OPERATIONS, type: 'supergroup', title: 'Operations' })
const bot = createTelegramBot({
  token: telegram.token,
  apiRoot: telegram.url,
  access: accessInHost(mc),
  chatIds: [String(OPERATIONS)],
  tickMs: 50,
  pollTimeoutS: 1,
})
await bot.start()

/** Creates an operator and pairs them with the code they would get from `mc`. */
async function pair(displayName: string, userId: number): Promise<void> {
  const person = unwrap(await admin.principals.create({ displayName, role: 'OPERATOR', projectIds: [projectId] }))
  const { code } = unwrap(await admin.telegram.issueCode({ principalId: person.principal.id }))
  telegram.write(userId, `/pair ${code}`)
  await telegram.message(userId, ({ text }) => text.startsWith('Paired'))
}
await pair('Olga', OLGA)
await pair('Oleg', OLEG)

/** The agent: asks, waits for people, and only then does it. */
async function payTheBill(agent: MissionControlClient, taskId: string, epoch: number): Promise<string> {
  const call = {
    tool: 'transfer_funds',
    input: { to: 'ACME Hosting', amount: 120, currency: 'USD' },
    sessionKey: 'bill',
    taskId,
    epoch,
    justification: 'The invoice of this month is due tomorrow.',
    rollbackPlan: 'Ask ACME Hosting for a refund.',
  }
  const asked = unwrap(await agent.toolCalls.gate({ ...call, callId: 'first' }))
  assert.equal(asked.decision, 'NEEDS_APPROVAL')
  const decided = await waitForDecision(agent, asked.approvalId ?? '', { timeoutMs: 60_000 })
  assert.equal(decided.approved, true)
  const again = unwrap(await agent.toolCalls.gate({ ...call, callId: 'second' }))
  return again.decision
}

const cipher = unwrap(await admin.agents.register({ name: 'Cipher', emoji: '🔐' }))
const agent = (await mc.as(cipher.principalId)).inProject(projectId)
const task = unwrap(await admin.tasks.create({ title: 'Pay the hosting bill', type: 'OPS' }))
const workPlan = { bullets: ['check the invoice', 'pay it', 'file the receipt'] }
const { epoch } = unwrap(await agent.tasks.claim({ taskId: task.id, workPlan }))
const going = payTheBill(agent, task.id, epoch)

const card = await telegram.message(OPERATIONS, ({ buttons }) => buttons.length === 2)
const shown = card.text
const id = /#(\w{6})/.exec(card.text)?.[1] ?? ''
telegram.write(OLGA, `/approve ${id} The invoice is right.`, OPERATIONS)
const first = await telegram.message(OPERATIONS, ({ text }) => text.startsWith('1 of 2'))

// The card says so, and has new buttons: a press counts for what was looked at.
const voted = await telegram.message(
  OPERATIONS,
  ({ text, buttons }) => buttons.length === 2 && text.includes('1 of 2: approved by Olga'),
)
const popup = await telegram.popup(telegram.tap(OLEG, voted, 'Approve'))
const question = await telegram.message(OPERATIONS, ({ text }) => text.startsWith('Why approve'))
telegram.write(OLEG, 'I have seen the contract.', OPERATIONS, { replyToId: question.messageId })
const after = await telegram.message(OPERATIONS, ({ text }) => text.startsWith('✅ Approved by'))
await telegram.message(OPERATIONS, ({ text }) => text.startsWith('Approved: '))
const decision = await going

assert.match(first.text, /^1 of 2/)
assert.equal(after.text.split('\n')[0], '✅ Approved by Olga, Oleg')
assert.deepEqual([voted.messageId, after.messageId], [card.messageId, card.messageId])
assert.equal(decision, 'ALLOW')

console.log(`The card in Operations:\n\n${shown}\n[ Approve ] [ Deny ]\n`)
console.log('The chat:\n')
for (const message of telegram.messages(OPERATIONS)) {
  const who = message.fromId === OLGA ? 'Olga' : message.fromId === OLEG ? 'Oleg' : 'bot'
  const text = message.messageId === card.messageId ? after.text : message.text
  console.log(`${who.padEnd(4)} | ${text.replaceAll('\n', '\n     | ')}`)
}
console.log(`\nOleg's press said: ${popup}`)
console.log(`The agent goes on: ${decision}`)

await bot.stop()
await telegram.close()
await mc.close()
