import type { Logger, MissionControl } from '@mission-control/core'
import { accessInHost, createTelegramBot, type TelegramBot } from '@mission-control/telegram'

/** The bot of this server, where there is a token; otherwise what to say instead. */
export async function startBot(mc: MissionControl, logger: Logger): Promise<{ bot: TelegramBot | null; note: string }> {
  const { TELEGRAM_BOT_TOKEN: token = '', TELEGRAM_API_ROOT: apiRoot = '', TELEGRAM_CHAT_ID: chats = '' } = process.env
  if (token === '')
    return { bot: null, note: 'Telegram: off. Set TELEGRAM_BOT_TOKEN and TELEGRAM_CHAT_ID to turn it on.' }
  const chatIds = chats.split(',').flatMap((id) => id.trim() || [])
  const bot = createTelegramBot({
    token,
    access: accessInHost(mc),
    chatIds,
    logger,
    ...(apiRoot === '' ? {} : { apiRoot }),
  })
  try {
    await bot.start()
  } catch {
    return { bot: null, note: 'Telegram: the bot could not start. Check TELEGRAM_BOT_TOKEN and the way to Telegram.' }
  }
  const where = chatIds.length === 0 ? 'no chat yet: set TELEGRAM_CHAT_ID' : chatIds.join(', ')
  return { bot, note: `Telegram: on (${where}).` }
}
