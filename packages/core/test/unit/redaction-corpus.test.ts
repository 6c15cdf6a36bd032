import { describe, expect, test } from 'vitest'
import { redactText } from '../../src/rules/redaction.ts'
import { BARE_TOKENS, CREDENTIALS_IN_CONTEXT, LOOK_ALIKES } from './corpus/secret-texts.ts'

describe('R-47 every secret value is gone', () => {
  test.each(BARE_TOKENS)('bare: $text', ({ text, secret }) => {
    expect(redactText(text)).not.toContain(secret)
    expect(redactText(text)).toMatch(/\[REDACTED:[a-z0-9-]+\]/)
  })

  test.each(BARE_TOKENS)('in a sentence, a log line and JSON: $text', ({ text, secret }) => {
    for (const around of [
      `use ${text} now`,
      `{"note":"${text}"}`,
      `2024-01-01 got=${text}`,
      `a\\n${text}\\nb`,
      `(${text})`,
    ]) {
      expect(redactText(around)).not.toContain(secret)
    }
  })

  test.each(CREDENTIALS_IN_CONTEXT)('in context: $text', ({ text, secret }) => {
    expect(text).toContain(secret)
    expect(redactText(text)).not.toContain(secret)
  })

  test.each([...BARE_TOKENS, ...CREDENTIALS_IN_CONTEXT])('twice is once: $text', ({ text }) => {
    const once = redactText(text)
    expect(once, 'the text as a whole is kept').not.toBe('[REDACTED:text]')
    expect(redactText(once)).toBe(once)
  })
})

describe('what only looks like a secret stays', () => {
  test.each(LOOK_ALIKES)('%s', (text) => {
    expect(redactText(text)).toBe(text)
  })
})
