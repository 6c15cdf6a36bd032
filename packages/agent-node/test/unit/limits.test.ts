import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test, vi } from 'vitest'
import { createNodeWorkspace } from '../../src/index.ts'
import { folder, workspace } from '../support/folders.ts'
import { command, list, pipeline, plan } from '../support/plans.ts'

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  // Ended, but not yet collected by whoever inherited it.
  const stat = `/proc/${pid}/stat`
  try {
    return !/\) Z /.test(readFileSync(stat, 'utf8'))
  } catch {
    return process.platform !== 'linux'
  }
}

async function isGone(pid: number): Promise<boolean> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    if (!isAlive(pid)) return true
    await sleep(20)
  }
  return false
}

/** Starts a grandchild that ignores the wish to end, writes its number down, and waits. */
const STUBBORN = `
  const { spawn } = require('node:child_process')
  const code = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('ready')"
  const grandchild = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'ignore'] })
  grandchild.stdout.once('data', () => {
    require('node:fs').writeFileSync('pid', String(grandchild.pid))
    if (process.argv[2] === 'leave') process.exit(0)
  })
  if (process.argv[2] === 'ignore') process.on('SIGTERM', () => {})
  setInterval(() => {}, 1000)
`

describe('the time limit', () => {
  test.each([['obey'], ['ignore']])('ends a command and its grandchildren (%s)', async (mode) => {
    const { ws, root } = workspace({ 'stubborn.cjs': STUBBORN }, { limits: { timeMs: 700, killGraceMs: 150 } })
    const after = command(root, ['touch', 'went-on'])
    const result = await ws.run(plan(list(command(root, ['node', 'stubborn.cjs', mode]), ['always', after])))
    expect(result.timedOut).toBe(true)
    expect(result.exitCode).not.toBe(0)
    expect(result.durationMs).toBeLessThan(5_000)
    expect(await isGone(Number(readFileSync(join(root, 'pid'), 'utf8')))).toBe(true)
    expect(readdirSync(root)).not.toContain('went-on')
  })

  test('ends every stage of a pipeline', async () => {
    const { ws, root } = workspace({}, { limits: { timeMs: 200, killGraceMs: 100 } })
    const stages = pipeline(command(root, ['sleep', '30']), command(root, ['cat']), command(root, ['sleep', '30']))
    const result = await ws.run(plan(stages))
    expect(result).toMatchObject({ timedOut: true, exitCode: 143 })
  })

  test('is not the end of a command that is stopped in time but says it went well', async () => {
    const script = "process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1000)"
    const { ws, root } = workspace({ 'polite.cjs': script }, { limits: { timeMs: 400 } })
    expect(await ws.run(plan(command(root, ['node', 'polite.cjs'])))).toMatchObject({ timedOut: true, exitCode: 143 })
  })
})

test('what a command leaves running ends with it', async () => {
  const { ws, root } = workspace({ 'stubborn.cjs': STUBBORN })
  const result = await ws.run(plan(command(root, ['node', 'stubborn.cjs', 'leave'])))
  expect(result).toMatchObject({ exitCode: 0, timedOut: false })
  expect(await isGone(Number(readFileSync(join(root, 'pid'), 'utf8')))).toBe(true)
})

test('nothing goes on running when the program that started it has ended', async () => {
  const root = folder({ 'stubborn.cjs': STUBBORN })
  const script = new URL('../support/exit-amid-run.ts', import.meta.url).pathname
  const temporary = folder()
  execFileSync(process.execPath, ['--conditions=@mission-control/source', '--import', 'tsx', script, root], {
    env: { ...process.env, TMPDIR: temporary },
  })
  expect(readdirSync(temporary).filter((name) => name.startsWith('mission-control-'))).toEqual([])
  expect(await isGone(Number(readFileSync(join(root, 'pid'), 'utf8')))).toBe(true)
})

test('a signal stops a plan, also before it began', async () => {
  const { ws, root } = workspace({}, { limits: { killGraceMs: 100 } })
  const abort = new AbortController()
  const running = ws.run(plan(command(root, ['sleep', '30'])), { signal: abort.signal })
  setTimeout(() => abort.abort(), 100)
  expect(await running).toMatchObject({ exitCode: 143, timedOut: false })
  const late = await ws.run(plan(command(root, ['touch', 'started'])), { signal: abort.signal })
  expect(late.exitCode).toBe(143)
  expect(readdirSync(root)).toEqual([])
})

describe('the output limit', () => {
  test('cuts each stream on its own, says so, and does not disturb the command', async () => {
    const { ws, root } = workspace({}, { limits: { outputBytesMax: 100 } })
    const result = await ws.run(plan(command(root, ['seq', '100000'])))
    expect(result).toMatchObject({ exitCode: 0, cut: true, stderr: '' })
    expect(result.stdout).toMatch(/^1\n2\n[\s\S]{96}\n\[output cut: 588795 more bytes\]\n$/)
  })

  test('is the exact number of bytes', async () => {
    const { ws, root } = workspace({}, { limits: { outputBytesMax: 6 } })
    expect(await ws.run(plan(command(root, ['echo', '12345'])))).toMatchObject({ stdout: '12345\n', cut: false })
    expect(await ws.run(plan(command(root, ['echo', '123456'])))).toMatchObject({ cut: true })
  })

  test('never cuts a character in half', async () => {
    const { ws, root } = workspace({}, { limits: { outputBytesMax: 4 } })
    const { stdout } = await ws.run(plan(command(root, ['echo', 'aéé'])))
    expect(stdout.split('\n')[0]).toBe('aé')
  })

  test('stops a command that writes without end', async () => {
    const { ws, root } = workspace({}, { limits: { outputBytesMax: 10, discardedBytesMax: 100_000, killGraceMs: 100 } })
    const result = await ws.run(plan(command(root, ['yes'])))
    expect(result).toMatchObject({ exitCode: 143, cut: true, timedOut: false })
  })
})

test('nothing is left in the temporary folder', async () => {
  const temporary = folder()
  vi.stubEnv('TMPDIR', temporary)
  const root = folder()
  const ws = createNodeWorkspace({ root })
  const reading = command(root, ['cat'], { stdin: { from: 'text', text: 'x' } })
  expect(await ws.run(plan(pipeline(reading, command(root, ['cat']))))).toMatchObject({ stdout: 'x' })
  await expect(ws.run(plan(command(root, ['./x'])))).rejects.toThrow()
  expect(readdirSync(temporary)).toHaveLength(2)
  await ws.close()
  vi.unstubAllEnvs()
  expect(readdirSync(temporary)).toEqual([root.slice(temporary.length + 1)])
})

test('open files do not add up', async () => {
  if (process.platform !== 'linux') return
  const { ws, root } = workspace({ 'a.txt': 'a\n' })
  const both = plan(
    pipeline(command(root, ['cat'], { stdin: { from: 'file', path: join(root, 'a.txt') } }), command(root, ['cat'])),
  )
  await ws.run(both)
  const before = readdirSync('/proc/self/fd').length
  for (let round = 0; round < 5; round += 1) await ws.run(both)
  expect(readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(before)
})
