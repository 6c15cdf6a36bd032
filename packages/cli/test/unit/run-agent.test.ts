import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { unwrap } from '@mission-control/core'
import { createHttpHandler, type Served, serve } from '@mission-control/host-http'
import { createTestHarness, type TestHarness } from '@mission-control/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { HOST_POLICY } from '../../src/host/host-policy.ts'
import { EXIT } from '../../src/index.ts'
import { runIn } from './console.ts'

let h: TestHarness
let served: Served
let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mission-control-runner-'))
  h = await createTestHarness({ policy: HOST_POLICY })
  served = await serve(createHttpHandler({ missionControl: h.mc }), { port: 0 })
})
afterAll(async () => {
  await served.close()
  await h.close()
  await rm(folder, { recursive: true, force: true })
})

const variables = (more: Readonly<Record<string, string>>) => ({
  env: { MC_URL: served.url, PROJECT_SLUG: 'test', AGENT_WORKSPACE: join(folder, 'scout'), ...more },
})

async function enrollmentKey(): Promise<string> {
  const self = unwrap(await h.admin.principals.self({}))
  const ceiling = {
    projectId: h.projectId,
    roles: ['INTERN' as const],
    budgetDailyMicros: 2_000_000,
    budgetPerRunMicros: 250_000,
    uses: 1,
  }
  return unwrap(await h.admin.keys.issue({ principalId: self.principalId, kind: 'ENROLLMENT', ceiling })).key
}

test('an agent enrolls, works, hands in, and is the same agent after a restart', async () => {
  const task = unwrap(await h.admin.tasks.create({ title: 'Who else sells this?', type: 'CUSTOMER_RESEARCH' }))
  const console = variables({ MC_ENROLLMENT_KEY: await enrollmentKey() })
  const ran = await runIn(console, 'run-agent', '--once')
  expect(ran).toMatchObject({ code: EXIT.ok, err: '' })
  expect(ran.out).toContain(`CONTINUE: submitted ${task.id}`)
  expect(unwrap(await h.admin.tasks.get({ taskId: task.id }))).toMatchObject({
    status: 'REVIEW',
    deliverable: { content: expect.stringContaining('Who else sells') },
  })
  expect(unwrap(await h.admin.runs.list({ taskId: task.id })).data).toMatchObject([
    { status: 'COMPLETED', billedMicros: 1000 },
  ])

  const keyFile = join(folder, 'scout.key')
  expect((await stat(keyFile)).mode & 0o777).toBe(0o600)
  expect(ran.out + ran.err).not.toContain((await readFile(keyFile, 'utf8')).trim())

  await h.admin.reviews.post({
    taskId: task.id,
    verb: 'CHANGESET',
    summary: 'Name the prices',
    items: [{ file: 'brief', change: 'Add prices' }],
  })
  // The enrollment key has no use left: the kept key is what opens the door.
  expect(await runIn(console, 'run-agent', '--once')).toMatchObject({ code: EXIT.ok })
  expect(unwrap(await h.admin.tasks.get({ taskId: task.id }))).toMatchObject({
    status: 'REVIEW',
    deliverable: { content: expect.stringContaining('Add prices') },
  })
  expect(unwrap(await h.admin.agents.list({})).data.filter(({ name }) => name === 'Scout')).toHaveLength(1)
})

test('a task that comes while it waits is taken up at once, and it ends in good order', async () => {
  const stop = new AbortController()
  const console = {
    ...variables({ MC_API_KEY: h.adminKey, AGENT_NAME: 'Atlas', AGENT_WORKSPACE: join(folder, 'atlas') }),
    signal: stop.signal,
  }
  const running = runIn(console, 'run-agent')
  const task = unwrap(await h.admin.tasks.create({ title: 'Rank our pages', type: 'SEO_RESEARCH' }))
  for (let left = 200; left > 0; left--) {
    if (unwrap(await h.admin.tasks.get({ taskId: task.id })).status === 'REVIEW') break
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  stop.abort()
  expect(await running).toMatchObject({ code: EXIT.ok, out: expect.stringContaining('Atlas has stopped.') })
  expect(unwrap(await h.admin.tasks.get({ taskId: task.id })).status).toBe('REVIEW')
})

test('every variable that is missing or wrong is named, with exit code 2', async () => {
  const bare = await runIn({}, 'run-agent')
  expect(bare).toMatchObject({ code: EXIT.usage, out: '' })
  expect(bare.err).toMatch(/MC_URL is not set.*\nMC_API_KEY is not set, nor MC_ENROLLMENT_KEY/)
  const wrong = await runIn(
    variables({ MC_API_KEY: 'x', AGENT_ROLE: 'BOSS', AGENT_TYPES: 'NOVELS', HEARTBEAT_INTERVAL_MS: '5' }),
    'run-agent',
  )
  expect(wrong.code).toBe(EXIT.usage)
  for (const name of ['AGENT_ROLE: BOSS', 'AGENT_TYPES: NOVELS', 'HEARTBEAT_INTERVAL_MS: 5']) {
    expect(wrong.err).toContain(name)
  }
})

test('the older name of the address serves as well', async () => {
  const ran = await runIn({ env: { CONVEX_URL: 'http://127.0.0.1:1', MC_API_KEY: 'mc_live_x' } }, 'run-agent', '--once')
  expect(ran).toMatchObject({ code: EXIT.unavailable })
})

test('a handler that is none is refused before anything is registered', async () => {
  const console = variables({ MC_API_KEY: h.adminKey, AGENT_NAME: 'Nobody' })
  const ran = await runIn(console, 'run-agent', '--handler', 'no-such-module.mjs', '--once')
  expect(ran).toMatchObject({ code: EXIT.usage })
  expect(unwrap(await h.admin.agents.list({})).data.map(({ name }) => name)).not.toContain('Nobody')
})
