import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const BOT = fileURLToPath(new URL('../../../packages/telegram/src/main.ts', import.meta.url))

export interface DryBot {
  /** What it would have sent so far, and what it said of itself. */
  readonly said: { text: string }
  /** Ends it in good order; gives its exit code. */
  stop(): Promise<number | null>
}

/** Starts the bot alone, as on another machine: it prints what it would send, and needs no token. */
export function startDryBot(environment: { readonly url: string; readonly key: string }): DryBot {
  const bot = spawn(process.execPath, ['--conditions=@mission-control/source', '--import', 'tsx', BOT], {
    env: {
      PATH: process.env.PATH,
      TELEGRAM_DRY_RUN: '1',
      TELEGRAM_CHAT_ID: '-1001',
      MC_URL: environment.url,
      MC_API_KEY: environment.key,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = { text: '' }
  for (const stream of [bot.stdout, bot.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said.text += text
    })
  }
  const ended = once(bot, 'exit')
  return {
    said,
    stop: async () => {
      bot.kill('SIGTERM')
      const [code] = (await ended) as [number | null]
      return code
    },
  }
}
