/** What the bot alone is told by its environment. */
export interface BotEnvironment {
  readonly token: string
  readonly chatIds: readonly string[]
  readonly url: string
  readonly key: string
  readonly apiRoot: string | null
  readonly webhook: { readonly url: string; readonly secret: string; readonly port: number } | null
  readonly isDryRun: boolean
}

const PORT_DEFAULT = 8080
const CHAT_ID = /^-?[1-9]\d{0,18}$/
/** In a dry run nothing is sent, so no token is needed. */
const DRY_RUN_TOKEN = '1:dry-run'

type Variables = Readonly<Record<string, string | undefined>>

/** Reads the environment; gives what is missing or wrong, one sentence each, instead of starting with half of it. */
export function readEnvironment(variables: Variables): BotEnvironment | readonly string[] {
  const problems: string[] = []
  const read = (...names: string[]) =>
    names.map((name) => variables[name]?.trim() ?? '').find((text) => text !== '') ?? ''
  const need = (...names: string[]) => {
    const text = read(...names)
    if (text === '')
      problems.push(`${names[0]} is missing${names.length > 1 ? ` (or ${names.slice(1).join(', ')})` : ''}`)
    return text
  }
  const isDryRun = read('TELEGRAM_DRY_RUN') === '1'
  const token = isDryRun ? DRY_RUN_TOKEN : need('TELEGRAM_BOT_TOKEN')
  const chatIds = need('TELEGRAM_CHAT_ID')
    .split(',')
    .map((id) => id.trim())
    .filter((id) => id !== '')
  const url = need('MC_URL', 'VITE_CONVEX_URL')
  const key = need('MC_API_KEY')
  const strange = chatIds.filter((id) => !CHAT_ID.test(id))
  if (strange.length > 0) problems.push('TELEGRAM_CHAT_ID is a list of numbers, separated by commas')
  const webhookUrl = read('TELEGRAM_WEBHOOK_URL')
  const secret = webhookUrl === '' ? '' : need('TELEGRAM_WEBHOOK_SECRET')
  const port = Number(read('PORT') || PORT_DEFAULT)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) problems.push('PORT is not the number of a port')
  if (problems.length > 0) return problems
  const webhook = webhookUrl === '' ? null : { url: webhookUrl, secret, port }
  return { token, chatIds, url, key, apiRoot: read('TELEGRAM_API_ROOT') || null, webhook, isDryRun }
}
