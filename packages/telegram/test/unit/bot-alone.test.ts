import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BRIDGE_SCOPE, unwrap } from '@mission-control/core'
import { createHttpHandler, type Served, serve } from '@mission-control/host-http'
import { createTestHarness, type TestHarness } from '@mission-control/testing'
import { type FakeBotApi, startBotApi } from '@mission-control/testing/bot-api'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { tool } from '../../../../scripts/steps.ts'

const telegram = fileURLToPath(new URL('../..', import.meta.url))
const built = join(telegram, '.cache', 'plain')
const main = join(built, 'main.js')
const OPS_CHAT = -100_200

/** The workspace in one file, so that nothing beside it has to be built first; grammY as it is installed. */
const BUILD = `export default {
  entry: ['src/main.ts'], format: 'esm', target: 'node20', platform: 'node', outDir: ${JSON.stringify(built)},
  noExternal: [/^(?!grammy|@grammyjs|node:)/], external: ['grammy', '@grammyjs/auto-retry'], splitting: false, clean: false,
  banner: { js: "import { createRequire as __r } from 'node:module'; const require = __r(import.meta.url);" },
  esbuildOptions(options) { options.conditions = ['@mission-control/source', 'node', 'import'] },
}
`

let h: TestHarness
let tg: FakeBotApi
let served: Served

beforeAll(async () => {
  mkdirSync(built, { recursive: true })
  const config = join(built, 'tsup.config.mjs')
  writeFileSync(config, BUILD)
  await tool('tsup', ['--config', config], telegram)
  h = await createTestHarness()
  tg = await startBotApi()
  tg.addChat({ id: OPS_CHAT, type: 'supergroup', title: 'Operations' })
  served = await serve(createHttpHandler({ missionControl: h.mc }), { port: 0 })
}, 120_000)
afterAll(async () => {
  await served.close()
  await tg.close()
  await h.close()
  rmSync(built, { recursive: true, force: true })
})

const running = new Set<ChildProcess>()
afterEach(() => {
  for (const child of running) child.kill('SIGKILL')
  running.clear()
})

function start(env: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, [main], { env: { PATH: process.env.PATH ?? '', ...env } })
  running.add(child)
  const told = { out: '', err: '' }
  child.stdout.on('data', (part: Buffer) => {
    told.out += part.toString()
  })
  child.stderr.on('data', (part: Buffer) => {
    told.err += part.toString()
  })
  return { child, told, ended: new Promise<number | null>((resolve) => child.once('exit', resolve)) }
}

async function bridgeKey(): Promise<string> {
  const { data } = unwrap(await h.admin.principals.list({}))
  const ada = data.find(({ displayName }) => displayName === 'Ada')
  return unwrap(await h.admin.keys.issue({ principalId: ada?.id ?? '', scope: BRIDGE_SCOPE })).key
}

async function environment(): Promise<Record<string, string>> {
  return {
    TELEGRAM_BOT_TOKEN: tg.token,
    TELEGRAM_API_ROOT: tg.url,
    TELEGRAM_CHAT_ID: String(OPS_CHAT),
    MC_URL: served.url,
    MC_API_KEY: await bridgeKey(),
  }
}

async function stopped(child: ChildProcess, ended: Promise<number | null>): Promise<number | null> {
  child.kill('SIGTERM')
  return ended
}

describe('R-106: the bot alone, with plain node', () => {
  test('names what is missing on stderr and ends with 2', async () => {
    const full = await environment()
    const names = ['TELEGRAM_BOT_TOKEN', 'TELEGRAM_CHAT_ID', 'MC_URL', 'MC_API_KEY'] as const
    const check = async (name: (typeof names)[number]) => {
      const { [name]: _, ...rest } = full
      const { told, ended } = start(rest)
      expect(await ended).toBe(2)
      expect(told.err).toContain(`${name} is missing`)
      expect(told.err).not.toContain(full.MC_API_KEY)
    }
    await Promise.all(names.map(check))
    const { told, ended } = start({ ...full, TELEGRAM_WEBHOOK_URL: 'https://bot.example/' })
    expect(await ended).toBe(2)
    expect(told.err).toContain('TELEGRAM_WEBHOOK_SECRET is missing')
  })

  test('answers and decides as the linked person over HTTP, with the key of a bridge', async () => {
    const { child, told, ended } = start(await environment())
    await tg.until(
      () => told.out.includes('The bot runs'),
      () => `the bot: ${told.err}`,
    )
    const olga = unwrap(
      await h.admin.principals.create({ displayName: 'Olga', role: 'OPERATOR', projectIds: [h.projectId] }),
    )
    const { code } = unwrap(await h.admin.telegram.issueCode({ principalId: olga.principal.id }))
    tg.write(11, `/pair ${code}`)
    await tg.message(11, ({ text }) => text.startsWith('Paired: you are Olga.'))
    const worker = await h.agent({ name: 'Worker' })
    const task = unwrap(await h.admin.tasks.create({ title: 'Write', type: 'DOCS' }))
    const workPlan = { bullets: ['read', 'write', 'check'] }
    const { epoch } = unwrap(await worker.client.tasks.claim({ taskId: task.id, workPlan }))
    const asked = unwrap(
      await worker.client.approvals.request({
        actionType: 'SPAWN',
        payload: {
          name: 'Helper',
          role: 'SPECIALIST',
          types: [],
          allowedTools: null,
          caps: { dailyMicros: 1, perRunMicros: 1 },
          purpose: 'p',
        },
        taskId: task.id,
        epoch,
        justification: 'more hands',
      }),
    )
    tg.write(11, `/approve ${asked.id.slice(-6)}`)
    await tg.message(11, ({ text }) => text === `Approved: ${asked.actionSummary}`)
    const [decision] = unwrap(await h.admin.approvals.get({ approvalId: asked.id })).decisions
    expect(decision).toMatchObject({ name: 'Olga', kind: 'HUMAN' })
    tg.write(66, '/status')
    await tg.message(66, ({ text }) => text === 'Not authorized.')
    expect(await stopped(child, ended)).toBe(0)
    expect(told.err + told.out).not.toContain(tg.token)
  })

  test('runs dry without a token, and prints what it would send', async () => {
    const { TELEGRAM_BOT_TOKEN: _, ...rest } = await environment()
    const { child, told, ended } = start({ ...rest, TELEGRAM_DRY_RUN: '1' })
    await tg.until(
      () => told.out.includes('The bot runs dry'),
      () => `the bot: ${told.err}`,
    )
    unwrap(
      await h.admin.alerts.raise({ type: 'PERFORMANCE', severity: 'ERROR', title: 'Slow', description: 'so slow' }),
    )
    await expect.poll(() => told.out, { timeout: 15_000 }).toContain(`[telegram → ${OPS_CHAT}] 🔔 Slow`)
    expect(await stopped(child, ended)).toBe(0)
  })
})

describe('R-01: the key of a bridge', () => {
  const ask = (key: string, headers: Record<string, string> = {}, path = '/v1/projects') =>
    fetch(`${served.url}${path}`, { headers: { authorization: `Bearer ${key}`, ...headers } })

  test('acts for linked people only, and no other key acts for anybody', async () => {
    const key = await bridgeKey()
    expect((await ask(key)).status).toBe(200)
    expect((await ask(key, { 'mc-act-for': '11' })).status).toBe(200)
    for (const stranger of ['12', '', 'Olga', '-11'])
      expect((await ask(key, { 'mc-act-for': stranger })).status).toBe(401)
    expect((await ask(h.adminKey, { 'mc-act-for': '11' })).status).toBe(401)
  })

  test('decides, creates and controls nothing by itself', async () => {
    const bridge = unwrap(await h.mc.authenticate(await bridgeKey())).inProject(h.projectId)
    const refused = [
      bridge.tasks.create({ title: 'x', type: 'DOCS' }),
      bridge.agents.controlAll({ action: 'PAUSE_ALL', reason: 'x' }),
      bridge.projects.emergencyStop({ reason: 'x' }),
      bridge.tasks.lapse({ taskId: 'tsk_1' }),
      bridge.approvals.expire({ approvalId: 'apr_1' }),
    ]
    for (const outcome of await Promise.all(refused))
      expect(outcome).toMatchObject({ ok: false, error: { code: 'FORBIDDEN' } })
  })
})
