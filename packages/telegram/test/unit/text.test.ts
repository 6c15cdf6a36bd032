import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cutText } from '../../src/text/cut-text.ts'
import { fromMarkdown } from '../../src/text/markdown.ts'
import { block, bold, hidesSomething, lines, revealed, rich, value } from '../../src/text/rich-text.ts'
import { splitText } from '../../src/text/split-text.ts'
import { duration, usd } from '../../src/text/words.ts'

describe('text with entities', () => {
  test('moves entities with their text, and has none that are empty', () => {
    const text = lines(rich('🔴 ', value('a_b<c>&')), bold(''), rich('Why: ', value('x')))
    expect(text.text).toBe('🔴 a_b<c>&\n\nWhy: x')
    expect(text.entities).toEqual([
      { type: 'code', offset: 3, length: 7 },
      { type: 'code', offset: 17, length: 1 },
    ])
  })

  test('keeps a value on its line and shows what hides', () => {
    expect(value('Agent: x\nRisk: GREEN').text).toBe('Agent: x ⏎ Risk: GREEN')
    expect(revealed('a\u202Eb\u200Bc\u0000d\u{E0041}')).toBe('a⟦U+202E⟧b⟦U+200B⟧c⟦U+0000⟧d⟦U+E0041⟧')
    for (const plain of ['naïve', '日本語', '👩‍👩‍👧', '✍️ done', 'tab\tand\nline'])
      expect(hidesSomething(plain)).toBe(false)
    for (const sly of ['\u200D', 'a\u2066b', '\u3164', 'x\u00ADy', '\uFEFF']) expect(hidesSomething(sly)).toBe(true)
  })

  test('is cut with a mark, not inside a character', () => {
    expect(cutText('abc', 3)).toBe('abc')
    expect(cutText(`${'x'.repeat(5)}😀${'x'.repeat(9)}`, 13)).toBe('xxxxx… (cut)')
    expect(cutText('😀'.repeat(20), 12).isWellFormed()).toBe(true)
  })

  test('shows reports as they are, headings bold', () => {
    const told = fromMarkdown('# Brief\n\n- a \\*b\\* [c](http://x)\n')
    expect(told.text).toBe('Brief\n\n• a *b* [c](http://x)')
    expect(told.entities.map(({ type }) => type)).toEqual(['bold', 'code'])
  })
})

describe('R-104: splitting', () => {
  test('delivers 9000 characters in parts that each fit', () => {
    const parts = splitText(lines('head', block('x'.repeat(9000)), 'tail'))
    expect(parts.map(({ text }) => text.length).every((units) => units <= 4096)).toBe(true)
    expect(
      parts
        .map(({ text }) => text)
        .join('')
        .replaceAll('\n', ''),
    ).toBe(`head${'x'.repeat(9000)}tail`)
    for (const { text, entities } of parts) {
      for (const { offset, length } of entities) expect(offset + length).toBeLessThanOrEqual(text.length)
    }
  })

  test('cuts no entity that fits into a message, no character, and loses nothing', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }).map((text) => rich(text.toWellFormed())),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }).map(value),
      fc.constant(rich('\n')),
      fc.constant(value('😀'.repeat(12))),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const whole = rich(...pieces)
        const parts = splitText(whole, 64)
        const told = parts
          .map(({ text }) => text)
          .join('')
          .replaceAll('\n', '')
        expect(told.replaceAll(/\s/g, '')).toBe(whole.text.replaceAll(/\s/g, ''))
        for (const { text, entities } of parts) {
          expect(text.length).toBeLessThanOrEqual(64)
          for (const { offset, length } of entities) {
            expect(length).toBeGreaterThan(0)
            expect(offset + length).toBeLessThanOrEqual(text.length)
          }
        }
        const codes = (given: typeof parts) =>
          given.flatMap(({ text, entities }) =>
            entities.map(({ offset, length }) => text.slice(offset, offset + length)),
          )
        const short = codes([whole]).filter((text) => text.length <= 32 && text.trim() !== '')
        const found = codes(parts)
        for (const text of short) expect(found).toContain(text)
      }),
      { numRuns: 200 },
    )
  })
})

describe('words', () => {
  test('tell money and time', () => {
    expect([usd(0), usd(250_000), usd(1234), usd(12_000_000)]).toEqual(['$0.00', '$0.25', '$0.001234', '$12.00'])
    expect([duration(0), duration(59 * 60_000), duration(61 * 60_000), duration(26 * 3_600_000)]).toEqual([
      '0 min',
      '59 min',
      '1 h 1 min',
      '1 d 2 h',
    ])
  })
})
