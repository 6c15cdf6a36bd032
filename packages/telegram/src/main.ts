#!/usr/bin/env node
// The bot alone: it reaches Mission Control over HTTP with the key of a bridge.
import type { Logger } from '@mission-control/core'
import { serve } from '@mission-control/host-http'
import { createHttpTransport } from '@mission-control/host-http/client'
import { accessOverTransport } from './access.ts'
import { createTelegramBot } from './bot.ts'
import { type BotEnvironment, readEnvironment } from './environment.ts'

const RESTART_MS = 5_000

const write = (message: string, fields?: Readonly<Record<string, unknown>>) =>
  process.stderr.write(`${JSON.stringify({ message, ...fields })}\n`)
const logger: Logger = { info: write, warn: write, error: write }

function accessTo({ url, key }: BotEnvironment) {
  return accessOverTransport({
    key,
    transportFor: (telegramUserId) =>
      createHttpTransport({
        baseUrl: url,
        fetch: (request) => {
          if (telegramUserId !== null) request.headers.set('mc-act-for', telegramUserId)
          return fetch(request)
        },
      }),
  })
}

async function main(environment: BotEnvironment): Promise<void> {
  const { token, chatIds, apiRoot, webhook, isDryRun } = environment
  const stop = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort())
  const bot = createTelegramBot({
    token,
    chatIds,
    access: accessTo(environment),
    logger,
    ...(apiRoot === null ? {} : { apiRoot }),
    ...(webhook === null ? {} : { webhook: { url: webhook.url, secret: webhook.secret } }),
    ...(isDryRun ? { dryRun: (line: string) => process.stdout.write(`${line}\n`) } : {}),
  })
  const served =
    webhook === null
      ? null
      : await serve((request) => bot.receive(request), { port: webhook.port, hostname: '0.0.0.0' })
  await started(() => bot.start(), stop.signal)
  if (!stop.signal.aborted) process.stdout.write(`The bot runs${isDryRun ? ' dry' : ''} in ${chatIds.join(', ')}.\n`)
  await new Promise<void>((resolve) => {
    if (stop.signal.aborted) resolve()
    stop.signal.addEventListener('abort', () => resolve(), { once: true })
  })
  await bot.stop()
  await served?.close()
}

/** Waits for Telegram to be there, but not for a token that it does not know. */
async function started(start: () => Promise<void>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      return await start()
    } catch (error) {
      const { error_code: status, description } = error as { error_code?: number; description?: string }
      if (status === 401 || status === 404) throw new Error('Telegram does not know this token')
      logger.warn('the bot could not start; it tries again', { description: description ?? 'no connection' })
      await new Promise((resolve) => setTimeout(resolve, RESTART_MS))
    }
  }
}

const environment = readEnvironment(process.env)
if ('length' in environment) {
  process.stderr.write(`${environment.join('\n')}\n`)
  process.exitCode = 2
} else {
  try {
    await main(environment)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : 'it failed'}\n`)
    process.exitCode = 1
  }
}
