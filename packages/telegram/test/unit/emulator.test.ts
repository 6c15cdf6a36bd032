import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { unwrap } from '@mission-control/core'
import { createTestHarness } from '@mission-control/testing'
import emulated from 'telegram-test-api'
import { expect, onTestFinished, test, vi } from 'vitest'
import { accessInHost, createTelegramBot } from '../../src/index.ts'

/** What it exports is the class itself; its types say otherwise. */
const TelegramServer = emulated as unknown as typeof emulated.default
const SECRET = 'a-secret-of-some-length'
const TOKEN = '123:abc'

/** Brings requests of the emulator to the bot; the emulator does not know of secrets, so they are added here. */
async function front(receive: (request: Request) => Promise<Response>): Promise<{ server: Server; url: string }> {
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const headers = { 'x-telegram-bot-api-secret-token': SECRET }
    const answer = await receive(new Request('http://bot/', { method: 'POST', body: Buffer.concat(parts), headers }))
    response.writeHead(answer.status).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }
}

test('an emulator that somebody else wrote agrees: pairing, commands, a card, a press', async () => {
  const h = await createTestHarness()
  const emulator = new TelegramServer({ port: 20_000 + (process.pid % 10_000), host: '127.0.0.1' })
  await emulator.start()
  const user = { userId: 11, chatId: 11, firstName: 'Olga' }
  const client = emulator.getClient(TOKEN, user)
  let receive = (_: Request) => Promise.resolve(new Response(null, { status: 503 }))
  const { server, url } = await front((request) => receive(request))
  const bot = createTelegramBot({
    token: TOKEN,
    apiRoot: emulator.config.apiURL,
    access: accessInHost(h.mc),
    chatIds: ['11'],
    webhook: { url, secret: SECRET },
    tickMs: 20,
  })
  receive = (request) => bot.receive(request)
  onTestFinished(async () => {
    await bot.stop()
    await emulator.stop()
    await new Promise((resolve) => server.close(resolve))
    await h.close()
  })
  // It knows no menu of commands; the bot does without.
  await bot.start()

  const texts = () => emulator.storage.botMessages.map(({ message }) => message.text)
  const olga = unwrap(
    await h.admin.principals.create({ displayName: 'Olga', role: 'OPERATOR', projectIds: [h.projectId] }),
  )
  const { code } = unwrap(await h.admin.telegram.issueCode({ principalId: olga.principal.id }))
  await client.sendMessage(client.makeMessage(`/pair ${code}`))
  await expect.poll(texts).toContain('Paired: you are Olga. /help lists commands.')
  await client.sendMessage(client.makeMessage('/inbox'))
  await expect.poll(texts).toContain('Inbox is empty.')

  const worker = await h.agent({ name: 'Worker' })
  const task = unwrap(await h.admin.tasks.create({ title: 'Write', type: 'DOCS' }))
  const workPlan = { bullets: ['read', 'write', 'check'] }
  const { epoch } = unwrap(await worker.client.tasks.claim({ taskId: task.id, workPlan }))
  const caps = { dailyMicros: 1, perRunMicros: 1 }
  const payload = { name: 'Helper', role: 'SPECIALIST' as const, types: [], allowedTools: null, caps, purpose: 'p' }
  const asked = unwrap(
    await worker.client.approvals.request({ actionType: 'SPAWN', payload, taskId: task.id, epoch, justification: 'x' }),
  )
  const card = await vi.waitUntil(() =>
    emulator.storage.botMessages.find(({ message }) => message.reply_markup !== undefined),
  )
  const { inline_keyboard: rows } = card.message.reply_markup as { inline_keyboard: { callback_data: string }[][] }
  const sent = rows[0]?.[0]?.callback_data ?? ''
  await client.sendCallback(client.makeCallbackQuery(sent, { message: { message_id: card.messageId } }))
  await expect.poll(async () => unwrap(await h.admin.approvals.get({ approvalId: asked.id })).status).toBe('APPROVED')
  await expect.poll(texts).toContainEqual(expect.stringMatching(/^✅ Approved by Olga/))
})
