import type { MissionControlClient } from '@mission-control/core'
import { unwrap } from '@mission-control/core'
import { createTestHarness, type TestHarness, type TestHarnessOptions } from '@mission-control/testing'
import { type FakeBotApi, type FakeMessage, startBotApi } from '@mission-control/testing/bot-api'
import { accessInHost, createTelegramBot, type TelegramBot, type TelegramBotOptions } from '../src/index.ts'
import { type HttpAccess, httpAccess } from './http-access.ts'

/** The chat of the operators. */
export const OPS_CHAT = -100_100

/** A person with a Telegram user of that number. */
export interface Operator {
  readonly userId: number
  readonly name: string
  readonly principalId: string
  readonly client: MissionControlClient
}

/** A Mission Control, a server of the Bot API, and a bot between them. */
export interface Stage {
  readonly h: TestHarness
  readonly tg: FakeBotApi
  readonly bot: TelegramBot
  /** Creates a person and pairs them in their private chat. */
  operator(name: string, userId: number, role?: 'OPERATOR' | 'VIEWER' | 'ADMIN', projectId?: string): Promise<Operator>
  /** Writes and gives what the bot answers. */
  ask(userId: number, text: string, chatId?: number): Promise<string>
  /** Presses and gives what pops up. */
  press(userId: number, message: FakeMessage, label: string): Promise<string>
  /** Another bot of the same token. */
  secondBot(options?: Partial<TelegramBotOptions>): TelegramBot
  close(): Promise<void>
}

export interface StageOptions extends TestHarnessOptions {
  readonly isForum?: boolean
  /** How the bot reaches Mission Control; default: it is in the host. */
  readonly isOverHttp?: boolean
  readonly bot?: Partial<TelegramBotOptions> | ((h: TestHarness) => Partial<TelegramBotOptions>)
}

export async function createStage({
  isForum = false,
  isOverHttp = false,
  bot: botOptions = {},
  ...given
}: StageOptions = {}): Promise<Stage> {
  const h = await createTestHarness(given)
  const tg = await startBotApi()
  const http: HttpAccess | null = isOverHttp ? await httpAccess(h) : null
  tg.addChat({ id: OPS_CHAT, type: 'supergroup', is_forum: isForum, title: 'Operations' })
  const make = (more: Partial<TelegramBotOptions> = {}) =>
    createTelegramBot({
      token: tg.token,
      apiRoot: tg.url,
      access: http?.access ?? accessInHost(h.mc),
      chatIds: [String(OPS_CHAT)],
      tickMs: 20,
      pollTimeoutS: 1,
      pauseMs: 20,
      ...(typeof botOptions === 'function' ? botOptions(h) : botOptions),
      ...more,
    })
  const bot = make()
  await bot.start()

  async function ask(userId: number, text: string, chatId = userId): Promise<string> {
    const mine = tg.write(userId, text, chatId)
    // In a group an answer is a reply; in private it is what comes next.
    const isAnswer = (message: FakeMessage) =>
      chatId === userId ? message.messageId > mine.messageId : message.replyToId === mine.messageId
    const answer = await tg.message(chatId, isAnswer, `an answer to ${text}`)
    return answer.text
  }

  return {
    h,
    tg,
    bot,
    ask,
    operator: async (name, userId, role = 'OPERATOR', projectId = h.projectId) => {
      const created = unwrap(await h.admin.principals.create({ displayName: name, role, projectIds: [projectId] }))
      const principalId = created.principal.id
      const { code } = unwrap(await h.admin.telegram.issueCode({ principalId }))
      await ask(userId, `/pair ${code}`)
      return { userId, name, principalId, client: (await h.mc.as(principalId)).inProject(projectId) }
    },
    press: async (userId, message, label) => tg.popup(tg.tap(userId, message, label)),
    secondBot: make,
    close: async () => {
      await bot.stop()
      await http?.close()
      await tg.close()
      await h.close()
    },
  }
}
