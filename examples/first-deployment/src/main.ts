// One command: the host on a port, the demo project, a bot that prints what it would send, and Scout over HTTP. A task
// goes from INBOX to DONE, and DEPLOYMENT_RESULTS.md says what worked, what failed and what comes next.
import assert from 'node:assert/strict'
import { createMemoryStorage } from '@mission-control/adapter-memory'
import { connectMissionControl, createAgent, createMissionControl, seedDemo, unwrap } from '@mission-control/core'
import { createHttpHandler, serve } from '@mission-control/host-http'
import { createHttpTransport } from '@mission-control/host-http/client'
import { accessInHost, createTelegramBot } from '@mission-control/telegram'
import { Results } from './results.ts'

const STEPS_MAX = 20
const OPERATIONS = '-1001'
const NEXT = [
  'keep a store: PostgreSQL instead of memory (packages/adapter-postgres)',
  'give the bot a token and a chat: docs/deployment.md',
  'put an agent of yours in the place of Scout',
]

const folder = process.argv[2] ?? process.cwd()
const results = new Results()
const closing: (() => Promise<unknown>)[] = []
const printed: string[] = []

async function deploy(): Promise<void> {
  const mc = createMissionControl({ storage: createMemoryStorage() })
  closing.push(() => mc.close())
  const host = await results.step('the host answers', async () => {
    const served = await serve(createHttpHandler({ missionControl: mc }), { port: 0 })
    closing.unshift(() => served.close())
    assert.equal((await fetch(`${served.url}/healthz`)).status, 200)
    return served
  })
  const cast = await results.step('the demo is there', async () => {
    const seeded = await seedDemo(mc)
    assert.equal(seeded.squad.size, 11)
    return seeded
  })
  const bot = createTelegramBot({
    token: '1:dry-run',
    access: accessInHost(mc),
    chatIds: [OPERATIONS],
    dryRun: (line) => printed.push(line),
    tickMs: 100,
  })
  await results.step('the bot runs dry', async () => {
    await bot.start()
    closing.unshift(() => bot.stop())
  })
  const { admin, projectId } = cast
  const [operator] = cast.operators
  const task = await results.step('a task is in the INBOX', async () =>
    unwrap(await admin.tasks.create({ title: 'What do others charge?', type: 'CUSTOMER_RESEARCH', priority: 1 })),
  )
  await results.step('Scout claims it over HTTP, works and hands in', async () => {
    const scout = cast.squad.get('Scout')
    assert.ok(scout)
    const { key } = unwrap(await admin.keys.issue({ principalId: scout.principalId }))
    const client = connectMissionControl({ transport: createHttpTransport({ baseUrl: host.url }), key, projectId })
    const agent = createAgent(client, {
      name: 'Scout',
      plan: () => ['look at three rivals', 'note what they charge', 'say what follows'],
      handler: async (given) => `Of three rivals, all charge by the seat. (${given.title})`,
    })
    for (let at = 0; at < STEPS_MAX; at++) {
      await agent.step()
      // An INTERN asks before it runs at a price that nobody knows; the operator says yes.
      for (const asked of unwrap(await operator.approvals.list({ projectId, status: 'PENDING', taskId: task.id }))
        .data) {
        unwrap(
          await operator.approvals.decide({ projectId, approvalId: asked.id, verdict: 'APPROVE', reason: 'Go on.' }),
        )
      }
      if (unwrap(await admin.tasks.get({ taskId: task.id })).status === 'REVIEW') return
    }
    throw new Error(`the task is still ${unwrap(await admin.tasks.get({ taskId: task.id })).status}`)
  })
  await results.step('an operator accepts it: DONE', async () => {
    const input = { projectId, taskId: task.id, to: 'DONE', reason: 'It says what we asked.' } as const
    assert.equal(unwrap(await operator.tasks.transition(input)).status, 'DONE')
  })
  await results.step('the bot has told of it', async () => {
    await bot.push()
    assert.ok(printed.some((line) => line.includes('What do others charge?')))
  })
}

try {
  await deploy()
} catch {
  // What failed is among the results.
  process.exitCode = 1
} finally {
  for (const close of closing) await close()
}
console.log(`\nThe bot would have sent ${printed.length} messages, the last of them:\n${printed.at(-1) ?? ''}\n`)
console.log(`Written: ${await results.write(folder, NEXT)}`)
if (results.failed) process.exitCode = 1
