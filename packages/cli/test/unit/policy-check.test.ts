import { describe, expect, test } from 'vitest'
import { lines, policyOf, refV1File, run } from './memory-terminal.ts'

interface Decided {
  readonly id: string | number
  readonly decision: string
  readonly riskLevel: string
  readonly reason: string
  readonly violations: readonly { readonly code: string }[]
}

const BUILT_IN = policyOf({}, { workspace: { root: '/srv/app', home: '/home/agent' } })

async function check(cases: readonly unknown[], policy = BUILT_IN): Promise<readonly Decided[]> {
  const files = { p: policy, c: cases.map((one) => JSON.stringify(one)).join('\n') }
  const { code, out, err } = await run(['policy', 'check', '--policy', 'p', '--cases', 'c', '--json'], files)
  expect({ code, err }).toEqual({ code: 0, err: '' })
  return lines<Decided>(out)
}

async function decisions(cases: readonly unknown[], policy = BUILT_IN): Promise<readonly string[]> {
  return (await check(cases, policy)).map(({ decision }) => decision)
}

const shell = (command: string, context = {}) => ({ id: command, tool: 'exec', input: { command }, context })
const fetching = (url: string, context = {}) => ({
  id: url,
  tool: 'http_request',
  input: { url, method: 'GET' },
  context,
})
const reading = (path: string, context = {}) => ({ id: path, tool: 'read_file', input: { path }, context })

describe('one decision per line', () => {
  test('in the order of the cases, with exactly the fields that were promised', async () => {
    const decided = await check([
      { ...shell('rm -rf /'), id: 7, note: 'unknown fields are notes' },
      shell('git status'),
    ])
    expect(decided.map(({ id }) => id)).toEqual([7, 'git status'])
    expect(Object.keys(decided[0] ?? {})).toEqual(['id', 'decision', 'riskLevel', 'reason', 'violations'])
    expect(decided.map(({ decision, riskLevel }) => `${decision} ${riskLevel}`)).toEqual(['DENY RED', 'ALLOW YELLOW'])
  })

  test('R-38, R-39: what has no arguments or no known name is RED', async () => {
    const cases = [
      { id: 1, tool: 'exec' },
      { id: 2, tool: 'exec', input: null },
      { id: 3, tool: 'transfer_funds', input: {} },
      { id: 4, tool: 'evil.read', input: { path: 'a' } },
      { id: 5, tool: '', input: {} },
    ]
    expect((await check(cases)).map(({ decision, riskLevel }) => `${decision} ${riskLevel}`)).toEqual(
      cases.map(() => 'NEEDS_APPROVAL RED'),
    )
  })

  test('no case at all is no line', async () => {
    expect(await check([])).toEqual([])
  })
})

describe('the context is all there is', () => {
  test('a shell or a system that is not understood asks', async () => {
    const cases = [
      shell('ls', { shell: 'powershell' }),
      shell('ls', { platform: 'win32' }),
      shell('ls', { shell: 'bash' }),
    ]
    expect(await decisions(cases)).toEqual(['NEEDS_APPROVAL', 'NEEDS_APPROVAL', 'ALLOW'])
  })

  test('the workspace and the home folder of a case come before those of the file', async () => {
    const elsewhere = { workspaceRoot: '/srv/x', cwd: '/srv/x/sub', home: '/srv/x/home' }
    expect(await decisions([reading('/srv/x/a.ts', elsewhere), reading('/srv/app/a.ts', elsewhere)])).toEqual([
      'ALLOW',
      'NEEDS_APPROVAL',
    ])
    expect(await decisions([reading('/srv/app/a.ts'), reading('/srv/x/a.ts')])).toEqual(['ALLOW', 'NEEDS_APPROVAL'])
  })

  test('links are followed as a kernel would: chained, through folders, relative, and in circles', async () => {
    const follow = (symlinks: Record<string, string>) => ({ fs: { symlinks } })
    const cases = [
      reading('a', follow({ a: 'b', b: 'c.ts' })),
      reading('a', follow({ a: 'b', b: '/etc/passwd' })),
      reading('dir/x/passwd', follow({ dir: 'real', 'real/x': '../../../etc' })),
      reading('dir/../a.ts', follow({ dir: '/etc/ssl' })),
      reading('a', follow({ a: 'b', b: 'a' })),
      reading('/srv/app/deep/a', follow({ '/srv/app/deep': '/srv/app/src' })),
    ]
    expect(await decisions(cases)).toEqual([
      'ALLOW',
      'NEEDS_APPROVAL',
      'NEEDS_APPROVAL',
      'NEEDS_APPROVAL',
      'NEEDS_APPROVAL',
      'ALLOW',
    ])
  })

  test('R-44: every answer of a name counts, every hop is judged', async () => {
    const open = { mode: 'public', dns: { '*': '93.184.216.34' } }
    const hop = (location: string) => ({ ...open, redirects: { 'https://a.example/': { status: 302, location } } })
    const cases = [
      fetching('https://a.example/', open),
      fetching('https://a.example/', { mode: 'public', dns_seq: { 'a.example': ['93.184.216.34', '127.0.0.1'] } }),
      fetching('https://a.example/', { mode: 'public', dns_seq: { 'a.example': [['93.184.216.34'], ['10.0.0.1']] } }),
      fetching('https://a.example/', hop('http://169.254.169.254/')),
      fetching('https://a.example/', hop('https://b.example/')),
      fetching('https://2130706433/', open),
      fetching('https://github.com@evil.example/', open),
      fetching('https://a.example/', { mode: 'public' }),
    ]
    expect(await decisions(cases)).toEqual(['ALLOW', 'DENY', 'DENY', 'DENY', 'ALLOW', 'DENY', 'DENY', 'NEEDS_APPROVAL'])
  })
})

describe('a file that cannot be used', () => {
  async function refusal(policy: string, cases: string): Promise<string> {
    const words = ['policy', 'check', '--policy', 'p.json', '--cases', 'c.jsonl', '--json']
    const { code, out, err } = await run(words, { 'p.json': policy, 'c.jsonl': cases })
    expect({ code, out }).toEqual({ code: 2, out: '' })
    return err
  }

  test('names line and field of a case, and judges nothing', async () => {
    const good = JSON.stringify(shell('ls'))
    expect(await refusal(BUILT_IN, `${good}\n\n{"id":2,"tool":7}`)).toContain('c.jsonl: line 3: tool: ')
    expect(await refusal(BUILT_IN, `${good}\n{"tool":"exec"}`)).toContain('c.jsonl: line 2: id: ')
    expect(await refusal(BUILT_IN, `${good}\n{"id"`)).toContain('c.jsonl: line 2: no JSON')
    const badContext = JSON.stringify({ ...shell('ls'), context: { dns: { 'a.example': [7] } } })
    expect(await refusal(BUILT_IN, badContext)).toContain('c.jsonl: line 1: context.dns.a.example')
    expect(await refusal(BUILT_IN, JSON.stringify({ ...shell('ls'), context: { mode: 'open' } }))).toContain(
      'context.mode',
    )
  })

  test('names line or field of a policy', async () => {
    expect(await refusal('{\n "a": 1,\n oops\n}', '')).toContain('p.json: no JSON: line 3')
    expect(await refusal('{}', '')).toContain('p.json: format: ')
    expect(await refusal(policyOf({ files: { read: 'all' } }), '')).toContain('p.json: content.files.read: ')
    expect(await refusal(policyOf({ fiels: {} }), '')).toContain('fiels')
  })

  test('no policy, no cases and unknown options are faults of the command line', async () => {
    expect((await run(['policy', 'check', '--cases', 'c'])).code).toBe(2)
    expect((await run(['policy', 'check', '--policy', 'p'])).code).toBe(2)
    expect((await run(['policy', 'check', '--polic', 'p', '--cases', 'c'])).code).toBe(2)
    expect((await run(['policy', 'nothing'])).code).toBe(2)
    expect((await run(['--help'])).code).toBe(0)
  })
})

describe('several files', () => {
  test('R-45: deny lists are united, and other fields come from the most specific', async () => {
    const global = policyOf({ files: { write: ['src/**', 'docs/**'], denyWrite: ['src/a.ts'] } })
    const agent = policyOf({ files: { write: ['docs/**'] } }, { name: 'agent', scopeType: 'AGENT' })
    const writing = (path: string) =>
      JSON.stringify({ id: path, tool: 'write_file', input: { path, content: '' }, context: { cwd: '/w' } })
    const files = { g: global, a: agent, c: ['src/a.ts', 'src/b.ts', 'docs/c.md'].map(writing).join('\n') }
    const words = ['policy', 'check', '--policy', 'g', '--policy', 'a', '--cases', 'c', '--json']
    const { out } = await run(words, files)
    expect(lines<Decided>(out).map(({ decision }) => decision)).toEqual(['DENY', 'NEEDS_APPROVAL', 'ALLOW'])
  })
})

describe('a file of the form ref-v1', () => {
  test('means what its entries say', async () => {
    const cases = [
      shell('ls -l'),
      shell('git branch --list x'),
      shell('git branch x'),
      shell('wc -l a'),
      shell('npm test'),
    ]
    expect(await decisions(cases, JSON.stringify(refV1File()))).toEqual([
      'ALLOW',
      'ALLOW',
      'NEEDS_APPROVAL',
      'NEEDS_APPROVAL',
      'ALLOW',
    ])
    const urls = [fetching('https://api.example.com/'), fetching('https://other.example/'), shell('npx tsc --noEmit')]
    expect(await decisions([...urls, shell('npx vitest run')], JSON.stringify(refV1File()))).toEqual([
      'ALLOW',
      'NEEDS_APPROVAL',
      'ALLOW',
      'NEEDS_APPROVAL',
    ])
  })

  test.each(['inspect', 'search', 'git', 'runners'])('an entry of %s that is not known is an error', async (list) => {
    const file = refV1File()
    file.shell.allow[list]?.push('frobnicate (gently)')
    const words = ['policy', 'check', '--policy', 'p', '--cases', 'c']
    const { code, err } = await run(words, { p: JSON.stringify(file), c: '' })
    expect({ code, err }).toEqual({
      code: 2,
      err: expect.stringMatching(new RegExp(`^p: shell\\.allow\\.${list}\\.\\d: .*frobnicate`)),
    })
  })

  test.each([
    ['branch', 'git'],
    ['node', 'inspect'],
    ['curl', 'search'],
    ['date (anything)', 'inspect'],
  ])('%s is no entry of %s, because its limits are part of it', async (entry, list) => {
    const file = refV1File()
    file.shell.allow[list] = [entry]
    const { code } = await run(['policy', 'lint', '--policy', 'p'], { p: JSON.stringify(file) })
    expect(code).toBe(2)
  })
})
