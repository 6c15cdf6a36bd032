// `npm run sim -- --seeds N --steps N --first-seed N`: many squads with faults, in virtual time, every rule checked at
// every step. Ends with one line of figures, and with an error when a rule was broken or something was never reached.
import { parseArgs } from 'node:util'
import { shortfalls } from './day/figures.ts'
import { runDay } from './day/run-day.ts'
import { missing } from './expected.ts'
import { runSuite } from './suite.ts'

const VIOLATIONS_SHOWN_MAX = 5
/** So many seeds should reach everything that can be reached. */
const SEEDS_FOR_ALL = 100

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
  if (never.length > 0 && options.seeds >= SEEDS_FOR_ALL) console.log(`never reached: ${never.join(', ')}`)
  const violations = result.failed.reduce((sum, seed) => sum + seed.violations.length, 0)
  console.log(`seeds=${options.seeds} steps=${options.steps} violations=${violations} hash=${result.hash}`)
  return violations === 0 ? 0 : 1
}

async function simulateDay(): Promise<number> {
  const { figures, violations, steps } = await runDay(whole('first-seed', 0))
  for (const { invariant, problem } of violations) console.log(`${invariant} ${problem}`)
  const { stuck, ...rest } = figures
  console.log(JSON.stringify({ ...rest, stuck: stuck.length, steps }, null, 2))
  const problems = shortfalls(figures)
  for (const problem of problems) console.log(`not good enough: ${problem}`)
  console.log(
    `tasks=${figures.tasks} done=${figures.done} violations=${violations.length} shortfalls=${problems.length}`,
  )
  return violations.length + problems.length === 0 ? 0 : 1
}

process.exitCode = values.day ? await simulateDay() : await simulate()
