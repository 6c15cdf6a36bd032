import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { workspace } from '../support/folders.ts'

describe('real paths', () => {
  function linked(options = {}) {
    const made = workspace({ 'src/a.ts': '', 'dir/x': '' }, options)
    mkdirSync(join(made.outside, 'other/deep'), { recursive: true })
    symlinkSync(join(made.outside, 'other/deep'), join(made.root, 'link'))
    symlinkSync('src', join(made.root, 'inner'))
    symlinkSync(join(made.outside, 'gone'), join(made.root, 'dangling'))
    symlinkSync('loop', join(made.root, 'loop'))
    return made
  }

  test.each([
    'cat link/a.txt',
    'cat "link/a.txt"',
    "cat 'link'/a.txt",
    'cat li\\nk/a.txt',
    'cat <link/a.txt',
    'cat --file=link/a.txt',
    'grep -flink/a.txt x',
    'git show HEAD:link/a.txt',
    'ls link/*.txt',
    'cd src&&ls ../link',
    'true|(cat link)',
    'cat src/../link/x',
    'cat ./link',
  ])('of links among the words of a command: %s', async (text) => {
    const { ws, root, outside } = linked()
    const { realPaths } = await ws.resolve({ tool: 'exec', input: { command: text }, cwd: null })
    expect(realPaths[join(root, 'link')]).toBe(join(outside, 'other/deep'))
  })

  test('of a path behind a link, of a link that leads nowhere, and of one in a circle', async () => {
    const { ws, root, outside } = linked()
    const input = { path: 'link/../x', paths: ['inner/new.ts', 'dangling'], other: 'loop' }
    const { realPaths } = await ws.resolve({ tool: 'read_file', input, cwd: null })
    expect(realPaths[join(root, 'link')]).toBe(join(outside, 'other/deep'))
    expect(realPaths[join(root, 'inner')]).toBe(join(root, 'src'))
    expect(realPaths[join(root, 'inner/new.ts')]).toBe(join(root, 'src/new.ts'))
    expect(realPaths[join(root, 'dangling')]).toBe(join(outside, 'gone'))
  })

  test('start at the folder of the call', async () => {
    const { ws, root } = linked()
    symlinkSync('a.ts', join(root, 'src/b.ts'))
    for (const cwd of ['src', join(root, 'src')]) {
      const { realPaths } = await ws.resolve({ tool: 'read_file', input: { path: 'b.ts' }, cwd })
      expect(realPaths[join(root, 'src/b.ts')]).toBe(join(root, 'src/a.ts'))
    }
  })

  test('are not looked up for the text of a file', async () => {
    const { ws, root } = linked()
    const { realPaths } = await ws.resolve({ tool: 'write_file', input: { path: 'new', content: 'link' }, cwd: null })
    expect(realPaths).not.toHaveProperty([join(root, 'link')])
  })

  test('are no more than the gate takes, links first', async () => {
    const { ws, root } = linked()
    const names = Array.from({ length: 600 }, (_, i) => `src/f${i}`)
    for (const name of names) writeFileSync(join(root, name), '')
    const facts = await ws.resolve({
      tool: 'x',
      input: { paths: [...names.slice(0, 150), 'link'], command: names.join(' ') },
      cwd: null,
    })
    expect(Object.keys(facts.realPaths).length).toBeLessThanOrEqual(450)
    expect(Buffer.byteLength(JSON.stringify(facts))).toBeLessThan(64 * 1024)
    expect(facts.realPaths).toHaveProperty([join(root, 'link')])
  })

  test.each([
    [null],
    ['text'],
    [7],
    [[]],
    [{ command: 7 }],
    [{ path: 'a\0b' }],
    [{ path: '\ud800' }],
    [{ command: '"' }],
  ])('never fail: %j', async (input) => {
    const { ws } = linked()
    expect(await ws.resolve({ tool: 'exec', input, cwd: null })).toMatchObject({ addresses: {} })
  })
})

describe('addresses', () => {
  const resolve = async (input: unknown, options = {}) => {
    const { ws } = workspace({}, options)
    return (await ws.resolve({ tool: 'x', input, cwd: null })).addresses
  }

  test('of hosts in URLs', async () => {
    const one = await resolve({ command: 'curl -s http://LOCALHOST:8080/x' })
    expect(one.localhost?.some((address) => address === '127.0.0.1' || address === '::1')).toBe(true)
    expect(Object.keys(await resolve({ url: 'http://localhost/' }))).toEqual(['localhost'])
    expect(Object.keys(await resolve({ command: 'tool --url=http://localhost/' }))).toEqual(['localhost'])
  })

  test('of a host that does not exist are none', async () => {
    expect(await resolve({ url: 'http://no-such-host.invalid/' }, { limits: { lookUpMs: 500 } })).toEqual({
      'no-such-host.invalid': [],
    })
  })

  test('are not asked for: literal ones, hosts in prose, and hosts that are not listed', async () => {
    expect(await resolve({ url: 'http://127.0.0.1/', content: 'see http://localhost/' })).toEqual({})
    expect(await resolve({ url: 'http://localhost/' }, { hosts: ['example.com'] })).toEqual({})
    expect(Object.keys(await resolve({ url: 'http://localhost/' }, { hosts: ['localhost'] }))).toEqual(['localhost'])
  })
})
