import { unwrap } from '@mission-control/core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { TelegramBot } from '../../src/index.ts'
import { type HttpAccess, httpAccess } from '../http-access.ts'
import { askYellow, working } from '../requests.ts'
import { createStage, OPS_CHAT, type Stage } from '../stage.ts'

/** What one key may read within a minute, and how often the bot looks in that time. */
const READS_PER_MINUTE_MAX = 300
const TICKS_PER_MINUTE = 30

let s: Stage
let http: HttpAccess
let bot: TelegramBot
let reads = 0
let writes = 0

beforeEach(async () => {
  s = await createStage()
  await s.bot.stop()
  http = await httpAccess(s.h, ({ method }) => {
    if (method === 'GET') reads++
    else writes++
  })
  bot = s.secondBot({ access: http.access })
})
afterEach(async () => {
  await bot.stop()
  await http.close()
  await s.close()
})

describe('a bot over HTTP', () => {
  test('that has nothing to do reads once per look, however many projects and open cards there are', async () => {
    for (let at = 1; at <= 12; at++) unwrap(await s.h.admin.projects.create({ name: `P${at}`, slug: `p${at}` }))
    const work = await working(s)
    for (let at = 1; at <= 5; at++) await askYellow(work, `Helper ${at}`)
    await bot.push()
    expect(s.tg.messages(OPS_CHAT).filter(({ buttons }) => buttons.length > 0)).toHaveLength(5)
    s.h.clock.advance(60_000)
    await bot.push()
    ;[reads, writes] = [0, 0]
    for (let at = 0; at < 5; at++) await bot.push()
    expect([reads, writes]).toEqual([5, 5])
  })

  test('stays far below its limit in a busy minute', async () => {
    await bot.push()
    reads = 0
    const work = await working(s)
    for (let tick = 0; tick < TICKS_PER_MINUTE; tick++) {
      unwrap(await work.worker.client.messages.post({ taskId: work.taskId, content: `Step ${tick}` }))
      const [kind, description] = ['PERFORMANCE', 'slow'] as const
      unwrap(await s.h.admin.alerts.raise({ type: kind, severity: 'WARNING', title: `Slow ${tick}`, description }))
      if (tick % 3 === 0) await askYellow(work, `Helper ${tick}`)
      await bot.push()
    }
    expect(s.tg.said(OPS_CHAT).filter((text) => text.includes('Step '))).toHaveLength(TICKS_PER_MINUTE)
    expect(reads).toBeLessThan(READS_PER_MINUTE_MAX / 3)
  })
})
