export { accessInHost, accessOverTransport, type TelegramAccess } from './access.ts'
export { createTelegramBot, type TelegramBot, type TelegramBotOptions } from './bot.ts'
export { type ChatCommand, GROUPS } from './commands/chat-command.ts'
export { CHAT_COMMANDS } from './commands/index.ts'
