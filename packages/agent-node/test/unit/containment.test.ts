import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { fill, workspace } from '../support/folders.ts'
import { command, list, pipeline, plan } from '../support/plans.ts'

const ESCAPES = { name: 'WorkspaceError', code: 'PATH_ESCAPES' }
const signal = new AbortController().signal

describe('a redirect', () => {
  test.each([
    ['out.txt', 'a link as the file'],
    ['dir/out.txt', 'a link as the folder'],
  ])('is not followed out of the workspace: %s (%s)', async (name) => {
    const { ws, root, outside } = workspace()
    mkdirSync(join(outside, 'other'))
    writeFileSync(join(outside, 'other/out.txt'), 'keep me')
    if (name === 'out.txt') symlinkSync(join(outside, 'other/out.txt'), join(root, name))
    else symlinkSync(join(outside, 'other'), join(root, 'dir'))
    for (const append of [false, true]) {
      const writing = command(root, ['echo', 'x'], { stdout: { to: 'file', path: join(root, name), append } })
      await expect(ws.run(plan(writing))).rejects.toMatchObject(ESCAPES)
    }
    const reading = command(root, ['cat'], { stdin: { from: 'file', path: join(root, name) } })
    await expect(ws.run(plan(reading))).rejects.toMatchObject(ESCAPES)
    expect(readFileSync(join(outside, 'other/out.txt'), 'utf8')).toBe('keep me')
  })

  test('does not make a file through a link that leads nowhere yet', async () => {
    const { ws, root, outside } = workspace()
    symlinkSync(join(outside, 'new.txt'), join(root, 'out.txt'))
    const writing = command(root, ['echo', 'x'], { stdout: { to: 'file', path: join(root, 'out.txt'), append: false } })
    await expect(ws.run(plan(writing))).rejects.toMatchObject(ESCAPES)
    expect(existsSync(join(outside, 'new.txt'))).toBe(false)
  })

  test('outside the workspace is refused unless the decision saw it', async () => {
    const { ws, root, outside } = workspace()
    writeFileSync(join(outside, 'shared.txt'), 'shared\n')
    const reading = plan(command(root, ['cat'], { stdin: { from: 'file', path: join(outside, 'shared.txt') } }))
    await expect(ws.run(reading)).rejects.toMatchObject(ESCAPES)
    const call = { tool: 'exec', input: { command: 'cat < ../shared.txt' }, cwd: null }
    await ws.resolve(call)
    expect(await ws.execute({ ...call, plan: reading, signal })).toEqual({ ok: true, output: 'shared\n' })
  })
})

describe('what changed since the call was judged', () => {
  test('a folder that became a link stops the command', async () => {
    const { ws, root, outside } = workspace({ 'dir/a.txt': 'mine\n' })
    fill(outside, { 'secret/a.txt': 'theirs\n' })
    const call = { tool: 'exec', input: { command: 'cat dir/a.txt' }, cwd: null }
    const reading = plan(command(root, ['cat', 'dir/a.txt']))
    await ws.resolve(call)
    expect(await ws.execute({ ...call, plan: reading, signal })).toEqual({ ok: true, output: 'mine\n' })
    rmSync(join(root, 'dir'), { recursive: true })
    symlinkSync(join(outside, 'secret'), join(root, 'dir'))
    const swapped = await ws.execute({ ...call, plan: reading, signal })
    expect(swapped.ok).toBe(false)
    expect(swapped.output).toContain('PATH_ESCAPES')
  })

  test('a link that moved within the workspace stops the command too', async () => {
    const { ws, root } = workspace({ 'a.txt': 'a\n', '.env': 'KEY=1\n' })
    symlinkSync('a.txt', join(root, 'current'))
    const call = { tool: 'read_file', input: { path: 'current' }, cwd: null }
    await ws.resolve(call)
    expect(await ws.execute({ ...call, plan: null, signal })).toEqual({ ok: true, output: 'a\n' })
    rmSync(join(root, 'current'))
    symlinkSync('.env', join(root, 'current'))
    expect(await ws.execute({ ...call, plan: null, signal })).toMatchObject({ ok: false })
  })

  test.each([['a.txt'], ['new.txt']])(
    'a name that became a link within the workspace does so as well: %s',
    async (name) => {
      const { ws, root } = workspace({ 'a.txt': 'a\n', '.env': 'KEY=1\n' })
      const call = { tool: 'exec', input: { command: `cat ${name}` }, cwd: null }
      await ws.resolve(call)
      rmSync(join(root, name), { force: true })
      symlinkSync('.env', join(root, name))
      const reading = plan(command(root, ['cat', name]))
      expect(await ws.execute({ ...call, plan: reading, signal })).toMatchObject({ ok: false })
    },
  )

  test('a file made by an earlier command of the plan is no change', async () => {
    const { ws, root } = workspace()
    const call = { tool: 'exec', input: { command: 'echo x > new.txt && cat new.txt' }, cwd: null }
    await ws.resolve(call)
    const made = command(root, ['echo', 'x'], { stdout: { to: 'file', path: join(root, 'new.txt'), append: false } })
    const both = plan(list(made, ['success', command(root, ['cat', 'new.txt'])]))
    expect(await ws.execute({ ...call, plan: both, signal })).toEqual({ ok: true, output: 'x\n' })
  })

  test('an approved link out of the workspace works as it was judged', async () => {
    const { ws, root, outside } = workspace()
    writeFileSync(join(outside, 'key.txt'), 'key\n')
    symlinkSync(join(outside, 'key.txt'), join(root, 'link'))
    const call = { tool: 'read_file', input: { path: 'link' }, cwd: null }
    const facts = await ws.resolve(call)
    expect(facts.realPaths[join(root, 'link')]).toBe(join(outside, 'key.txt'))
    expect(await ws.execute({ ...call, plan: null, signal })).toEqual({ ok: true, output: 'key\n' })
  })
})

describe('a word of a command', () => {
  test.each([['dir/a.txt'], ['./dir/../dir/a.txt'], ['--file=dir/a.txt'], ['-fdir/a.txt'], ['dir/*.txt']])(
    'through a link out of the workspace stops the command: %s',
    async (word) => {
      const { ws, root, outside } = workspace()
      fill(outside, { 'secret/a.txt': 'theirs\n' })
      symlinkSync(join(outside, 'secret'), join(root, 'dir'))
      const running = command(root, ['echo', word], word.includes('*') ? { patterns: [1] } : {})
      await expect(ws.run(plan(running))).rejects.toMatchObject(ESCAPES)
    },
  )

  test('that is only text may look like any path', async () => {
    const { ws, root } = workspace()
    const { stdout } = await ws.run(plan(command(root, ['echo', '/etc/hostname', '../../x', '/usr/bin/../lib/x'])))
    expect(stdout).toBe('/etc/hostname ../../x /usr/bin/../lib/x\n')
  })

  test('one refused stage of a pipeline ends the others', async () => {
    const { ws, root, outside } = workspace()
    symlinkSync(outside, join(root, 'up'))
    const startedAt = performance.now()
    const mixed = pipeline(command(root, ['sleep', '20']), command(root, ['cat', 'up/x']))
    await expect(ws.run(plan(mixed))).rejects.toMatchObject(ESCAPES)
    expect(performance.now() - startedAt).toBeLessThan(5_000)
  })
})

test('a working folder that became a link is not entered', async () => {
  const { ws, root, outside } = workspace({ 'dir/a.txt': '' })
  renameSync(join(root, 'dir'), join(outside, 'dir'))
  symlinkSync(join(outside, 'dir'), join(root, 'dir'))
  await expect(ws.run(plan(command(join(root, 'dir'), ['ls'])))).rejects.toMatchObject(ESCAPES)
})

test('patterns leave out what is protected and what lies behind a link out of the workspace', async () => {
  const { ws, root, outside } = workspace({
    'a.txt': '',
    'server.pem': '',
    ID_RSA: '',
    '.env': '',
    'dir/credentials.json': '',
    'dir/b.txt': '',
  })
  fill(outside, { 'secret/a.txt': '' })
  symlinkSync(join(outside, 'secret'), join(root, 'out'))
  const { stdout } = await ws.run(plan(command(root, ['echo', '*', '*/*', '.e*'], { patterns: [1, 2, 3] })))
  expect(stdout).toBe('a.txt dir dir/b.txt .e*\n')
})

test('what patterns leave out is what the policy of the plan protects, and nothing else', async () => {
  const { ws, root } = workspace({ 'a.txt': '', 'server.pem': '', 'notes.private': '', 'sub/x.private': '' })
  const echo = command(root, ['echo', '*', '*/*'], { patterns: [1, 2] })
  expect((await ws.run(plan(echo, ['**/*.private']))).stdout).toBe('a.txt server.pem sub */*\n')
  expect((await ws.run(plan(echo, []))).stdout).toBe('a.txt notes.private server.pem sub sub/x.private\n')
  expect((await ws.run(plan(echo, ['sub/**']))).stdout).toBe('a.txt notes.private server.pem */*\n')
})
