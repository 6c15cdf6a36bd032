import { expect, onTestFinished, test } from 'vitest'
import { testCommands } from '../command-cases.ts'
import { createStage } from '../stage.ts'

testCommands('memory', undefined)

test('commands are thirty a minute and person', async () => {
  const s = await createStage()
  onTestFinished(() => s.close())
  await s.operator('Olga', 11)
  await s.operator('Oleg', 12)
  for (let at = 0; at < 31; at++) s.tg.write(11, '/start')
  const refused = await s.tg.message(11, ({ text }) => text.startsWith('Retry in'))
  expect(refused.text).toMatch(/^Retry in \d+ s\.$/)
  expect(s.tg.said(11).filter((text) => text.startsWith('Mission Control.'))).toHaveLength(30)
  expect(await s.ask(12, '/start')).toContain('Mission Control.')
})
