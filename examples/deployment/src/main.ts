import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { runCommandLine } from '@mission-control/cli'
import { connectMissionControl, type MissionControlClient, unwrap } from '@mission-control/core'
import { createHttpTransport } from '@mission-control/host-http/client'
import { type DryBot, startDryBot } from './dry-bot.ts'
import { resultsText } from './results.ts'
import { Steps, until } from './steps.ts'

const { values } = parseArgs({ options: { results: { type: 'string', default: 'DEPLOYMENT_RESULTS.md' } } })
const folder = await mkdtemp(join(tmpdir(), 'mission-control-quick-start-'))
const data = join(folder, 'store')
const stop = new AbortController()
const steps = new Steps()

/** Starts a program of the command line as a terminal would; gives what it has said so far, and its end. */
function start(words: readonly string[], env: Readonly<Record<string, string>>) {
  const said = { text: '' }
  const hear = (text: string) => {
    said.text += text
  }
  const read = (path: string) => readFile(path, 'utf8')
  return { said, ended: runCommandLine(words, { read, write: hear, complain: hear, env, signal: stop.signal }) }
}

const keyOf = async (name: string) => (await readFile(join(data, 'keys', `${name}.key`), 'utf8')).trim()

const host = start(['serve', '--port', '0', '--data', data, '--demo'], {})
const url = await steps.take('Host with the demo squad', async () => {
  const found = await until(async () => /at (http\S+)/.exec(host.said.text)?.[1] ?? null, 'the host did not start')
  const health = await fetch(`${found}/health/check`)
  if (!health.ok) throw new Error(`/health/check answers ${health.status}`)
  return { said: found, value: found }
})

const people = await steps.take('Keys of people', async () => {
  const transport = createHttpTransport({ baseUrl: url ?? '' })
  const clientOf = async (name: string): Promise<MissionControlClient> =>
    connectMissionControl({ transport, key: await keyOf(name), projectId: 'openclaw' })
  const [admin, operator] = [await clientOf('admin'), await clientOf('operator-1')]
  const { data: agents } = unwrap(await admin.agents.list({ limit: 50 }))
  if (agents.length !== 11) throw new Error(`the squad has ${agents.length} members, not 11`)
  return { said: '11 agents are registered', value: { admin, operator } }
})

let bot: DryBot | null = null
await steps.take('The bot runs dry', async () => {
  const admin = people?.admin as MissionControlClient
  const { data: humans } = unwrap(await admin.principals.list({ kind: 'HUMAN' }))
  const principalId = humans.find(({ role }) => role === 'ADMIN')?.id ?? ''
  const { key } = unwrap(await admin.keys.issue({ principalId, scope: 'telegram.bridge' }))
  const started = startDryBot({ url: url ?? '', key })
  bot = started
  const runs = async () => (started.said.text.includes('The bot runs dry') ? true : null)
  await until(runs, `the bot did not start: ${started.said.text}`)
  return { said: 'it prints what it would send', value: null }
})

const scout = start(['run-agent'], {
  MC_URL: url ?? '',
  MC_API_KEY: url === null ? '' : await keyOf('scout'),
  AGENT_WORKSPACE: join(folder, 'scout'),
})
const task = await steps.take('Scout claims the task of the inbox and hands it in', async () => {
  const admin = people?.admin as MissionControlClient
  const found = await until(async () => {
    const listed = unwrap(await admin.tasks.list({ status: ['REVIEW'], type: 'CUSTOMER_RESEARCH' }))
    return listed.data.find(({ title }) => title === 'Competitor pricing research') ?? null
  }, `no submission; Scout says: ${scout.said.text}`)
  return { said: `${found.title} is in REVIEW`, value: found }
})

await steps.take('A person accepts it: INBOX to DONE', async () => {
  const { operator, admin } = people as NonNullable<typeof people>
  const taskId = task?.id ?? ''
  unwrap(await operator.tasks.transition({ taskId, to: 'DONE', reason: 'Read and accepted.' }))
  const { data: moves } = unwrap(await admin.tasks.transitions({ taskId }))
  const way = [moves[0]?.from, ...moves.map(({ to }) => to)].join(' -> ')
  if (moves.at(-1)?.to !== 'DONE' && moves[0]?.to !== 'DONE') throw new Error(`it went ${way}`)
  return { said: `${moves.length} moves`, value: null }
})

await steps.take('Cost and timeline agree', async () => {
  const admin = people?.admin as MissionControlClient
  const taskId = task?.id ?? ''
  const { data: runs } = unwrap(await admin.runs.list({ taskId }))
  const micros = runs.reduce((sum, run) => sum + run.billedMicros, 0)
  if (micros !== 1000) throw new Error(`the runs cost ${micros} micro-USD, the agent reported 1000`)
  const { data: events } = unwrap(await admin.events.list({ taskId, limit: 200 }))
  const verified = unwrap(await admin.ledger.verify({}))
  if (verified.faults.length > 0) throw new Error(`the ledger has ${verified.faults.length} faults`)
  return { said: `${micros} micro-USD, ${events.length} events`, value: null }
})

await steps.take('The bot has told of the task', async () => {
  const told = async () => (bot?.said.text.includes('Competitor pricing research') === true ? true : null)
  await until(told, 'nothing about the task', 30_000)
  return { said: 'Competitor pricing research', value: null }
})

const botCode = await (bot as DryBot | null)?.stop()
stop.abort()
await steps.take('Host, bot and Scout end in good order', async () => {
  const codes = [...(await Promise.all([host.ended, scout.ended])), botCode]
  if (codes.some((code) => code !== 0)) throw new Error(`exit codes ${codes.join(' and ')}`)
  return { said: 'exit code 0', value: null }
})

await writeFile(values.results, resultsText(steps))
await rm(folder, { recursive: true, force: true })
console.log(`Written: ${values.results}`)
process.exitCode = steps.hasFailed ? 1 : 0
