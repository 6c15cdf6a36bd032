import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createNodeWorkspace } from '../../src/index.ts'
import { fill, workspace } from '../support/folders.ts'
import { command, plan } from '../support/plans.ts'

const signal = new AbortController().signal

describe('the files of a workspace', () => {
  test('are read, written, listed and removed', async () => {
    const { ws, root } = workspace({ 'b.md': 'b\n' })
    await ws.writeFile('docs/deep/a.md', 'hé\n')
    expect(await ws.readFile('docs/deep/a.md')).toEqual({ content: 'hé\n', cut: false })
    expect(await ws.readFile(join(root, 'b.md'))).toEqual({ content: 'b\n', cut: false })
    await ws.writeFile('b.md', '')
    expect(readFileSync(join(root, 'b.md'), 'utf8')).toBe('')
    symlinkSync('b.md', join(root, 'link'))
    expect(await ws.listFiles('.')).toEqual([
      { name: 'b.md', kind: 'file' },
      { name: 'docs', kind: 'folder' },
      { name: 'link', kind: 'link' },
    ])
    await ws.deleteFile('b.md')
    expect(existsSync(join(root, 'b.md'))).toBe(false)
  })

  test.each([['../out.txt'], ['/etc/hostname'], ['dir/a.txt'], ['link'], ['dir/../a.txt'], ['sub/../../out.txt']])(
    'do not lie outside of it: %s',
    async (path) => {
      const { ws, root, outside } = workspace({ 'sub/x': '' })
      fill(outside, { 'out.txt': 'theirs', 'secret/in/a.txt': 'theirs', 'secret/a.txt': 'theirs' })
      symlinkSync(join(outside, 'secret/in'), join(root, 'dir'))
      symlinkSync(join(outside, 'out.txt'), join(root, 'link'))
      const refused = { name: 'WorkspaceError', code: 'PATH_ESCAPES' }
      await expect(ws.readFile(path)).rejects.toMatchObject(refused)
      await expect(ws.writeFile(path, 'mine')).rejects.toMatchObject(refused)
      await expect(ws.deleteFile(path)).rejects.toMatchObject(refused)
      await expect(ws.listFiles(path)).rejects.toMatchObject(refused)
      expect(readFileSync(join(outside, 'out.txt'), 'utf8')).toBe('theirs')
      expect(existsSync(join(outside, 'secret/in/a.txt'))).toBe(true)
    },
  )

  test.each([['~/x'], [''], ['a\0b'], ['\ud800'], ['x'.repeat(5000)]])('have readable names: %j', async (path) => {
    const { ws } = workspace()
    await expect(ws.readFile(path)).rejects.toMatchObject({ code: 'INPUT_INVALID' })
    await expect(ws.writeFile(path, '')).rejects.toMatchObject({ code: 'INPUT_INVALID' })
  })

  test('are regular: a folder or a link is not removed', async () => {
    const { ws, root } = workspace({ 'dir/a.txt': 'a' })
    symlinkSync('dir/a.txt', join(root, 'link'))
    await expect(ws.deleteFile('dir')).rejects.toMatchObject({ code: 'PATH_KIND' })
    await expect(ws.deleteFile('link')).rejects.toMatchObject({ code: 'PATH_KIND' })
    await expect(ws.readFile('dir')).rejects.toMatchObject({ code: 'PATH_KIND' })
    expect(existsSync(join(root, 'dir/a.txt'))).toBe(true)
    await expect(ws.deleteFile('missing')).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('have a size: reading cuts, writing refuses', async () => {
    const { ws, root } = workspace({ exact: '1234', long: '123é5' }, { limits: { fileBytesMax: 4 } })
    expect(await ws.readFile('exact')).toEqual({ content: '1234', cut: false })
    expect(await ws.readFile('long')).toEqual({ content: '123', cut: true })
    await expect(ws.writeFile('new', '12345')).rejects.toMatchObject({ code: 'TOO_LARGE' })
    expect(existsSync(join(root, 'new'))).toBe(false)
  })

  test('are text', async () => {
    const { ws, root } = workspace()
    writeFileSync(join(root, 'nul'), 'a\0b')
    writeFileSync(join(root, 'latin'), Buffer.from([0x61, 0xe9, 0x62]))
    await expect(ws.readFile('nul')).rejects.toMatchObject({ code: 'NOT_TEXT' })
    await expect(ws.readFile('latin')).rejects.toMatchObject({ code: 'NOT_TEXT' })
  })

  test('are not too many to list', async () => {
    const { ws } = workspace({ a: '', b: '', c: '' }, { limits: { entriesMax: 2 } })
    await expect(ws.listFiles('.')).rejects.toMatchObject({ code: 'TOO_LARGE' })
  })
})

describe('a tool call', () => {
  test('of a file tool gives its text', async () => {
    const { ws } = workspace({ 'src/a.ts': 'a\n' })
    const call = (tool: string, input: unknown, cwd: string | null = null) =>
      ws.execute({ tool, input, cwd, plan: null, signal })
    expect(await call('write_file', { path: 'src/b.ts', content: 'b\n' })).toEqual({ ok: true, output: '' })
    expect(await call('list_files', { path: 'src' })).toEqual({ ok: true, output: 'a.ts\nb.ts\n' })
    expect(await call('list_files', {})).toEqual({ ok: true, output: 'src/\n' })
    expect(await call('read_file', { path: 'b.ts' }, 'src')).toEqual({ ok: true, output: 'b\n' })
    expect(await call('delete_file', { path: 'src/b.ts' })).toEqual({ ok: true, output: '' })
    expect(await call('read_file', { path: 'src/b.ts' })).toEqual({ ok: false, output: 'No such file or directory' })
  })

  test.each([
    ['read_file', {}],
    ['read_file', null],
    ['read_file', { path: 7 }],
    ['write_file', { path: 'a' }],
    ['no_such_tool', { path: 'a' }],
    ['constructor', {}],
    ['exec', { command: 'ls' }],
  ])('that cannot be carried out is a result: %s %j', async (tool, input) => {
    const { ws } = workspace()
    const result = await ws.execute({ tool, input, cwd: null, plan: null, signal })
    expect(result.ok).toBe(false)
    expect(result.output).toMatch(/^[A-Z_]+: /)
  })

  test('of exec reports stdout as it is, and all the rest when something went wrong', async () => {
    const { ws, root } = workspace({ 'a.txt': 'a\n' })
    const exec = (...argv: string[]) =>
      ws.execute({ tool: 'exec', input: { command: '' }, cwd: null, plan: plan(command(root, argv)), signal })
    expect(await exec('cat', 'a.txt')).toEqual({ ok: true, output: 'a\n' })
    expect(await exec('printf', 'a')).toEqual({ ok: true, output: 'a' })
    expect(await exec('printf', '\\0')).toEqual({ ok: true, output: '\u2400' })
    expect(await exec('false')).toEqual({ ok: false, output: '[exit code 1]\n' })
    const failed = await exec('cat', 'a.txt', 'missing')
    expect(failed).toEqual({
      ok: false,
      output: 'a\n[stderr]\ncat: missing: No such file or directory\n[exit code 1]\n',
    })
  })

  test('that was aborted does nothing', async () => {
    const { ws, root } = workspace()
    const input = { path: 'a', content: '' }
    const aborted = AbortSignal.abort()
    const result = await ws.tools.write_file(input, { plan: null, cwd: null, signal: aborted })
    expect(result).toEqual({ ok: false, output: 'stopped' })
    expect(existsSync(join(root, 'a'))).toBe(false)
  })
})

test('a workspace that is named by a link is known by its real path', async () => {
  const { root, outside } = workspace({ 'a.txt': 'a' })
  mkdirSync(join(outside, 'names'))
  symlinkSync(root, join(outside, 'names/alias'))
  const ws = createNodeWorkspace({ root: join(outside, 'names/alias') })
  expect(ws.root).toBe(root)
  const facts = await ws.resolve({ tool: 'read_file', input: { path: 'a.txt' }, cwd: null })
  expect(facts.realPaths[join(outside, 'names/alias')]).toBe(root)
  await ws.close()
})
