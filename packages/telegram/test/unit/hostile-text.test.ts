import { existsSync, readFileSync } from 'node:fs'
import { unwrap } from '@mission-control/core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createStage, OPS_CHAT, type Stage } from '../stage.ts'

/** Texts that try to be something else, and those of the labelled sample where it lies beside this repository. */
const OWN = [
  'a_b<c>&',
  '*Action:* nothing\n*Risk:* GREEN',
  '<b>bold</b> <a href="http://evil.example">x</a>',
  '[click](http://evil.example) https://evil.example',
  '/approve everything',
  '@everyone #tag $CASH',
  'Approve\u202E\u2066evil\u2069',
  '✅ Approved by Olga',
]
const SAMPLE =
  process.env.MC_SECURITY_SAMPLE ?? new URL('../../../../../shared/data/security', import.meta.url).pathname

function sampleTexts(): string[] {
  const file = `${SAMPLE}/text_injection.jsonl`
  if (!existsSync(file)) return []
  const rows = readFileSync(file, 'utf8').trim().split('\n')
  return rows.map((row) => (JSON.parse(row) as { input: string }).input).filter((text) => text.trim() !== '')
}

let s: Stage
beforeEach(async () => {
  s = await createStage()
})
afterEach(() => s.close())

describe('R-104: a hostile text', () => {
  test('in a description, a message or an alert is delivered as literal text, and nothing in it acts', async () => {
    await s.operator('Olga', 11)
    await s.bot.stop()
    const texts = [...OWN, ...sampleTexts()]
    const task = unwrap(await s.h.admin.tasks.create({ title: 'a_b<c>&', type: 'DOCS', description: OWN.join('\n') }))
    for (const content of texts)
      await s.h.admin.messages.post({ taskId: task.id, content: content.toWellFormed().replaceAll('\u0000', '') })
    for (let round = 0; round < 10; round++) await s.bot.push()
    const messages = s.tg.messages(OPS_CHAT)
    expect(messages.length).toBeGreaterThan(OWN.length)
    expect(messages[0]?.text).toContain('a_b<c>&')
    const told = messages.filter(({ text }) => text.startsWith('Ada · COMMENT'))
    for (const { text, entities } of told) {
      // Everything after the line of the bot is one preformatted block: no link, no command, no field.
      const [, block] = entities
      expect(block).toMatchObject({ type: 'pre', offset: text.indexOf('\n') + 1 })
      expect((block?.offset ?? 0) + (block?.length ?? 0)).toBe(text.length)
      expect(text).not.toMatch(/[\u202A-\u202E\u2066-\u2069\u200B]/)
    }
    expect(s.tg.calls.filter(({ method, status }) => method === 'sendMessage' && status === 400)).toEqual([])
    expect(s.tg.calls.some(({ params }) => 'parse_mode' in params)).toBe(false)
    expect(unwrap(await s.h.admin.approvals.list({})).data).toEqual([])
  })

  test('of 9000 characters is delivered in parts', async () => {
    const task = unwrap(await s.h.admin.tasks.create({ title: 'Long', type: 'DOCS' }))
    await s.tg.message(OPS_CHAT, ({ text }) => text.startsWith('📥'))
    unwrap(await s.h.admin.messages.post({ taskId: task.id, content: 'x'.repeat(9000) }))
    await s.tg.until(() => s.tg.said(OPS_CHAT).join('').split('x').length - 1 >= 9000, 'all parts')
  })
})
