import { usdFromMicros } from '@mission-control/core'
import { readRecordedRuns } from './recorded-runs.ts'
import { type ReplayResult, replay } from './replay.ts'

const EXPECTED_TOTAL_MICROS = 67_206_899
const DAY_CAP_MICROS = 20_000_000

function show(title: string, result: ReplayResult): void {
  const hours = (result.simulatedMs / 3_600_000).toFixed(2)
  console.log(`\n${title}`)
  console.log(`  ${result.runsSettled} runs settled, ${result.refused.length} refused, ${hours} simulated hours`)
  console.log(`  settled: ${result.settledMicros} micro-USD ($${usdFromMicros(result.settledMicros, 6)})`)
  console.log(`  highest settled + reserved after any commit: $${usdFromMicros(result.highestDayMicros, 6)}`)
  console.log('  per simulated hour:')
  for (const [hour, micros] of result.byHour.entries())
    console.log(`    hour ${hour + 1}: $${usdFromMicros(micros ?? 0, 6)}`)
  console.log('  per agent:')
  for (const [name, micros] of result.byAgent) console.log(`    ${name.padEnd(4)} $${usdFromMicros(micros, 6)}`)
}

function differences(ample: ReplayResult, capped: ReplayResult): string[] {
  const problems: string[] = []
  const expect = (what: string, is: number, should: number) => {
    if (is !== should) problems.push(`${what}: ${is}, expected ${should}`)
  }
  const sum = (values: Iterable<number>) => [...values].reduce((total, value) => total + value, 0)
  expect('settled with ample caps', ample.settledMicros, EXPECTED_TOTAL_MICROS)
  expect('runs with ample caps', ample.runsSettled, 100)
  expect('refused with ample caps', ample.refused.length, 0)
  expect('sum of the agents', sum(ample.byAgent.values()), EXPECTED_TOTAL_MICROS)
  expect('sum of the hours', sum(ample.byHour.map((micros) => micros ?? 0)), EXPECTED_TOTAL_MICROS)
  expect('runs of the capped day, settled and refused', capped.runsSettled + capped.refused.length, 100)
  expect('sum of the agents on the capped day', sum(capped.byAgent.values()), capped.settledMicros)
  if (capped.highestDayMicros > DAY_CAP_MICROS)
    problems.push(`a commit showed ${capped.highestDayMicros} on a cap of ${DAY_CAP_MICROS}`)
  if (capped.refused.length === 0) problems.push('a cap of $20 a day refused nothing')
  return problems
}

const recorded = await readRecordedRuns()
const ample = await replay(recorded, null)
show('100 recorded runs, ample caps', ample)
const capped = await replay(recorded, DAY_CAP_MICROS)
show('The same runs under a project cap of $20 a day', capped)
console.log(`  refused: ${capped.refused.join(', ')}`)

const problems = differences(ample, capped)
if (problems.length > 0) {
  for (const problem of problems) console.error(`DIFFERS: ${problem}`)
  process.exitCode = 1
} else {
  console.log(`\n${ample.settledMicros}`)
}
