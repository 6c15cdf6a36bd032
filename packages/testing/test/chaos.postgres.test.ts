import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { readOptions } from '../chaos/options.ts'

const MAIN = fileURLToPath(new URL('../chaos/main.ts', import.meta.url))

test('a short round of crashes and broken connections loses nothing and does nothing twice', async () => {
  const doses = ['--host-kills', '4', '--server-kills', '1', '--terminations', '4', '--proxy-faults', '8']
  const words = ['--conditions=@mission-control/source', '--import', 'tsx', MAIN, ...doses, '--every-ms', '1500']
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] })
  const [said, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  const last = said.trimEnd().split('\n').at(-1) ?? ''
  expect(said).toBe(`${last}\n`)
  expect(last).toMatch(/^hostKills=4 serverKills=1 terminations=4 proxyFaults=8 /)
  expect(last).toMatch(/violations=0$/)
  expect(Number(/acknowledged=(\d+)/.exec(last)?.[1])).toBeGreaterThan(50)
  expect(Number(/ faults=(\d+)/.exec(last)?.[1])).toBeGreaterThan(0)
  expect(code).toBe(0)
}, 300_000)

test('without options it is the full round, and what is no option is said', () => {
  expect(readOptions([])).toMatchObject({
    hostKills: 20,
    serverKills: 5,
    terminations: 20,
    proxyFaults: 50,
    hosts: 4,
    agents: 64,
  })
  expect(readOptions(['--host-kills', '7', '--seed', '3'])).toMatchObject({ hostKills: 7, seed: 3 })
  expect(readOptions(['--host-kills', '-1'])).toContain('host-kills')
  expect(readOptions(['--bogus'])).toContain('bogus')
})
