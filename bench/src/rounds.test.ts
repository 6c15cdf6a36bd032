import { expect, test } from 'vitest'
import { measureRounds } from './rounds.ts'
import type { Group, Sample, Scenario } from './row.ts'

const PLAN = { group: 'core', rounds: 3, seconds: 1, progress: () => undefined } as const

/** A scenario that gives these speeds, one per round, after one that must not count. */
function scripted(name: string, speeds: readonly number[], more: Partial<Scenario> = {}): Scenario {
  const left = [1_000_000, ...speeds]
  const run = async (): Promise<Sample> => {
    const opsPerSecond = left.shift()
    if (opsPerSecond === undefined) throw new Error('worn out')
    return { opsPerSecond, p50Ms: 1, p99Ms: 2, cpuMicros: null }
  }
  return { name, run, ...more }
}

function group(scenarios: readonly Scenario[], unavailable: Group['unavailable'] = []): Group {
  return { scenarios, unavailable, close: async () => undefined }
}

test('the ratio is the median of the rounds, not the ratio of medians', async () => {
  const ours = scripted('ours', [10, 300, 50], { against: 'peer', ratioMin: 1.5 })
  const [row] = await measureRounds(group([ours, scripted('peer', [10, 100, 100])]), PLAN)
  expect(row).toMatchObject({ opsPerSecond: 50, ratio: 1, against: 'peer', goal: '>=1.5', met: false })
})

test('exactly the goal meets it', async () => {
  const ours = scripted('ours', [3, 3, 3], { against: 'peer', ratioMin: 1.5 })
  const [row] = await measureRounds(group([ours, scripted('peer', [2, 2, 2])]), PLAN)
  expect(row).toMatchObject({ ratio: 1.5, met: true })
})

test('a scenario that fails in a later round says why and gives no figure', async () => {
  const [row] = await measureRounds(group([scripted('ours', [5, 5])]), PLAN)
  expect(row).toMatchObject({ opsPerSecond: null, skipped: 'worn out' })
})

test('without its peer a goal is neither met nor missed', async () => {
  const ours = scripted('ours', [3, 3, 3], { against: 'peer', ratioMin: 1 })
  const rows = await measureRounds(group([ours], [{ name: 'peer', skipped: 'not installed' }]), PLAN)
  expect(rows[0]).toMatchObject({ opsPerSecond: 3, ratio: null, met: null })
  expect(rows[1]).toMatchObject({ name: 'peer', opsPerSecond: null, skipped: 'not installed' })
})

test('what an operation costs in the server is a row of its own, whose goal is a most', async () => {
  const costing = (serverMicros: number) => async (): Promise<Sample> => ({
    ...{ opsPerSecond: 10, p50Ms: 1, p99Ms: 2, cpuMicros: 900 },
    serverMicros,
  })
  const ours = { name: 'ours', run: costing(300), against: 'peer', serverShareMax: 0.6 }
  const rows = await measureRounds(group([ours, { name: 'peer', run: costing(400) }]), PLAN)
  expect(rows.map(({ name }) => name)).toEqual(['ours', 'ours: CPU of the server', 'peer'])
  expect(rows[1]).toMatchObject({ opsPerSecond: null, cpuMicros: 300, ratio: 0.75, goal: '<=0.6', met: false })
})
