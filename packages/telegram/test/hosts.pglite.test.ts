// Several hosts with a bot each, over one store: one of them leads, whoever dies.
import { PGlite } from '@electric-sql/pglite'
import { createPostgresStorage, fromPglite, migrate } from '@mission-control/adapter-postgres'
import { createMissionControl, type MissionControl, unwrap } from '@mission-control/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { accessInHost, type TelegramAccess, type TelegramBot } from '../src/index.ts'
import { createStage, OPS_CHAT, type Stage } from './stage.ts'

const client = fromPglite(new PGlite())
const hosts: { readonly mc: MissionControl; readonly bot: TelegramBot }[] = []
let s: Stage

/** Another host on the same store; one that dies gives nothing up. */
function host(isMortal: boolean): { readonly mc: MissionControl; readonly bot: TelegramBot } {
  const storage = createPostgresStorage({ client: { query: client.query }, clock: s.h.clock })
  const mc = createMissionControl({ storage })
  const access = accessInHost(mc)
  const made = { mc, bot: s.secondBot({ access: isMortal ? withoutFarewell(access) : access }) }
  hosts.push(made)
  return made
}

function withoutFarewell(access: TelegramAccess): TelegramAccess {
  const { bridge } = access
  const noteTurn: typeof bridge.telegram.noteTurn = (input, context) =>
    input.isOver === true ? Promise.reject(new Error('killed')) : bridge.telegram.noteTurn(input, context)
  return { ...access, bridge: { ...bridge, telegram: { ...bridge.telegram, noteTurn } } }
}

const polls = () => s.tg.calls.filter(({ method }) => method === 'getUpdates')

beforeAll(async () => {
  await migrate(client)
  s = await createStage({
    storage: (clock) => createPostgresStorage({ client: { query: client.query }, clock }),
  })
  await s.bot.stop()
}, 60_000)
afterAll(async () => {
  for (const { mc, bot } of hosts) {
    await bot.stop()
    await mc.close()
  }
  await s.close()
  await client.close?.()
})

test('one host polls and pushes; when it dies another goes on where it was, and nothing happens twice', async () => {
  const first = host(true)
  await first.bot.start()
  await s.operator('Olga', 11)
  const others = [host(false), host(false)]
  await Promise.all(others.map(({ bot }) => bot.start()))
  expect(await s.ask(11, '/create_task DOCS one')).toContain('Created')
  await s.tg.message(OPS_CHAT, ({ text }) => text.startsWith('📥 ') && text.includes(' one '))
  await first.bot.stop()

  // Nobody has the turn until the dead host's is over.
  s.tg.write(11, '/create_task DOCS two')
  await Promise.all(others.map(({ bot }) => bot.push()))
  expect(s.tg.pending).toBe(1)
  s.h.clock.advance(61_000)
  await s.tg.message(11, ({ text }) => text.startsWith('Created') && text.includes(' two '))
  await s.tg.message(OPS_CHAT, ({ text }) => text.startsWith('📥 ') && text.includes(' two '))
  expect(await s.ask(11, '/create_task DOCS three')).toContain('Created')
  await s.tg.message(OPS_CHAT, ({ text }) => text.startsWith('📥 ') && text.includes(' three '))

  const { data } = unwrap(await s.h.admin.tasks.list({}))
  expect(data.map(({ title }) => title).sort()).toEqual(['one', 'three', 'two'])
  expect(s.tg.said(OPS_CHAT).filter((text) => text.startsWith('📥 '))).toHaveLength(3)
  expect(s.tg.said(11).filter((text) => text.startsWith('Created'))).toHaveLength(3)
  // Telegram ends a poll when another one comes: that never happened.
  expect(polls().filter(({ status }) => status === 409)).toEqual([])
})
