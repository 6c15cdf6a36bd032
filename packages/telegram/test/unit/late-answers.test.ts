import { unwrap } from '@mission-control/core'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createStage, type Stage } from '../stage.ts'

let s: Stage
beforeEach(async () => {
  s = await createStage({ bot: ({ clock }) => ({ now: () => clock.now() }) })
  await s.operator('Olga', 11)
})
afterEach(() => s.close())

const refused = () => s.tg.calls.filter(({ method, status }) => method === 'sendMessage' && status >= 429).length
const answers = () => s.tg.said(11).filter((text) => text.startsWith('Created'))

test('an answer in a storm of 429 comes when the chat takes it again, and what it tells happened once', async () => {
  s.tg.fail({ method: 'sendMessage', chatId: 11, code: 429, retryAfter: 30 })
  s.tg.write(11, '/create_task DOCS In the storm')
  await s.tg.until(() => refused() === 1, 'a refusal')
  await s.tg.until(() => s.tg.pending === 0, 'the update')
  for (let at = 0; at < 3; at++) await s.bot.push()
  expect([answers().length, refused()]).toEqual([0, 1])
  s.h.clock.advance(31_000)
  await s.tg.until(() => answers().length === 1, 'the answer')
  for (let at = 0; at < 3; at++) await s.bot.push()
  expect(answers()).toHaveLength(1)
  expect(unwrap(await s.h.admin.tasks.list({})).data.map(({ title }) => title)).toEqual(['In the storm'])
})

test('an answer that no chat will take is given up, and so is one that has grown old', async () => {
  s.tg.fail({ method: 'sendMessage', chatId: 11, code: 403, description: 'Forbidden: bot was blocked by the user' })
  s.tg.write(11, '/create_task DOCS Blocked')
  await s.tg.until(() => s.tg.pending === 0, 'the update')
  s.tg.fail({ method: 'sendMessage', chatId: 11, code: 429, retryAfter: 1200 })
  s.tg.write(11, '/create_task DOCS Old')
  await s.tg.until(() => refused() === 1, 'a refusal')
  await s.tg.until(() => s.tg.pending === 0, 'the update')
  s.h.clock.advance(1_201_000)
  for (let at = 0; at < 3; at++) await s.bot.push()
  expect(answers()).toEqual([])
  expect(unwrap(await s.h.admin.tasks.list({})).data).toHaveLength(2)
})
