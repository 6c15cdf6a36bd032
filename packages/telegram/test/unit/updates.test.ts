import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Logger, unwrap } from '@mission-control/core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { accessInHost, createTelegramBot } from '../../src/index.ts'
import { createStage, OPS_CHAT, type Stage } from '../stage.ts'

const SECRET = 'a-secret-of-some-length'

let s: Stage
beforeEach(async () => {
  s = await createStage()
})
afterEach(() => s.close())

function taskUpdate(updateId: number, title: string, userId = 11) {
  const chat = { id: userId, type: 'private' }
  const from = { id: userId, is_bot: false, first_name: 'O' }
  return {
    update_id: updateId,
    message: { message_id: updateId, from, chat, date: 0, text: `/create_task DOCS ${title}` },
  }
}

async function titles(): Promise<string[]> {
  return unwrap(await s.h.admin.tasks.list({})).data.map(({ title }) => title)
}

describe('R-103: an update', () => {
  test('brought again, also to another host, acts once', async () => {
    await s.operator('Olga', 11)
    const other = s.secondBot()
    const update = taskUpdate(5000, 'once')
    const handled = await Promise.all([s.bot.handle(update), other.handle(update), s.bot.handle(update)])
    expect(handled).toContain('handled')
    for (const bot of [s.bot, other]) expect(await bot.handle(update)).toBe('handled')
    expect(await s.secondBot().handle(update)).toBe('handled')
    expect(await titles()).toEqual(['once'])
  })

  test('whose host died before it could answer is answered by the next one, and acts once', async () => {
    await s.operator('Olga', 11)
    const update = taskUpdate(5001, 'survives')
    const { bridge } = accessInHost(s.h.mc)
    const dying = createTelegramBot({
      token: s.tg.token,
      apiRoot: s.tg.url,
      chatIds: [String(OPS_CHAT)],
      access: {
        ...accessInHost(s.h.mc),
        bridge: {
          ...bridge,
          telegram: { ...bridge.telegram, finishUpdate: () => Promise.reject(new Error('killed')) },
        },
      },
    })
    await expect(dying.handle(update)).rejects.toThrow('killed')
    expect(await titles()).toEqual(['survives'])
    // Until the hold of the dead host has ended, nobody else has it.
    expect(await s.bot.handle(update)).toBe('again')
    s.h.clock.advance(31_000)
    const before = s.tg.said(11).length
    expect(await s.bot.handle(update)).toBe('handled')
    expect(s.tg.said(11)).toHaveLength(before + 1)
    expect(await titles()).toEqual(['survives'])
  })

  test('older than the last one is not handled, save when Telegram has begun to count anew', async () => {
    await s.operator('Olga', 11)
    expect(await s.bot.handle(taskUpdate(5002, 'new'))).toBe('handled')
    expect(await s.bot.handle(taskUpdate(5001, 'old'))).toBe('handled')
    expect(await titles()).toEqual(['new'])
    s.h.clock.advance(7 * 86_400_000)
    expect(await s.bot.handle(taskUpdate(3, 'recounted'))).toBe('handled')
    expect(await titles()).toContain('recounted')
  })

  test('that is none is nothing', async () => {
    const strange = [
      null,
      7,
      'x',
      [],
      {},
      { update_id: '5' },
      { update_id: -1 },
      { update_id: 1 },
      { update_id: 2, message: null },
      { update_id: 3, message: { text: '/start' } },
      { update_id: 4, callback_query: { id: 5, data: 'x' } },
      { update_id: 6, message: { message_id: 1.5, from: { id: 11 }, chat: { id: 11 }, text: '/start' } },
    ]
    for (const update of strange) expect(await s.bot.handle(update)).toBe('handled')
    expect(s.tg.calls.filter(({ method }) => method === 'sendMessage')).toEqual([])
  })
})

describe('several hosts', () => {
  test('poll one at a time, and another goes on when one stops', async () => {
    await s.operator('Olga', 11)
    const second = s.secondBot()
    await second.start()
    expect(await s.ask(11, '/start')).toContain('Mission Control.')
    expect(s.tg.calls.filter(({ method, status }) => method === 'getUpdates' && status === 409)).toEqual([])
    await s.bot.stop()
    expect(await s.ask(11, '/create_task DOCS later')).toContain('Created')
    expect(await titles()).toEqual(['later'])
    await second.stop()
  })
})

describe('the webhook', () => {
  test('is not opened without a secret', () => {
    for (const secret of ['', 'short', 'with spaces in between']) {
      const webhook = { url: 'https://mc.example/v1/integrations/telegram', secret }
      expect(() => s.secondBot({ webhook })).toThrow(/secret/)
    }
  })

  test('answers Telegram and nobody else', async () => {
    await s.operator('Olga', 11)
    await s.bot.stop()
    const webhook = { url: 'http://127.0.0.1:1/', secret: SECRET }
    const bot = s.secondBot({ webhook })
    const send = (body: string, secret: string | null, method = 'POST') =>
      bot.receive(
        new Request('http://host/v1/integrations/telegram', {
          method,
          ...(method === 'POST' ? { body } : {}),
          headers: secret === null ? {} : { 'x-telegram-bot-api-secret-token': secret },
        }),
      )
    const body = JSON.stringify(taskUpdate(6000, 'by webhook'))
    for (const secret of [null, '', 'a-secret-of-some-lengtH', `${SECRET}x`])
      expect((await send(body, secret)).status).toBe(401)
    expect(await titles()).toEqual([])
    expect((await send('', SECRET, 'GET')).status).toBe(405)
    expect((await send('{', SECRET)).status).toBe(400)
    expect((await send(`"${'x'.repeat(300_000)}"`, SECRET)).status).toBe(413)
    expect((await send(body, SECRET)).status).toBe(200)
    expect((await send(body, SECRET)).status).toBe(200)
    expect(await titles()).toEqual(['by webhook'])
    expect((await s.secondBot().receive(new Request('http://host/', { method: 'POST', body }))).status).toBe(404)
  })

  test('is brought what people write, in order', async () => {
    await s.bot.stop()
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const bot = s.secondBot({ webhook: { url, secret: SECRET } })
    server.on('request', async (request, response) => {
      const parts: Buffer[] = []
      for await (const part of request) parts.push(part as Buffer)
      const headers = { 'x-telegram-bot-api-secret-token': String(request.headers['x-telegram-bot-api-secret-token']) }
      const answer = await bot.receive(new Request(url, { method: 'POST', body: Buffer.concat(parts), headers }))
      response.writeHead(answer.status).end()
    })
    await bot.start()
    expect(s.tg.webhookUrl).toBe(url)
    await s.operator('Olga', 11)
    expect(await s.ask(11, '/start')).toContain('Mission Control.')
    await bot.stop()
    await new Promise((resolve) => server.close(resolve))
  })
})

describe('what is logged', () => {
  test('never has the token or the secret in it', async () => {
    const told: string[] = []
    const write = (message: string, fields?: unknown) => void told.push(`${message} ${JSON.stringify(fields ?? null)}`)
    const logger: Logger = { info: write, warn: write, error: write }
    const bot = s.secondBot({ logger, apiRoot: 'http://127.0.0.1:9', webhook: { url: 'http://x/', secret: SECRET } })
    await s.operator('Olga', 11)
    await s.bot.stop()
    unwrap(
      await s.h.admin.alerts.raise({ type: 'PERFORMANCE', severity: 'ERROR', title: s.tg.token, description: SECRET }),
    )
    await bot.push()
    expect(told.length).toBeGreaterThan(0)
    expect(told.join()).not.toContain(s.tg.token)
    expect(told.join()).not.toContain(SECRET)
  })
})
