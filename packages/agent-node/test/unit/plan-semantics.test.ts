import { spawnSync } from 'node:child_process'
import { cpSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ExecutionPlan } from '@mission-control/core'
import { describe, expect, test } from 'vitest'
import { folder, workspace } from '../support/folders.ts'
import { command, list, pipeline, plan } from '../support/plans.ts'

type Node = ExecutionPlan['root']
type Build = (run: (...argv: string[]) => ReturnType<typeof command>, root: string) => Node

const FILES = {
  'a.txt': 'pear\napple\nfig\napple\n',
  'b.txt': 'b\n',
  'src/one.ts': '1\n',
  'src/two.ts': '2\n22\n',
  'src/.hidden.ts': 'h\n',
  'with space.md': 'w\n',
  '-flag': 'f\n',
}

/** The text that bash is given, and the plan that must do the same. */
const CASES: readonly (readonly [text: string, build: Build])[] = [
  ['echo hello world', (run) => run('echo', 'hello', 'world')],
  ['cat a.txt b.txt', (run) => run('cat', 'a.txt', 'b.txt')],
  ['cat missing.txt', (run) => run('cat', 'missing.txt')],
  ['false', (run) => run('false')],
  ['nosuchprogram x', (run) => run('nosuchprogram', 'x')],
  ['true && echo yes', (run) => list(run('true'), ['success', run('echo', 'yes')])],
  ['false && echo no', (run) => list(run('false'), ['success', run('echo', 'no')])],
  ['false || echo saved', (run) => list(run('false'), ['failure', run('echo', 'saved')])],
  ['true || echo no', (run) => list(run('true'), ['failure', run('echo', 'no')])],
  [
    'false && echo a || echo b && echo c',
    (run) =>
      list(run('false'), ['success', run('echo', 'a')], ['failure', run('echo', 'b')], ['success', run('echo', 'c')]),
  ],
  ['false; echo after', (run) => list(run('false'), ['always', run('echo', 'after')])],
  ['echo before; false', (run) => list(run('echo', 'before'), ['always', run('false')])],
  ['nosuchprogram || echo b', (run) => list(run('nosuchprogram'), ['failure', run('echo', 'b')])],
  ['cat a.txt | sort | uniq -c', (run) => pipeline(run('cat', 'a.txt'), run('sort'), run('uniq', '-c'))],
  ['false | true', (run) => pipeline(run('false'), run('true'))],
  ['true | false', (run) => pipeline(run('true'), run('false'))],
  ['nosuchprogram | cat', (run) => pipeline(run('nosuchprogram'), run('cat'))],
  ['cat a.txt | nosuchprogram', (run) => pipeline(run('cat', 'a.txt'), run('nosuchprogram'))],
  ['yes | head -n 2', (run) => pipeline(run('yes'), run('head', '-n', '2'))],
  ['seq 200000 | tail -n 1', (run) => pipeline(run('seq', '200000'), run('tail', '-n', '1'))],
  ['seq 200000 | true', (run) => pipeline(run('seq', '200000'), run('true'))],
  ['cat a.txt | cat | cat | wc -l', (run) => pipeline(run('cat', 'a.txt'), run('cat'), run('cat'), run('wc', '-l'))],
  [
    '(echo a; echo b) | sort -r',
    (run) => pipeline(list(run('echo', 'a'), ['always', run('echo', 'b')]), run('sort', '-r')),
  ],
  ['cat a.txt | (true; cat)', (run) => pipeline(run('cat', 'a.txt'), list(run('true'), ['always', run('cat')]))],
  [
    'echo x | (cat && echo y) | wc -l',
    (run) => pipeline(run('echo', 'x'), list(run('cat'), ['success', run('echo', 'y')]), run('wc', '-l')),
  ],
  [
    '(false || echo a | cat) && echo b',
    (run) =>
      list(list(run('false'), ['failure', pipeline(run('echo', 'a'), run('cat'))]), ['success', run('echo', 'b')]),
  ],
  ['cat missing.txt 2>/dev/null', (run) => ({ ...run('cat', 'missing.txt'), stderr: { to: 'nothing' } })],
  ['cat a.txt >/dev/null', (run) => ({ ...run('cat', 'a.txt'), stdout: { to: 'nothing' } })],
  ['cat a.txt missing.txt 2>&1', (run) => ({ ...run('cat', 'a.txt', 'missing.txt'), stderr: { to: 'stdout' } })],
  [
    'cat missing.txt 2>&1 | wc -l',
    (run) => pipeline({ ...run('cat', 'missing.txt'), stderr: { to: 'stdout' } }, run('wc', '-l')),
  ],
  ['echo e >&2', (run) => ({ ...run('echo', 'e'), stdout: { to: 'stderr' } })],
  ['sort < a.txt', (run, root) => ({ ...run('sort'), stdin: { from: 'file', path: join(root, 'a.txt') } })],
  ['sort < missing.txt', (run, root) => ({ ...run('sort'), stdin: { from: 'file', path: join(root, 'missing.txt') } })],
  ["cat <<'E'\nb $x `y`\na\nE", (run) => ({ ...run('cat'), stdin: { from: 'text', text: 'b $x `y`\na\n' } })],
  ['cat <<< word', (run) => ({ ...run('cat'), stdin: { from: 'text', text: 'word\n' } })],
  [
    'echo new > out.txt',
    (run, root) => ({ ...run('echo', 'new'), stdout: { to: 'file', path: join(root, 'out.txt'), append: false } }),
  ],
  [
    'echo short > a.txt',
    (run, root) => ({ ...run('echo', 'short'), stdout: { to: 'file', path: join(root, 'a.txt'), append: false } }),
  ],
  [
    'echo more >> a.txt',
    (run, root) => ({ ...run('echo', 'more'), stdout: { to: 'file', path: join(root, 'a.txt'), append: true } }),
  ],
  [
    'cat a.txt missing.txt > out.txt 2>&1',
    (run, root) => {
      const to = { to: 'file' as const, path: join(root, 'out.txt'), append: false }
      return { ...run('cat', 'a.txt', 'missing.txt'), stdout: to, stderr: to }
    },
  ],
  [
    'echo x > missing/out.txt',
    (run, root) => ({
      ...run('echo', 'x'),
      stdout: { to: 'file', path: join(root, 'missing/out.txt'), append: false },
    }),
  ],
  [
    'cd src && ls',
    (_, root) => list({ kind: 'enter', cwd: join(root, 'src') }, ['success', command(join(root, 'src'), ['ls'])]),
  ],
  [
    'cd missing && ls',
    (_run, root) =>
      list({ kind: 'enter', cwd: join(root, 'missing') }, ['success', command(join(root, 'missing'), ['ls'])]),
  ],
  [
    'cd a.txt || echo no',
    (run, root) => list({ kind: 'enter', cwd: join(root, 'a.txt') }, ['failure', run('echo', 'no')]),
  ],
  ['echo *', (run) => ({ ...run('echo', '*'), patterns: [1] })],
  ['echo src/*.ts', (run) => ({ ...run('echo', 'src/*.ts'), patterns: [1] })],
  ['echo src/.h*', (run) => ({ ...run('echo', 'src/.h*'), patterns: [1] })],
  [
    'echo ?.txt [a]* [!a].txt [[:alpha:]].txt',
    (run) => ({ ...run('echo', '?.txt', '[a]*', '[!a].txt', '[[:alpha:]].txt'), patterns: [1, 2, 3, 4] }),
  ],
  ['echo */ */*.ts **/one.ts', (run) => ({ ...run('echo', '*/', '*/*.ts', '**/one.ts'), patterns: [1, 2, 3] })],
  ['echo nothing*here', (run) => ({ ...run('echo', 'nothing*here'), patterns: [1] })],
  ['[ -f a.txt ] && echo there', (run) => list(run('[', '-f', 'a.txt', ']'), ['success', run('echo', 'there')])],
]

/** What bash calls itself and the line number are not ours to imitate; that something was complained about is. */
function complaint(stderr: string): boolean {
  return stderr !== ''
}

function contents(root: string): Record<string, string> {
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return Object.fromEntries(
    files.map(({ parentPath, name }) => {
      const path = join(parentPath, name)
      return [path.slice(root.length), readFileSync(path, 'utf8')]
    }),
  )
}

describe('a plan does what bash does with the text', () => {
  test.each(CASES)('%s', async (text, build) => {
    const { ws, root } = workspace(FILES)
    const twin = folder()
    cpSync(root, twin, { recursive: true })
    const ours = await ws.run(plan(build((...argv) => command(root, argv), root)))
    const bash = spawnSync('bash', ['--noprofile', '--norc', '-c', text], {
      cwd: twin,
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8' },
      encoding: 'utf8',
    })
    // A name that looks like a flag is handed on in a form that cannot be taken for one.
    const expected = bash.stdout.replace(/^-flag/, './-flag')
    expect({ exitCode: ours.exitCode, stdout: ours.stdout, complained: complaint(ours.stderr) }).toEqual({
      exitCode: bash.status,
      stdout: expected,
      complained: complaint(bash.stderr),
    })
    expect(contents(root)).toEqual(contents(twin))
  })
})

test('a folder or a named pipe in place of a file fails the command, and nothing waits for it', async () => {
  const { ws, root } = workspace({ 'src/a': '' })
  spawnSync('/usr/bin/env', ['mkfifo', join(root, 'fifo')])
  for (const name of ['src', 'fifo']) {
    const reading = command(root, ['cat'], { stdin: { from: 'file', path: join(root, name) } })
    const result = await ws.run(plan(list(reading, ['failure', command(root, ['echo', 'failed'])])))
    expect(result).toMatchObject({ exitCode: 0, stdout: 'failed\n' })
  }
})

test('2>&1 keeps the order in which a command wrote', async () => {
  const script = 'for (let i = 0; i < 50; i++) require("fs").writeSync(1 + (i % 2), `${i}\\n`)'
  const { ws, root } = workspace({ 'scripts/both.cjs': script })
  const { stdout } = await ws.run(plan(command(root, ['node', 'scripts/both.cjs'], { stderr: { to: 'stdout' } })))
  expect(stdout).toBe(Array.from({ length: 50 }, (_, i) => `${i}\n`).join(''))
})
