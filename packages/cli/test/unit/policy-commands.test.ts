import { describe, expect, test } from 'vitest'
import { lines, policyOf, run } from './memory-terminal.ts'

describe('policy lint', () => {
  test('errors end with 1, warnings do not', async () => {
    const bad = policyOf({ network: { hosts: ['*'] } })
    const warned = policyOf({ rules: { redQuorum: 1 } })
    const { code, out } = await run(['policy', 'lint', '--policy', 'p', '--json'], { p: bad })
    expect(code).toBe(1)
    expect(lines<object>(out)[0]).toMatchObject({ policy: 'test', level: 'ERROR', code: 'EVERY_HOST' })
    expect((await run(['policy', 'lint', '--policy', 'p'], { p: warned })).code).toBe(0)
    expect((await run(['policy', 'lint', '--policy', 'p'], { p: policyOf({}) })).out).toBe('')
  })

  test('a narrower policy is measured against the broader one', async () => {
    const broad = policyOf({ toolMap: { risks: { 'fs.write': 'RED' } } })
    const narrow = policyOf({ toolMap: { risks: { 'fs.write': 'YELLOW' } } }, { name: 'narrow', scopeType: 'AGENT' })
    const { out } = await run(['policy', 'lint', '--policy', 'n', '--policy', 'b', '--json'], { n: narrow, b: broad })
    expect(out).toContain('NARROWER_LOWERS_RISK')
  })
})

describe('policy diff', () => {
  const before = policyOf({ files: { write: ['src/**', 'docs/**'] } })
  const after = policyOf({ files: { write: ['src/**', 'test/**'] }, rules: { redQuorum: 2 } })

  test('lists every change and says by its code that there are some', async () => {
    const { code, out } = await run(['policy', 'diff', 'a', 'b', '--json'], { a: before, b: after })
    expect(code).toBe(1)
    expect(lines<{ path: string; kind: string }>(out).map(({ path, kind }) => `${kind} ${path}`)).toEqual(
      expect.arrayContaining(['REMOVED files.write', 'ADDED files.write', 'ADDED rules']),
    )
  })

  test('says nothing about equal policies', async () => {
    expect(await run(['policy', 'diff', 'a', 'b'], { a: before, b: before })).toEqual({ code: 0, out: '', err: '' })
  })
})

describe('policy explain', () => {
  const words = ['policy', 'explain', '--policy', 'p', '--json', '--tool']
  const files = { p: policyOf({}, { workspace: { root: '/w' } }) }

  interface Explained {
    readonly decision: string
    readonly steps: readonly {
      readonly step: number
      readonly outcome: string
      readonly isDecisive: boolean
      readonly because: string
    }[]
    readonly matched: readonly { readonly rule: string; readonly entry: string }[]
  }
  const explain = async (tool: string, input: unknown) =>
    lines<Explained>((await run([...words, tool, '--input', JSON.stringify(input)], files)).out)[0] as Explained

  test('all twelve steps are there, in order, and those the decision rests on are marked', async () => {
    const { decision, steps } = await explain('exec', { command: 'git status; rm -rf /' })
    expect(decision).toBe('DENY')
    expect(steps.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    expect(steps.filter(({ isDecisive }) => isDecisive).map(({ step }) => step)).toEqual([6])
    expect(steps[6]).toMatchObject({ outcome: 'ASKS', because: expect.stringContaining('does not matter') })
  })

  test('entries that spoke for a call are named', async () => {
    const { decision, matched } = await explain('write_file', { path: 'src/a.ts', content: '' })
    expect(decision).toBe('ALLOW')
    expect(matched).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ rule: 'toolMap.names', entry: 'fs.write' }),
        expect.objectContaining({ rule: 'toolMap.risks', entry: 'YELLOW' }),
        expect.objectContaining({ rule: 'files.write', entry: 'src/**' }),
      ]),
    )
    const { matched: hosts } = await explain('web_fetch', { url: 'https://api.github.com/x' })
    expect(hosts).toEqual(expect.arrayContaining([expect.objectContaining({ rule: 'network.hosts' })]))
  })

  test('an input that is no JSON is a fault of the command line', async () => {
    expect(await run([...words, 'exec', '--input', '{'], files)).toMatchObject({ code: 2, out: '' })
  })
})

describe('redact', () => {
  const secret = `gh${'p_'}${'a1B2c3D4e5F6g7H8i9J0'}${'k1L2m3N4o5P6q7R8'}`

  test('R-47: takes secrets out of lines and keeps their order and everything else', async () => {
    const given = [
      { id: 1, text: `token ${secret} .` },
      { id: 'b', text: 'nothing here\n' },
    ]
    const { code, out } = await run(['redact', '--json'], { '-': given.map((one) => JSON.stringify(one)).join('\n') })
    expect(code).toBe(0)
    const [first, second] = lines<{ id: unknown; text: string }>(out)
    expect(first?.text).not.toContain(secret)
    expect(first?.text).toMatch(/^token \[REDACTED:[\w-]+\] \.$/)
    expect(second).toEqual({ id: 'b', text: 'nothing here\n' })
  })

  test('takes them out of plain text', async () => {
    expect((await run(['redact'], { '-': `a ${secret} b` })).out).toMatch(/^a \[REDACTED:[\w-]+\] b$/)
  })

  test('a bad line is named', async () => {
    expect((await run(['redact', '--json'], { '-': '{"id":1,"text":"a"}\n{"id":2}' })).err).toContain('line 2: text')
  })
})
