import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { redactJson } from './json.ts'

const TOKEN = `gh${'p'}_${'a1B2c3D4'.repeat(5)}`

describe('R-47 JSON', () => {
  test('values below secret names go, whatever they look like', () => {
    const { value, redactedFields } = redactJson({
      user: 'bob',
      password: 'swordfish',
      db: { DB_PASSWORD: 'abc', pin: 1 },
      apiKey: 'short',
      headers: { Authorization: 'Bearer abc', 'set-cookie': ['a=b', 'c=d'], accept: '*/*' },
      secrets: { one: 'abc', two: 'def' },
    })
    expect(value).toEqual({
      user: 'bob',
      password: '[REDACTED:password]',
      db: { DB_PASSWORD: '[REDACTED:password]', pin: 1 },
      apiKey: '[REDACTED:key]',
      headers: {
        Authorization: '[REDACTED:authorization]',
        'set-cookie': ['[REDACTED:cookie]', '[REDACTED:cookie]'],
        accept: '*/*',
      },
      secrets: { one: '[REDACTED:secret]', two: '[REDACTED:secret]' },
    })
    expect(redactedFields).toEqual([
      'password',
      'db.DB_PASSWORD',
      'apiKey',
      'headers.Authorization',
      'headers.set-cookie[0]',
      'headers.set-cookie[1]',
      'secrets.one',
      'secrets.two',
    ])
  })

  test('secrets inside other strings and in keys go too', () => {
    expect(redactJson({ note: `use ${TOKEN} now`, [TOKEN]: [{ url: 'redis://:hunter22@cache' }] })).toEqual({
      value: {
        note: 'use [REDACTED:github] now',
        '[REDACTED:github]': [{ url: 'redis://:[REDACTED:password]@cache' }],
      },
      redactedFields: ['note', '[REDACTED:github]', '[REDACTED:github][0].url'],
    })
  })

  test('pairs of name and value, options and header lists are understood', () => {
    expect(redactJson([{ name: 'DB_PASSWORD', value: 'abc' }]).value).toEqual([
      { name: 'DB_PASSWORD', value: '[REDACTED:password]' },
    ])
    expect(redactJson(['tool', '--password', 'abc', '--verbose']).value).toEqual([
      'tool',
      '--password',
      '[REDACTED:password]',
      '--verbose',
    ])
    expect(redactJson([['authorization', 'Bearer abc']]).value).toEqual([['authorization', '[REDACTED:authorization]']])
    expect(redactJson({ secret: { value: 'abc', id: 'one' } }).value).toEqual({
      secret: { value: '[REDACTED:secret]', id: 'one' },
    })
  })

  test('JSON inside a string is read as well', () => {
    const { value } = redactJson({ body: JSON.stringify({ password: 'swordfish' }) })
    expect(value).toEqual({ body: '{"password":"[REDACTED:password]"}' })
  })

  test.each([
    { password: null, token: 5, tokens: 120, maxTokens: 4096, secret: true },
    { required: ['password', 'username'], properties: { password: { type: 'string' } } },
    {
      id: 'tsk_01HZX3Q8V0M6B2N7Y4K5T6R7S8',
      payloadHash: '9f86d081884c7d659a2feaa0c55ad015',
      sessionKey: 'agent:atlas:main',
    },
    { key: 'value', publicKey: 'MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=', apiKey: '<your key>' },
    { passwordHint: 'pet', tokenType: 'bearer', authorName: 'Ada', nextPageToken: 'CAUQAA' },
  ])('stays as it is: %j', (json) => {
    expect(redactJson(json)).toEqual({ value: json, redactedFields: [] })
  })

  test('two keys that become equal keep both values', () => {
    const other = TOKEN.replaceAll('a1', 'z9')
    expect(redactJson({ [TOKEN]: 1, [other]: 2 }).value).toEqual({ '[REDACTED:github]': 1, '[REDACTED:github]#2': 2 })
  })

  test('what is not JSON does not get through', () => {
    const loop: Record<string, unknown> = {}
    loop.self = loop
    expect(JSON.stringify(redactJson(loop).value)).toContain('[REDACTED:unreadable]')
    expect(redactJson({ run: () => 1, none: undefined, big: 1n, odd: Number.NaN })).toEqual({
      value: { run: '[REDACTED:unreadable]', big: '[REDACTED:unreadable]', odd: null },
      redactedFields: ['run', 'big'],
    })
    const parsed = JSON.parse('{"__proto__":{"password":"abc"}}')
    expect(Object.getPrototypeOf(redactJson(parsed).value)).toBe(Object.prototype)
    expect(JSON.stringify(redactJson(parsed).value)).toBe('{"__proto__":{"password":"[REDACTED:password]"}}')
  })

  test('redacting twice changes nothing more', () => {
    const key = fc.constantFrom(
      'password',
      'apiKey',
      'name',
      'value',
      'note',
      'secrets',
      'Authorization',
      '--token',
      TOKEN,
    )
    const text = fc.constantFrom(
      'abc',
      'password',
      '--token',
      'token',
      TOKEN,
      'Bearer x9K2m4P7q1',
      'password=hunter22',
      '<x>',
    )
    const { json } = fc.letrec((tie) => ({
      json: fc.oneof({ maxDepth: 4 }, text, fc.integer(), fc.constant(null), tie('list'), tie('record')),
      list: fc.array(tie('json'), { maxLength: 4 }),
      record: fc.dictionary(key, tie('json'), { maxKeys: 4 }),
    }))
    fc.assert(
      fc.property(json, (value) => {
        const once = redactJson(value)
        expect(redactJson(once.value)).toEqual({ value: once.value, redactedFields: [] })
        expect(JSON.stringify(once.value)).not.toContain(TOKEN)
      }),
      { numRuns: 2000 },
    )
  })
})
