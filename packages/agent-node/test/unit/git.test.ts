import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import type { NodeWorkspace } from '../../src/index.ts'
import { fill, workspace } from '../support/folders.ts'
import { command, plan } from '../support/plans.ts'

const IDENTITY = ['-c', 'user.name=Test', '-c', 'user.email=test@example.invalid']
const ENV = {
  PATH: '/usr/local/bin:/usr/bin:/bin',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  HOME: '/',
}

/** Git as the author of a checkout runs it, with no protection at all. */
function raw(cwd: string, ...words: string[]): string {
  return execFileSync('git', [...IDENTITY, '-c', 'advice.addEmbeddedRepo=false', ...words], {
    cwd,
    env: ENV,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

function repository(path: string, files: Readonly<Record<string, string>>): void {
  mkdirSync(path, { recursive: true })
  fill(path, files)
  raw(path, 'init', '-q', '-b', 'main')
  raw(path, 'add', '-A')
  raw(path, 'commit', '-q', '-m', 'first')
}

const SIGNATURE = '-----BEGIN PGP SIGNATURE-----\n\nx\n-----END PGP SIGNATURE-----'

let ws: NodeWorkspace
let root: string
let marks: string

/** A program that leaves a mark when it is started, then does `body`. */
function trap(name: string, body = 'cat'): string {
  const path = join(dirname(marks), `${name}.sh`)
  writeFileSync(path, `#!/bin/sh\necho started >> "${marks}/${name}"\n${body}\n`)
  chmodSync(path, 0o755)
  return path
}

function git(...words: string[]) {
  return ws.run(plan(command(root, ['git', ...words])))
}

/** Each command line is refused, and nothing that the checkout names has been started. */
async function stops(...commands: readonly (readonly string[])[]) {
  for (const words of commands) {
    await expect(git(...words), words.join(' ')).rejects.toMatchObject({ name: 'WorkspaceError', code: 'GIT_CONFIG' })
  }
  expect(readdirSync(marks)).toEqual([])
}

beforeEach(() => {
  const made = workspace()
  ws = made.ws
  root = made.root
  marks = join(made.outside, 'marks')
  mkdirSync(marks)
})

/** Every setting of a checkout by which git starts a program for the commands that an agent commonly runs. */
function hostileCheckout(): void {
  repository(root, { 'a.txt': 'one\n', '.gitattributes': '*.txt diff=evil\n' })
  const settings: Readonly<Record<string, string>> = {
    'core.fsmonitor': trap('fsmonitor', ''),
    'core.pager': trap('pager'),
    'pager.log': trap('pager-log'),
    'core.editor': trap('editor', ''),
    'core.hooksPath': join(dirname(marks), 'hooks'),
    'diff.external': trap('external', ''),
    'diff.evil.command': trap('command', ''),
    'diff.evil.textconv': trap('textconv', 'cat "$1"'),
    'diff.evil.cachetextconv': 'true',
    // Signs well enough for a commit that carries a signature.
    'gpg.program': trap('gpg', `cat >/dev/null; echo '[GNUPG:] SIG_CREATED ' >&2; echo '${SIGNATURE}'`),
    'log.showSignature': 'true',
    'commit.gpgSign': 'true',
    'alias.st': `!${trap('alias', '')}`,
    'core.askPass': trap('askpass', ''),
    'credential.helper': `!${trap('credential', '')}`,
    'core.sshCommand': trap('ssh', ''),
    'core.alternateRefsCommand': trap('alternates', ''),
    'interactive.diffFilter': trap('difffilter'),
    'gc.auto': '1',
  }
  for (const [name, value] of Object.entries(settings)) raw(root, 'config', name, value)
  for (const folder of [join(root, '.git/hooks'), join(dirname(marks), 'hooks')]) {
    mkdirSync(folder, { recursive: true })
    for (const hook of [
      'pre-commit',
      'post-commit',
      'prepare-commit-msg',
      'commit-msg',
      'post-checkout',
      'post-index-change',
      'reference-transaction',
    ]) {
      const body = `echo started >> "${marks}/hook-${hook}"`
      writeFileSync(join(folder, hook), `#!/bin/sh\n${body}\n`)
      chmodSync(join(folder, hook), 0o755)
    }
  }
  raw(root, '-c', 'core.hooksPath=/dev/null', 'commit', '-q', '--allow-empty', '-S', '-m', 'signed')
  writeFileSync(join(root, 'a.txt'), 'two\n')
  rmSync(marks, { recursive: true })
  mkdirSync(marks)
}

describe('a hostile checkout', () => {
  test('starts its programs under git as it is, or the next tests would show nothing', () => {
    hostileCheckout()
    raw(root, '-c', 'commit.gpgSign=false', 'commit', '-q', '-a', '-m', 'x')
    raw(root, 'log', '-p', '--format=%G?')
    writeFileSync(join(root, 'a.txt'), 'three\n')
    raw(root, 'diff')
    const started = readdirSync(marks)
    for (const name of ['fsmonitor', 'textconv', 'command', 'gpg', 'hook-pre-commit']) expect(started).toContain(name)
  })

  test('starts none of them here, and git answers as in a plain one', async () => {
    hostileCheckout()
    expect((await git('diff')).stdout).toContain('-one\n+two\n')
    expect((await git('status', '--short')).stdout).toBe(' M a.txt\n')
    expect((await git('status', '-v', '-v')).exitCode).toBe(0)
    expect((await git('diff', '--stat')).stdout).toContain('a.txt | 2 +-')
    expect((await git('blame', 'a.txt')).exitCode).toBe(0)
    expect((await git('add', '-A')).exitCode).toBe(0)
    expect(await git('commit', '-m', 'second')).toMatchObject({ exitCode: 0 })
    expect((await git('checkout', '-b', 'work')).exitCode).toBe(0)
    expect((await git('log', '-p', '--format=%s %G?')).stdout).toContain('second N')
    expect(await git('log', '--format=%s')).toMatchObject({ stdout: 'second\nsigned\nfirst\n', stderr: '' })
    expect((await git('show', 'HEAD')).stdout).toContain('+two')
    expect((await git('branch')).stdout).toContain('* work')
    expect((await git('stash', 'list')).exitCode).toBe(0)
    expect((await git('grep', 'two')).stdout).toBe('a.txt:two\n')
    expect((await git('cat-file', '-p', 'HEAD:a.txt')).stdout).toBe('two\n')
    expect((await git('describe', '--always')).exitCode).toBe(0)
    expect((await git('-P', 'log', '--oneline')).exitCode).toBe(0)
    expect((await git('-C', '.', '-c', 'core.fsmonitor=true', '--no-pager', 'status')).exitCode).toBe(0)
    expect(readdirSync(marks)).toEqual([])
  })

  test('stops git where something else than the words would run', async () => {
    hostileCheckout()
    await stops(
      ['st'],
      ['diff', '--ext-diff'],
      ['difftool'],
      ['--exec-path=/tmp', 'status'],
      // An unknown flag might take the sub-command for its value.
      ['--new', 'diff'],
    )
    expect((await git('commit', '-a')).exitCode).not.toBe(0)
    expect(readdirSync(marks)).toEqual([])
  })
})

describe('filters of a checkout', () => {
  beforeEach(() => {
    repository(root, { 'a.txt': 'one\n', '.gitattributes': '*.txt filter=evil\n' })
    raw(root, 'config', 'filter.evil.clean', trap('clean'))
    raw(root, 'config', 'filter.evil.smudge', trap('smudge'))
    raw(root, 'config', 'filter.evil.process', trap('process', ''))
    raw(root, 'config', 'filter.evil.required', 'true')
    writeFileSync(join(root, 'a.txt'), 'two\n')
  })

  test('do not run when git only reads', async () => {
    expect((await git('status', '--short')).stdout).toBe(' M a.txt\n')
    expect((await git('diff')).stdout).toContain('-one\n+two\n')
    expect((await git('log', '-p')).stdout).toContain('+one')
    expect(readdirSync(marks)).toEqual([])
  })

  test('stop git where it would store or restore the wrong content', async () => {
    await stops(['add', 'a.txt'], ['commit', '-a', '-m', 'x'], ['checkout', '-b', 'x'], ['stash', 'push'])
  })

  test('under a name that could not be overridden stop git', async () => {
    writeFileSync(join(root, '.git/config'), `[filter "a=b"]\n\tclean = ${trap('odd')}\n`, { flag: 'a' })
    await stops(['status'])
  })

  test('from an included file are found', async () => {
    raw(root, 'config', '--remove-section', 'filter.evil')
    writeFileSync(join(root, '.git/more'), `[filter "evil"]\n\tclean = ${trap('included')}\n`)
    raw(root, 'config', 'include.path', 'more')
    await expect(git('add', 'a.txt')).rejects.toMatchObject({ code: 'GIT_CONFIG' })
    expect((await git('status', '--short')).stdout).toBe(' M a.txt\n')
    expect(readdirSync(marks)).toEqual([])
  })
})

describe('a submodule', () => {
  beforeEach(() => {
    repository(root, { 'a.txt': 'one\n' })
    repository(join(root, 'sub'), { 'b.txt': 'b\n', '.gitattributes': '*.txt filter=evil diff=evil\n' })
    raw(join(root, 'sub'), 'config', 'filter.evil.clean', trap('sub-clean'))
    raw(join(root, 'sub'), 'config', 'diff.evil.textconv', trap('sub-textconv', 'cat "$1"'))
    raw(join(root, 'sub'), 'config', 'core.fsmonitor', trap('sub-fsmonitor', ''))
    writeFileSync(join(root, '.gitmodules'), '[submodule "sub"]\n\tpath = sub\n\turl = ./sub\n\tignore = none\n')
    raw(root, 'config', 'submodule.sub.ignore', 'none')
    raw(root, 'config', 'submodule.sub.active', 'true')
    raw(root, 'config', 'submodule.sub.url', './sub')
    raw(root, 'config', 'submodule.recurse', 'true')
    raw(root, 'config', 'diff.submodule', 'diff')
    raw(root, 'config', 'status.submoduleSummary', 'true')
    raw(root, '-c', 'core.fsmonitor=false', 'add', '-A')
    raw(root, '-c', 'submodule.sub.ignore=all', 'commit', '-q', '-m', 'with sub')
    // A commit that the outer checkout does not know yet, and then a change of the same length.
    writeFileSync(join(root, 'sub/b.txt'), 'x\n')
    raw(join(root, 'sub'), 'commit', '-q', '-a', '-m', 'second')
    writeFileSync(join(root, 'sub/b.txt'), 'c\n')
    rmSync(marks, { recursive: true })
    mkdirSync(marks)
  })

  test('is not looked into by reading commands', async () => {
    for (const words of [['status'], ['diff'], ['log', '-p', '-2'], ['ls-files', '-m'], ['show']]) {
      expect((await git(...words)).exitCode).toBe(0)
    }
    expect((await git('diff')).stdout).toMatch(/-Subproject commit \w+\n\+Subproject commit \w+\n$/)
    expect((await git('status')).stdout).not.toContain('second')
    expect((await git('grep', '-l', '.')).stdout).toBe('.gitmodules\na.txt\n')
    expect(readdirSync(marks)).toEqual([])
  })

  test('with programs stops commands that would look into it', async () => {
    await stops(
      ['add', '-A'],
      ['commit', '-a', '-m', 'x'],
      ['diff', '--submodule=diff'],
      ['status', '--ignore-submodules=none'],
      ['describe', '--always', '--dirty'],
    )
  })

  test('without programs stops nothing', async () => {
    raw(join(root, 'sub'), 'config', '--remove-section', 'filter.evil')
    raw(join(root, 'sub'), 'config', '--remove-section', 'diff.evil')
    expect((await git('add', 'a.txt')).exitCode).toBe(0)
    expect(readdirSync(marks)).toEqual([])
  })
})

describe('another repository', () => {
  test('is not reached to complete a partial clone', async () => {
    const origin = join(dirname(marks), 'origin')
    repository(origin, { 'a.txt': 'one\n' })
    raw(origin, 'config', 'uploadpack.allowFilter', 'true')
    raw(dirname(root), 'clone', '-q', '--no-local', '--no-checkout', '--filter=blob:none', `file://${origin}`, root)
    raw(root, 'config', 'remote.origin.uploadpack', trap('uploadpack', 'exec git-upload-pack "$@"'))
    expect((await git('show', 'HEAD:a.txt')).exitCode).not.toBe(0)
    await expect(git('fetch')).rejects.toMatchObject({ code: 'GIT_CONFIG' })
    expect(readdirSync(marks)).toEqual([])
  })

  test('above the workspace is not taken for its own', async () => {
    repository(dirname(root), { 'above.txt': 'theirs\n' })
    const result = await git('log')
    expect(result.exitCode).toBe(128)
    expect(result.stderr).toContain('not a git repository')
  })

  test.each([
    ['a .git file', (theirs: string) => writeFileSync(join(root, 'in/.git'), `gitdir: ${theirs}/.git\n`)],
    [
      'core.worktree',
      (theirs: string) => {
        repository(join(root, 'in'), { x: '' })
        raw(join(root, 'in'), 'config', 'core.worktree', theirs)
      },
    ],
  ])('is not reached through %s', async (_, lead) => {
    const theirs = join(dirname(root), 'theirs')
    repository(theirs, { 'secret.txt': 'theirs\n' })
    mkdirSync(join(root, 'in'))
    lead(theirs)
    const inside = (...words: string[]) => ws.run(plan(command(join(root, 'in'), ['git', ...words])))
    await expect(inside('log', '-p')).rejects.toMatchObject({ code: 'GIT_CONFIG' })
    await expect(inside('diff')).rejects.toMatchObject({ code: 'GIT_CONFIG' })
  })

  test('hidden in a folder without a work tree is not read', async () => {
    repository(root, { 'a.txt': '' })
    raw(root, 'init', '-q', '--bare', 'bare')
    expect((await ws.run(plan(command(join(root, 'bare'), ['git', 'log'])))).exitCode).toBe(128)
    // Some versions of git refuse this themselves, for others the workspace does.
    const within = ws.run(plan(command(join(root, '.git'), ['git', 'log']))).catch((error: unknown) => error)
    const { code, stdout } = (await within) as { code?: string; stdout?: string }
    expect(code ?? stdout).toBe(code === undefined ? '' : 'GIT_CONFIG')
  })

  test('of which the workspace is a linked work tree is its own', async () => {
    const main = join(dirname(root), 'main')
    repository(main, { 'a.txt': 'one\n' })
    rmSync(root, { recursive: true })
    raw(main, 'worktree', 'add', '-q', root)
    expect((await git('log', '--format=%s')).stdout).toBe('first\n')
    writeFileSync(join(root, 'a.txt'), 'two\n')
    expect((await git('commit', '-a', '-m', 'mine')).exitCode).toBe(0)
  })
})

test('git works outside of a repository as far as it can', async () => {
  expect((await git('--version')).stdout).toMatch(/^git version /)
  expect((await git('status')).exitCode).toBe(128)
  expect((await git('init', '-q')).exitCode).toBe(0)
  expect(existsSync(join(root, '.git/config'))).toBe(true)
})

test('an author in the checkout or the environment comes before the stand-in', async () => {
  repository(root, { 'a.txt': 'one\n' })
  const author = async () => {
    writeFileSync(join(root, 'a.txt'), `${Math.random()}\n`)
    expect((await git('commit', '-a', '-m', 'x')).exitCode).toBe(0)
    return raw(root, 'log', '-1', '--format=%ae').trim()
  }
  expect(await author()).toBe('agent@mission-control.invalid')
  raw(root, 'config', 'user.email', 'own@example.invalid')
  expect(await author()).toBe('own@example.invalid')
})

const isRoot = process.getuid?.() === 0
if (!isRoot) console.log('The test on a checkout of another user is not part of this run: only root can make one.')
if (isRoot) {
  test('a checkout that belongs to another user works', async () => {
    repository(root, { 'a.txt': 'one\n' })
    execFileSync('chown', ['-R', '65534:65534', root])
    expect(() => raw(root, 'status')).toThrow()
    expect((await git('log', '--format=%s')).stdout).toBe('first\n')
    expect((await git('status', '--short')).stdout).toBe('')
    expect(readFileSync(join(root, 'a.txt'), 'utf8')).toBe('one\n')
  })
}
