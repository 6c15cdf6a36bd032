import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { readEnvironment } from './environment.ts'

const FULL = { TELEGRAM_BOT_TOKEN: '1:a', TELEGRAM_CHAT_ID: '-100, 11', MC_URL: 'http://host', MC_API_KEY: 'k' }

describe('the environment of the bot alone', () => {
  test('is read with its aliases', () => {
    expect(readEnvironment(FULL)).toMatchObject({
      chatIds: ['-100', '11'],
      url: 'http://host',
      apiRoot: null,
      webhook: null,
    })
    const { MC_URL: _, ...rest } = FULL
    expect(readEnvironment({ ...rest, VITE_CONVEX_URL: 'http://alias' })).toMatchObject({ url: 'http://alias' })
  })

  test('names everything that is missing or wrong at once', () => {
    expect(readEnvironment({})).toEqual([
      'TELEGRAM_BOT_TOKEN is missing',
      'TELEGRAM_CHAT_ID is missing',
      'MC_URL is missing (or VITE_CONVEX_URL)',
      'MC_API_KEY is missing',
    ])
    expect(readEnvironment({ ...FULL, TELEGRAM_CHAT_ID: '@ops' })).toEqual([expect.stringContaining('list of numbers')])
    expect(readEnvironment({ ...FULL, PORT: 'many' })).toEqual(['PORT is not the number of a port'])
  })

  test('is told by the page on deployment, variable for variable', () => {
    const page = readFileSync(new URL('../../../docs/deployment.md', import.meta.url), 'utf8')
    const source = readFileSync(new URL('./environment.ts', import.meta.url), 'utf8')
    const names = new Set([...source.matchAll(/'([A-Z][A-Z_]{3,})'/g)].map(([, name]) => name ?? ''))
    expect(names.size).toBeGreaterThan(8)
    for (const name of names) expect(page).toContain(`\`${name}\``)
  })
})
