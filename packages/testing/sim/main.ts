// `npm run sim -- --seeds N --steps N --first-seed N`: many squads with faults, in virtual time, every rule checked at
// every step. Ends with one line of figures, and with an error when a rule was broken or something was never reached.
import { parseArgs } from 'node:util'
import { missing } from './expected.ts'
import { runSuite } from './suite.ts'

const VIOLATIONS_SHOWN_MAX = 5

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    steps: { type: 'string', default: '2000' },
    'first-seed': { type: 'string', default: '1' },
    workers: { type: 'string' },
    coverage: { type: 'boolean', default: false },
    day: { type: 'boolean', default: false },
  },
})

function whole(name: 'seeds' | 'steps' | 'first-seed' | 'workers', low: number): number {
  const number = Number(values[name])
  if (Number.isSafeInteger(number) && number >= low) return number
  console.error(`--${name} is a whole number from ${low}`)
  process.exit(2)
}

async function simulate(): Promise<number> {
  const options = { seeds: whole('seeds', 1), steps: whole('steps', 1), firstSeed: whole('first-seed', 0) }
  const workers = values.workers === undefined ? {} : { workers: whole('workers', 1) }
  const result = await runSuite({ ...options, ...workers })
  for (const { seed, violations } of result.failed) {
    for (const { invariant, problem, step } of violations.slice(0, VIOLATIONS_SHOWN_MAX)) {
      console.log(`seed ${seed} step ${step}: ${invariant} ${problem}`)
    }
    console.log(`  again: npm run sim -- --seeds 1 --steps ${options.steps} --first-seed ${seed}`)
  }
  const { reached, taken, cpuMs } = result
  const [edges, codes] = [Object.keys(reached.edges).length, Object.keys(reached.codes).length]
  console.log(`edges=${edges} codes=${codes} perCpuSecond=${Math.round((taken / cpuMs) * 1_000)}`)
  if (values.coverage) console.log(JSON.stringify(reached, null, 2))
  const never = missing(reached)
  if (never.length > 0) console.log(`never reached: ${never.join(', ')}`)
  const violations = result.failed.reduce((sum, seed) => sum + seed.violations.length, 0)
  console.log(`seeds=${options.seeds} steps=${options.steps} violations=${violations} hash=${result.hash}`)
  return violations === 0 ? 0 : 1
}

process.exitCode = await simulate()
