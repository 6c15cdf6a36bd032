import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { detectSecrets, preview, redactText } from './text.ts'

const alnum = (min: number, max: number) =>
  drawn('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789', min, max)
const hex = (length: number) => drawn('0123456789abcdef', length, length)

/** Without bias: a token of one repeated letter is a stand-in, not a token. */
function drawn(alphabet: string, minLength: number, maxLength: number): fc.Arbitrary<string> {
  return fc.noBias(fc.string({ unit: fc.constantFrom(...alphabet), minLength, maxLength }))
}

/** How the tokens of providers are built, written down a second time from their documentation. */
const TOKENS = fc
  .oneof(
    alnum(36, 36).map((body) => `ghp_${body}`),
    alnum(20, 20).map((body) => `glpat-${body}`),
    fc.tuple(hex(12), alnum(24, 24)).map(([id, body]) => `xoxb-1${id}-1${id}-${body}7z`),
    drawn('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 16, 16).map((body) => `AKIA${body}`),
    alnum(35, 35).map((body) => `AIza${body}`),
    alnum(95, 95).map((body) => `sk-ant-api03-${body}`),
    alnum(48, 48).map((body) => `sk-${body}`),
    alnum(24, 99).map((body) => `sk_live_${body}`),
    fc.tuple(alnum(22, 22), alnum(43, 43)).map(([id, body]) => `SG.${id}.${body}`),
    alnum(36, 36).map((body) => `npm_${body}`),
    alnum(34, 34).map((body) => `hf_${body}`),
    alnum(52, 52).map((body) => `gsk_${body}`),
    fc.tuple(fc.integer({ min: 10_000_000, max: 9_999_999_999 }), alnum(33, 33)).map(([id, body]) => `${id}:AA${body}`),
    hex(64).map((body) => `dop_v1_${body}`),
    hex(32).map((body) => `shpat_${body}`),
    fc.tuple(alnum(26, 26), alnum(43, 43)).map(([id, body]) => `mc_live_${id}_${body}`),
    fc.tuple(alnum(20, 60), alnum(30, 90), alnum(43, 43)).map((parts) => `eyJ${parts.join('.')}`),
  )
  .filter((token) => new Set(token.slice(8)).size > 8)

/** Text of any kind that does not run into the token. */
const around = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '{"a":"',
    'token=',
    'Authorization: Bearer ',
    'https://example.com/?key=',
    '\\n',
    '\u001b[31m',
    '%3D',
    '密钥',
  ),
)
const separated = around.map((text) =>
  /[A-Za-z0-9_.:~+/-]$/.test(text) && !/\\n$|%3D$|\[31m$/.test(text) ? `${text} ` : text,
)

describe('R-47 secrets inside any text', () => {
  test('a token of a known shape vanishes', () => {
    fc.assert(
      fc.property(separated, TOKENS, around, (before, token, after) => {
        const tail = /^[A-Za-z0-9_=+/%.-]/.test(after) ? ` ${after}` : after
        return !redactText(before + token + tail).includes(token)
      }),
      { numRuns: 2000 },
    )
  })

  test('a token of a bot vanishes, also one whose letters could be words', () => {
    expect(redactText('bot 10000000:AAlxAwAAAAAcAAAAAgsAAAAArxAfkAAAAAb {')).toBe('bot [REDACTED:telegram] {')
  })

  test('the value of a password assignment vanishes', () => {
    const value = alnum(8, 40).filter(
      (text) => /\d/.test(text) && /[A-Za-z]/.test(text) && !/^\d+[a-z]{0,3}$/i.test(text),
    )
    const assignment = fc.constantFrom(
      (secret: string) => `password=${secret}`,
      (secret: string) => `DB_PASSWORD: ${secret}`,
      (secret: string) => JSON.stringify({ db: { password: secret } }),
      (secret: string) => JSON.stringify(JSON.stringify({ userPassword: secret })),
      (secret: string) => `mysql://root:${secret}@db/app`,
      (secret: string) => `--password ${secret}`,
      (secret: string) => `<password>${secret}</password>`,
    )
    fc.assert(
      fc.property(assignment, value, (write, secret) => !redactText(write(secret)).includes(secret)),
      { numRuns: 2000 },
    )
  })

  test('the labels and everything else stay', () => {
    const token = `gh${'p'}_${'a1B2c3D4'.repeat(4)}abcd`
    expect(redactText(`GITHUB_TOKEN=${token} npm test`)).toBe('GITHUB_TOKEN=[REDACTED:github] npm test')
    expect(redactText('Authorization: Bearer x9K2m4P7q1z5')).toBe('Authorization: Bearer [REDACTED:authorization]')
    expect(redactText('postgres://app:hunter22@db/app')).toBe('postgres://app:[REDACTED:password]@db/app')
    expect(redactText('{"user":"bob","password":"hunter22"}')).toBe('{"user":"bob","password":"[REDACTED:password]"}')
    expect(redactText('Cookie: theme=dark; sid=x9K2m4P7q1')).toBe('Cookie: theme=dark; sid=[REDACTED:cookie]')
    const key = `-----BEGIN PRIVATE KEY-----\n${'MIIEvQIBADANBgkq'.repeat(4)}\n-----END PRIVATE KEY-----\n`
    expect(redactText(key)).toBe('-----BEGIN PRIVATE KEY-----[REDACTED:private-key]-----END PRIVATE KEY-----\n')
    expect(redactText('mysql -u root -phunter22 app')).toBe('mysql -u root -p[REDACTED:password] app')
  })

  test('several secrets in one text all go', () => {
    const text = 'password=hunter22 and api_key=x9K2m4P7q1 and redis://:hunter33@cache'
    expect(redactText(text)).toBe(
      'password=[REDACTED:password] and api_key=[REDACTED:key] and redis://:[REDACTED:password]@cache',
    )
  })

  test('a forged mark does not shield what follows it', () => {
    expect(redactText('password=[REDACTED:x]hunter22')).toBe('password=[REDACTED:password]')
  })
})

const FRAGMENTS = fc.constantFrom(
  'password',
  'token',
  'secret',
  'api_key',
  'key',
  'Authorization',
  'Bearer ',
  'Basic ',
  'Cookie: ',
  '=',
  ': ',
  ':',
  '"',
  "'",
  '\\"',
  '\\',
  ' ',
  '\n',
  '\\n',
  ',',
  ';',
  '&',
  '?',
  '{',
  '}',
  '[',
  ']',
  '[REDACTED:x]',
  '[REDACTED:',
  '://',
  '@',
  '/',
  '-',
  '--',
  '.',
  '<',
  '>',
  '%3D',
  'hunter22',
  'x9K2m4P7q1',
  `gh${'p'}_a1B2c3D4a1B2c3D4a1B2c3D4`,
  'eyJhbGciOiJI.eyJzdWIiOiIx.',
  'sk-',
  'value',
  'name',
  'is',
  'mysql -p',
  '-----BEGIN PRIVATE KEY-----',
  '-----END PRIVATE KEY-----',
  'MIIEvQIBADANBgkqhkiG',
  'FOO=',
  '12345678:AA',
  'swordfish',
)

describe('redacting twice', () => {
  test('gives the same as redacting once', () => {
    const text = fc.array(
      fc.oneof({ weight: 5, arbitrary: FRAGMENTS }, { weight: 1, arbitrary: fc.string({ maxLength: 12 }) }),
      { maxLength: 25 },
    )
    fc.assert(
      fc.property(text, (parts) => {
        const once = redactText(parts.join(''))
        expect(redactText(once)).toBe(once)
      }),
      { numRuns: 5000 },
    )
  })

  test('finds nothing more', () => {
    fc.assert(
      fc.property(fc.array(FRAGMENTS, { maxLength: 25 }), (parts) => {
        expect(detectSecrets(redactText(parts.join('')))).toEqual([])
      }),
      { numRuns: 2000 },
    )
  })
})

describe('preview', () => {
  test('redacts before it cuts', () => {
    const text = `password=hunter22hunter22 ${'x'.repeat(600)}`
    expect(preview(text, 500)).toHaveLength(500)
    expect(preview(text, 14)).toBe('password=')
    expect(preview('password=hunter22', 500)).toBe('password=[REDACTED:password]')
  })

  test('keeps code points whole', () => {
    expect(preview('ab😀cd', 3)).toBe('ab')
    expect(preview('ab😀cd', 4)).toBe('ab😀')
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(60), (text, max) => {
        const cut = preview(text, max)
        return cut.length <= max && cut.isWellFormed()
      }),
    )
  })
})

/** Texts that make a careless pattern slow, each repeated to 64 KiB. */
const HOSTILE: readonly string[] = [
  'a',
  '-',
  ' ',
  '\\',
  '"',
  "'",
  ':',
  '=',
  ',',
  '.',
  '/',
  '@',
  'eyJ',
  'eyJ_',
  'eyJa.',
  'A',
  '1',
  'é',
  '😀',
  'password=',
  'password="',
  'password=\\"',
  'password: ',
  'token=token',
  'token="""',
  'key key ',
  'key=,',
  'key=,,,,',
  'Authorization: ',
  'Authorization: Digest ',
  'authorization:"',
  'Bearer ',
  'Basic ',
  'Cookie: a=',
  'Cookie: a=b;',
  'cookie=',
  '://',
  'a://',
  'a://b:',
  'a://b:c/',
  'mysql ',
  'mysql -',
  'curl -u a',
  'login a password',
  'echo ',
  'sk-',
  'sk-a',
  'ghp_',
  'SG.',
  'SG.aaaaaaaaaaaaaaaaaaaa',
  'xoxb-1',
  '-----BEGIN PRIVATE KEY-----',
  '-----BEGIN PRIVATE KEY-----.',
  '-----BEGIN ',
  '-----END ',
  'Private-Lines: 1\n',
  '"d":"',
  'kty"d":"',
  'M',
  'MAAA',
  'MAAAAAAAAAAAAAAAAAAAAAAA.',
  '12345678:',
  'AAAA',
  'prod:a',
  '[REDACTED:',
  '[REDACTED:x]',
  'password=[REDACTED:x]',
  'FOO_',
  'FOO=',
  '?sig=',
  '&code=',
  'hooks.slack.com/services/',
  'discord.com/api/webhooks/',
  '%3D',
  '%26',
  '\\u003d',
  '\\n',
  '\t',
  '\n',
  '<password>',
  'name value=',
  'identified by ',
  'a.',
  'a_',
  'aA',
  'a1',
  'key',
  'pass',
  'Q~',
  '0Q~',
  'aaa0Q~',
]

describe('speed', () => {
  test('64 KiB of ordinary log text takes under 20 ms', () => {
    const line =
      '2024-01-01T00:00:00Z INFO agent atlas ran `pnpm test` in 1523 ms, tokens used: 1523, key=value, url https://example.com/a?b=c\n'
    const text = line.repeat(Math.ceil(65_536 / line.length)).slice(0, 65_536)
    redactText(text)
    const times = Array.from({ length: 9 }, () => elapsed(() => redactText(text))).sort((a, b) => a - b)
    expect(times[0]).toBeLessThan(20)
  })

  test.each(HOSTILE.map((unit) => ({ unit })))('hostile text of $unit grows no faster than its length', ({ unit }) => {
    const small = timeOf(unit, 16_384)
    const large = timeOf(unit, 65_536)
    // Four times the text: 4 when linear, 16 when quadratic. A short time proves itself, whatever the ratio.
    expect(large).toBeLessThan(Math.max(250, small * 10))
  })
})

function timeOf(unit: string, chars: number): number {
  const text = unit.repeat(Math.ceil(chars / unit.length)).slice(0, chars)
  return elapsed(() => redactText(text))
}

/** Milliseconds of processor time, which do not count what else the machine does meanwhile. */
function elapsed(work: () => void): number {
  const start = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1000
}
