import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ExecutionPlan } from '@mission-control/core'
import { afterEach, describe, expect, test } from 'vitest'
import { findProgram } from '../../src/environment.ts'
import { createNodeWorkspace } from '../../src/index.ts'
import { folder, workspace } from '../support/folders.ts'
import { command, list, plan } from '../support/plans.ts'

describe('words', () => {
  const WORDS = ['$(touch pwned)', '`touch pwned`', '; touch pwned', '&& touch pwned', '| touch pwned', '> pwned']
  const MORE = ['$HOME', '${PATH}', '*', '?', '~', '{a,b}', '$((1+1))', '"', "'", '\\', 'a\nb', '!x', '#c', '<(ls)']

  test('reach the program as they are: nothing in them is interpreted', async () => {
    const { ws, root } = workspace({ 'a.txt': '' })
    const script = 'process.stdout.write(JSON.stringify(process.argv.slice(2)))'
    writeFileSync(join(root, 'show.cjs'), script)
    const { stdout } = await ws.run(plan(command(root, ['node', 'show.cjs', ...WORDS, ...MORE])))
    expect(JSON.parse(stdout)).toEqual([...WORDS, ...MORE])
    expect(existsSync(join(root, 'pwned'))).toBe(false)
  })
})

describe('the environment', () => {
  afterEach(() => {
    delete process.env.SOME_API_KEY
    delete process.env.NODE_OPTIONS
  })

  test('has nothing of the parent but what was given', async () => {
    process.env.SOME_API_KEY = 'sk-parent-secret'
    process.env.NODE_OPTIONS = '--max-old-space-size=512'
    const { ws, root } = workspace({}, { env: { CI: '1' } })
    const { stdout } = await ws.run(plan(command(root, ['env'])))
    const names = stdout
      .trim()
      .split('\n')
      .map((line) => line.split('=')[0])
    expect(names.sort()).toEqual(['CI', 'HOME', 'LANG', 'PAGER', 'PATH', 'PWD', 'SHELL', 'TERM'])
    expect(stdout).not.toContain('sk-parent-secret')
    expect(stdout).toContain(`HOME=${ws.home}\n`)
    expect(ws.home.startsWith(root)).toBe(false)
  })

  test.each([['PATH'], ['LD_PRELOAD'], ['NODE_OPTIONS'], ['GIT_DIR'], ['HOME'], ['BASH_ENV'], ['A B'], ['']])(
    '%s cannot be given',
    (name) => {
      const root = folder()
      expect(() => createNodeWorkspace({ root, env: { [name]: 'x' } })).toThrow(/may not be set/)
    },
  )

  test('names of an author can be given', async () => {
    const { ws, root } = workspace({}, { env: { GIT_AUTHOR_NAME: 'A' } })
    expect((await ws.run(plan(command(root, ['printenv', 'GIT_AUTHOR_NAME'])))).stdout).toBe('A\n')
  })
})

describe('a program', () => {
  test('is never taken from the workspace', async () => {
    const { ws, root } = workspace({ mytool: '#!/bin/sh\necho mine\n', ls: '#!/bin/sh\necho mine\n' })
    chmodSync(join(root, 'mytool'), 0o755)
    chmodSync(join(root, 'ls'), 0o755)
    expect(await ws.run(plan(command(root, ['mytool'])))).toMatchObject({ exitCode: 127, stdout: '' })
    expect((await ws.run(plan(command(root, ['ls'])))).stdout).toBe('ls\nmytool\n')
  })

  test('is not taken through a link into the workspace either', async () => {
    const outside = folder({ 'ws/tool': '', 'bin/x': '', 'own/tool': '' })
    for (const name of ['ws', 'own']) chmodSync(join(outside, name, 'tool'), 0o755)
    symlinkSync(join(outside, 'ws/tool'), join(outside, 'bin/tool'))
    const find = (...names: string[]) =>
      findProgram(
        'tool',
        names.map((name) => join(outside, name)),
        join(outside, 'ws'),
      )
    expect(await find('bin', 'own')).toBe(join(outside, 'own/tool'))
    expect(await find('bin')).toBeNull()
  })

  test('is the Node that runs this', async () => {
    const { ws, root } = workspace()
    expect((await ws.run(plan(command(root, ['node', '--version'])))).stdout.trim()).toBe(process.version)
  })
})

describe('a plan that cannot be run', () => {
  const invalid: readonly (readonly [string, (root: string) => unknown])[] = [
    ['a command with a slash', (root) => command(root, ['./x'])],
    ['an absolute command', (root) => command(root, ['/bin/ls'])],
    ['a command that is a flag', (root) => command(root, ['-x'])],
    ['an empty command', (root) => command(root, [''])],
    ['no words', (root) => command(root, [])],
    ['a NUL character', (root) => command(root, ['echo', 'a\0b'])],
    ['a relative folder', () => command('src', ['ls'])],
    ['a relative redirect', (root) => command(root, ['ls'], { stdin: { from: 'file', path: 'a' } })],
    ['a pipe where there is none', (root) => command(root, ['cat'], { stdin: { from: 'pipe' } })],
    ['a pattern out of range', (root) => command(root, ['ls'], { patterns: [1] })],
    ['an unknown step', () => ({ kind: 'shell', text: 'ls' })],
    ['an unknown output', (root) => ({ ...command(root, ['ls']), stdout: { to: 'network' } })],
    ['an empty list', () => ({ kind: 'list', steps: [] })],
    ['an empty pipeline', () => ({ kind: 'pipeline', commands: [] })],
  ]

  test.each(invalid)('throws before anything starts: %s', async (_, build) => {
    const { ws, root } = workspace()
    const first = command(root, ['echo', 'x'], { stdout: { to: 'file', path: join(root, 'started'), append: false } })
    const root_ = list(first, ['always', build(root) as ExecutionPlan['root']])
    await expect(ws.run(plan(root_))).rejects.toMatchObject({ name: 'WorkspaceError', code: 'PLAN_INVALID' })
    expect(existsSync(join(root, 'started'))).toBe(false)
  })

  test('throws for another version and for a tree without end', async () => {
    const { ws, root } = workspace()
    const other = { version: 2, root: command(root, ['ls']) } as unknown as ExecutionPlan
    await expect(ws.run(other)).rejects.toMatchObject({ code: 'PLAN_INVALID' })
    let node: ExecutionPlan['root'] = command(root, ['ls'])
    for (let depth = 0; depth < 30; depth += 1) node = list(node)
    await expect(ws.run(plan(node))).rejects.toMatchObject({ code: 'PLAN_INVALID' })
  })
})

describe('a workspace', () => {
  test.each([['/'], ['relative'], ['/does/not/exist']])('needs a folder of its own: %s', (root) => {
    expect(() => createNodeWorkspace({ root })).toThrow(/root/)
  })

  test('refuses limits that are no limits', () => {
    const root = folder()
    for (const timeMs of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1.5]) {
      expect(() => createNodeWorkspace({ root, limits: { timeMs } })).toThrow(/limits.timeMs/)
    }
  })

  test('removes the home folder it made and leaves one that was given', async () => {
    const root = folder()
    const own = createNodeWorkspace({ root })
    expect(existsSync(own.home)).toBe(true)
    await own.close()
    expect(existsSync(own.home)).toBe(false)
    const home = join(folder(), 'home')
    mkdirSync(home)
    const given = createNodeWorkspace({ root, home })
    await given.close()
    expect(existsSync(home)).toBe(true)
  })
})
