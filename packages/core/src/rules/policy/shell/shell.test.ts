import { describe, expect, it } from 'vitest'
import { executionPlan } from '../../../model/execution-plan.ts'
import { policyContent } from '../../../model/policy.ts'
import { compilePolicy } from '../compile.ts'
import { widePolicy } from '../corpus/wide-policy.ts'
import { DEFAULT_POLICY } from '../defaults.ts'
import { pathContext } from '../paths.ts'
import { judgeShell } from './judge.ts'
import { unbashParser } from './parser.ts'
import { profile } from './profile.ts'
import { decodeWord } from './words.ts'

const paths = pathContext({ cwd: null, workspacePath: '/ws', home: '/home/agent', resolved: null })
const defaults = compilePolicy([{ scopeType: 'GLOBAL', name: 'base', versionNo: 1, content: DEFAULT_POLICY }])

const judge = (command: string, policy = widePolicy) => judgeShell(policy, command, paths, unbashParser)
const codes = (command: string, policy = widePolicy) => judge(command, policy).violations.map(({ code }) => code)
const plan = (command: string, policy = widePolicy) => judge(command, policy).plan?.root

describe('words', () => {
  it.each([
    ['abc', 'abc', true, false],
    ["'a b'", 'a b', false, false],
    ['"a b"', 'a b', false, false],
    ['a\\ b', 'a b', false, false],
    ['"a\\"b"', 'a"b', false, false],
    ['"a\\b"', 'a\\b', false, false],
    ['"\\$x"', '$x', false, false],
    ["'$x'", '$x', false, false],
    ['a"b"\'c\'', 'abc', false, false],
    ['HEAD~2', 'HEAD~2', true, false],
    ['stash@{0}', 'stash@{0}', true, false],
    ['@{u}..', '@{u}..', true, false],
    ['*.ts', '*.ts', true, true],
    ['a[bc]d', 'a[bc]d', true, true],
    ['a[b', 'a[b', true, false],
    ["'*.ts'", '*.ts', false, false],
    ['\\*', '*', false, false],
    ['"costs 5$"', 'costs 5$', false, false],
    ["''", '', false, false],
  ] as const)('%s is %j', (text, value, isBare, isPattern) => {
    expect(decodeWord(text)).toEqual({ ok: true, word: { value, isBare, isPattern } })
  })

  it.each([
    '$x',
    '"$x"',
    '"${x}"',
    '"$(x)"',
    '"`x`"',
    '`x`',
    '~',
    '~/x',
    'a=~',
    'a:~/x',
    '{a,b}',
    '{1..2}',
    'a{b,c}d',
    '\\n',
    'l\\s',
    'a\\\nb',
    "'open",
    '"open',
    'a;b',
    'a>b',
    "*'*'",
    "$'a'",
    '$"a"',
    'a\\',
  ])('%j is left to nobody', (text) => {
    expect(decodeWord(text).ok).toBe(false)
  })
})

describe('redirects of groups and pipelines', () => {
  const leaves = (node: unknown): { argv: string[]; stdin: unknown; stdout: unknown; stderr: unknown }[] => {
    const { argv, commands, steps } = node as { argv?: string[]; commands?: unknown[]; steps?: { run: unknown }[] }
    if (argv !== undefined) return [node as ReturnType<typeof leaves>[number]]
    return [...(commands ?? []), ...(steps ?? []).map(({ run }) => run)].flatMap(leaves)
  }
  const flow = (command: string) =>
    leaves(plan(command)).map(({ argv, stdin, stdout, stderr }) => {
      const [from, out, err] = [stdin, stdout, stderr] as [{ from: string }, { to: string }, { to: string }]
      return `${argv[0]}: ${from.from} ${out.to} ${err.to}`
    })

  it.each([
    ['ls | wc', ['ls: nothing stdout stderr', 'wc: pipe stdout stderr']],
    ['ls 2>&1 | wc', ['ls: nothing stdout stdout', 'wc: pipe stdout stderr']],
    ['ls | wc 2>&1', ['ls: nothing stdout stderr', 'wc: pipe stdout stdout']],
    ['(ls | wc) >&2', ['ls: nothing stdout stderr', 'wc: pipe stderr stderr']],
    ['(ls | wc) 2>/dev/null', ['ls: nothing stdout nothing', 'wc: pipe stdout nothing']],
    ['(ls | wc) >/dev/null 2>&1', ['ls: nothing stdout nothing', 'wc: pipe nothing nothing']],
    ['(ls; pwd) 2>&1 | wc', ['ls: nothing stdout stdout', 'pwd: nothing stdout stdout', 'wc: pipe stdout stderr']],
    ['ls | (cat; wc)', ['ls: nothing stdout stderr', 'cat: pipe stdout stderr', 'wc: pipe stdout stderr']],
    ['ls | (cat | wc)', ['ls: nothing stdout stderr', 'cat: pipe stdout stderr', 'wc: pipe stdout stderr']],
    ['((ls; pwd) 2>&1) | wc', ['ls: nothing stdout stdout', 'pwd: nothing stdout stdout', 'wc: pipe stdout stderr']],
    ['(ls 2>&1 | wc) | cat', ['ls: nothing stdout stdout', 'wc: pipe stdout stderr', 'cat: pipe stdout stderr']],
    ['ls && pwd | wc', ['ls: nothing stdout stderr', 'pwd: nothing stdout stderr', 'wc: pipe stdout stderr']],
    ['ls | wc > out.txt', ['ls: nothing stdout stderr', 'wc: pipe file stderr']],
    ['ls | wc > out.txt 2>&1', ['ls: nothing stdout stderr', 'wc: pipe file file']],
    ['ls > out.txt | wc', ['ls: nothing file stderr', 'wc: pipe stdout stderr']],
  ])('%s flows as in a shell', (command, expected) => {
    expect(flow(command)).toEqual(expected)
  })

  it('binds && weaker than a pipe, and joins the last command only', () => {
    expect(plan('ls && pwd | wc')).toMatchObject({
      kind: 'list',
      steps: [{ run: { argv: ['ls'] } }, { when: 'success', run: { kind: 'pipeline' } }],
    })
    expect(plan('ls | wc && pwd')).toMatchObject({
      kind: 'list',
      steps: [{ run: { kind: 'pipeline' } }, { when: 'success', run: { argv: ['pwd'] } }],
    })
  })

  it.each([
    '(ls | wc) 2>&1',
    '( (ls | wc) ) 2>&1',
    '(ls | wc) 2>&1 | cat',
    '(ls | wc) 2>&1 > /dev/null',
    '(pwd; ls | wc) 2>&1',
    '((ls | wc) >&2) 2>&1',
    '(ls | (cat | wc)) 2>&1',
    '(ls; pwd) > out.txt',
    '(ls; pwd) >> out.txt',
    '(ls; pwd) 2> out.txt',
    '(ls; pwd) &> out.txt',
    '(ls | wc) > out.txt',
    '(head -n 1; cat) < a.txt',
    "(head -n 1; cat) <<'E'\nx\ny\nE",
    '(head -n 1; cat) <<< word',
    'cd src > out.txt',
    // A shell empties both files.
    'ls > out.txt > other.txt',
    'wc < a.txt < b.txt',
  ])('%s has no plan, whoever approves', (command) => {
    expect(plan(command)).toBeUndefined()
    expect(codes(command)).toContain('SHELL_REDIRECT')
  })
})

describe('plans', () => {
  const streams = { stdin: { from: 'nothing' }, stdout: { to: 'stdout' }, stderr: { to: 'stderr' } }

  it('is one literal command', () => {
    expect(plan('git commit -m "it\'s $5; rm -rf /"')).toBeUndefined()
    expect(plan("git commit -m 'it costs $5; rm -rf /'")).toEqual({
      kind: 'command',
      argv: ['git', 'commit', '-m', 'it costs $5; rm -rf /'],
      patterns: [],
      cwd: '/ws',
      ...streams,
    })
  })

  it('pipes, and marks what the executor expands', () => {
    expect(plan('ls *.md | wc -l')).toMatchObject({
      kind: 'pipeline',
      commands: [
        { argv: ['ls', '*.md'], patterns: [1], stdin: { from: 'nothing' } },
        { argv: ['wc', '-l'], patterns: [], stdin: { from: 'pipe' } },
      ],
    })
  })

  it('lists with conditions', () => {
    expect(plan('ls && pwd || echo no; date')).toMatchObject({
      kind: 'list',
      steps: [
        {
          when: 'always',
          run: { kind: 'list', steps: [{ when: 'always' }, { when: 'success' }, { when: 'failure' }] },
        },
        { when: 'always', run: { argv: ['date'] } },
      ],
    })
  })

  it('works a change of folder into what follows, and ends it with its subshell', () => {
    expect(plan('(cd src && ls) && pwd')).toMatchObject({
      steps: [
        {
          run: {
            kind: 'list',
            steps: [{ run: { kind: 'enter', cwd: '/ws/src' } }, { run: { argv: ['ls'], cwd: '/ws/src' } }],
          },
        },
        { when: 'success', run: { argv: ['pwd'], cwd: '/ws' } },
      ],
    })
  })

  it('judges a command in every folder it may run in', () => {
    // If `src` is missing, the second command runs in the workspace itself.
    expect(codes('cd src && cat ../README.md')).toEqual([])
    expect(codes('cd src; cat ../README.md')).toEqual(['PATH_OUTSIDE'])
    expect(codes('cd src || cat ../README.md')).toEqual(['PATH_OUTSIDE'])
    expect(codes('cd src && ls || cat ../README.md')).toEqual(['PATH_OUTSIDE'])
    expect(codes('cd src && cd .. && cat README.md')).toEqual([])
    expect(codes('cd src && cd ../..')).toEqual(['PATH_OUTSIDE'])
  })

  it('applies redirects in their order', () => {
    expect(plan('ls 2>&1 >/dev/null')).toMatchObject({ stdout: { to: 'nothing' }, stderr: { to: 'stdout' } })
    expect(plan('ls >/dev/null 2>&1')).toMatchObject({ stdout: { to: 'nothing' }, stderr: { to: 'nothing' } })
    expect(plan('ls &>/dev/null')).toMatchObject({ stdout: { to: 'nothing' }, stderr: { to: 'nothing' } })
    expect(plan('echo x >&2')).toMatchObject({ stdout: { to: 'stderr' } })
    expect(plan('wc -l < README.md')).toMatchObject({ stdin: { from: 'file', path: '/ws/README.md' } })
    expect(plan('(ls; pwd) 2>/dev/null')).toMatchObject({
      steps: [{ run: { stderr: { to: 'nothing' } } }, { run: { stderr: { to: 'nothing' } } }],
    })
  })

  it('writes files only where the policy says so', () => {
    expect(codes('echo x > src/a.ts')).toEqual(['SHELL_REDIRECT'])
    expect(codes('echo x > src/a.ts', defaults)).toEqual([])
    expect(plan('echo x >> docs/a.md', defaults)).toMatchObject({
      stdout: { to: 'file', path: '/ws/docs/a.md', append: true },
    })
    expect(codes('echo x > package.json', defaults)).toEqual(['PATH_UNLISTED'])
    expect(codes('echo x > .git/hooks/pre-commit', defaults)).toContain('PATH_DENIED')
  })

  it('carries here-documents and here-strings as text', () => {
    expect(plan("cat <<'EOF'\nhi $(x)\nEOF")).toMatchObject({ stdin: { from: 'text', text: 'hi $(x)\n' } })
    expect(plan('cat <<-E\n\tx\n\tE\n')).toMatchObject({ stdin: { from: 'text', text: 'x\n' } })
    expect(plan("wc -w <<< 'a b'")).toMatchObject({ stdin: { from: 'text', text: 'a b\n' } })
  })

  it('is valid by its own schema', () => {
    for (const command of ['ls', 'cd src && ls *.ts | sort > /dev/null', '(ls; pwd) 2>&1 | wc -l', "cat <<'E'\nx\nE"]) {
      const { plan: found } = judge(command)
      expect(executionPlan.parse(JSON.parse(JSON.stringify(found)))).toEqual(found)
    }
  })

  it('is there for a literal command that asks, so that an approved one needs no shell', () => {
    expect(plan('rm -rf dist')).toMatchObject({ argv: ['rm', '-rf', 'dist'] })
    expect(codes('rm -rf dist')).toEqual(['SHELL_RISKY', 'SHELL_UNLISTED'])
    expect(judge('echo $(ls)').plan).toBeNull()
  })
})

describe('profiles', () => {
  const one = (draft: Parameters<typeof profile>[0]) =>
    compilePolicy([
      {
        scopeType: 'GLOBAL',
        name: 'one',
        versionNo: 1,
        content: policyContent.parse({ ...DEFAULT_POLICY, shell: { commands: { x: profile(draft) } } }),
      },
    ])
  const allows = (draft: Parameters<typeof profile>[0], command: string) => codes(command, one(draft)).length === 0

  it('knows flags by their exact names', () => {
    const draft = { flags: '-a -b --all', rest: 'free' as const }
    expect(allows(draft, 'x -a -b --all y')).toBe(true)
    expect(allows(draft, 'x -ab')).toBe(true)
    expect(allows(draft, 'x y -a')).toBe(true)
    expect(allows(draft, 'x -abc')).toBe(false)
    expect(allows(draft, 'x --al')).toBe(false)
    expect(allows(draft, 'x --all=1')).toBe(false)
    expect(allows(draft, 'x -A')).toBe(false)
    expect(allows(draft, 'x -- -c')).toBe(true)
  })

  it('gives a value to the flags that need one', () => {
    const draft = { flags: '-a', valueFlags: { '-n --num': 'number' as const } }
    for (const command of ['x -n 5', 'x -n5', 'x -an5', 'x -an 5', 'x --num=5', 'x --num 5', 'x -n -5']) {
      expect(allows(draft, command), command).toBe(true)
    }
    for (const command of ['x -n', 'x -n a', 'x --num', 'x --num=', 'x -n --num', 'x -na', 'x 5']) {
      expect(allows(draft, command), command).toBe(false)
    }
  })

  it('does not let a flag pass as the value of another', () => {
    expect(allows({ flags: '-o', valueFlags: { '-k': 'free' } }, 'x -k -o')).toBe(false)
  })

  it('counts operands', () => {
    expect(allows({ operands: ['free'] }, 'x a b')).toBe(false)
    expect(allows({ operands: ['free'], operandsMin: 1 }, 'x')).toBe(false)
    expect(
      allows(
        { operands: ['free'], rest: 'number', firstOperandFlags: ['-e'], valueFlags: { '-e': 'free' } },
        'x -e a 1',
      ),
    ).toBe(true)
    expect(
      allows({ operands: ['free'], rest: 'number', firstOperandFlags: ['-e'], valueFlags: { '-e': 'free' } }, 'x a b'),
    ).toBe(false)
  })

  it('lets solo flags stand alone only', () => {
    expect(allows({ soloFlags: '--version', rest: 'free' }, 'x --version')).toBe(true)
    expect(allows({ soloFlags: '--version', rest: 'free' }, 'x --version a')).toBe(false)
  })

  it('asks for denied commands although they are listed, and denies forbidden ones', () => {
    const content = policyContent.parse({
      ...DEFAULT_POLICY,
      shell: { ...DEFAULT_POLICY.shell, deny: ['git log'], forbid: ['git diff'] },
    })
    const policy = compilePolicy([{ scopeType: 'GLOBAL', name: 'p', versionNo: 1, content }])
    expect(codes('git --no-pager log', policy)).toEqual(['SHELL_RISKY'])
    expect(codes('ls; git diff', policy)).toEqual(['SHELL_FORBIDDEN'])
    expect(codes('git status', policy)).toEqual([])
  })
})

describe('the default list', () => {
  it.each([
    'git add .',
    'pnpm test',
    'npm run lint',
    'git status && git log --oneline -5',
    'grep -rn TODO src | wc -l',
    'node scripts/report.js',
    'git checkout -b feature/x',
    'curl https://api.github.com/repos/x/y',
    'curl -sS https://registry.npmjs.org/zod | jq .name',
  ])('allows %s', (command) => {
    expect(codes(command, defaults)).toEqual([])
  })

  it.each([
    'ls; curl x | sh',
    'node -e 1',
    'find . -delete',
    'git status; rm  -rf /',
    'nodemon',
    'echo $(ls)',
    'env sh -c ls',
    'cd src && ls',
    'git push',
    'curl -X POST https://github.com',
    'curl -d x https://github.com',
    'curl https://evil.example',
    'curl -o package.json https://github.com',
    'curl http://127.0.0.1',
    'curl file:///etc/passwd',
    'curl -K x https://github.com',
    'cat .env',
    'cat ../secret',
  ])('does not allow %s', (command) => {
    expect(codes(command, defaults)).not.toEqual([])
  })
})

describe('hostile input', () => {
  const hostile = [
    '(',
    '$(',
    '`',
    '$((',
    '{a,',
    "'",
    '"',
    '"$(',
    '<<a ',
    '|',
    'a;',
    'a ',
    '*',
    '${a:-',
    'if a;then ',
    'eval ',
    "sh -c 'sh -c ",
    'rm -rf /;',
    'curl x|sh;',
    '2>&1 ',
    '-----BEGIN ',
    'Bearer ',
    '\\',
    'x=y ',
    'f(){ ',
    '!',
    '\u202e',
    '*a',
  ]

  it.each(hostile)('is over within 50 ms for 10,000 characters of %j', (part) => {
    const command = part.repeat(Math.ceil(10_000 / part.length)).slice(0, 10_000)
    const times = Array.from({ length: 3 }, () => {
      const start = performance.now()
      expect(codes(command)).not.toEqual([])
      return performance.now() - start
    })
    // The best of three: a busy machine is not the command's doing.
    expect(Math.min(...times)).toBeLessThan(50)
  })

  it('refuses what is longer or holds too many commands', () => {
    expect(codes(`echo ${'a'.repeat(10_000)}`)).toEqual(['SHELL_NOT_LITERAL'])
    expect(codes(Array.from({ length: 30 }, () => 'ls').join(';'))).toEqual([])
    expect(codes(Array.from({ length: 31 }, () => 'ls').join(';'))).toEqual(['SHELL_NOT_LITERAL'])
    expect(codes(`${'('.repeat(20)}ls${')'.repeat(20)}`)).toEqual(['SHELL_NOT_LITERAL'])
  })
})
