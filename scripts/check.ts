/**
 * Everything that must hold besides the tests. `npm run check` runs all steps, in the order of what
 * fails fastest, and goes on after a failure; `npm run check -- types lint` runs the named ones.
 * Steps of one row keep one core busy each and run at the same time; they are told of in their order.
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { bundleCore, checkPacked, dependenciesOfCore, type Packed, packAll } from './packages.ts'
import { program, root, StepFailed, tool } from './steps.ts'

/** What a step wants to tell when it passed; most have nothing to say. */
type Report = string | undefined

interface Step {
  readonly name: string
  readonly run: () => Promise<Report>
}

const nodeFlags = ['--conditions=@mission-control/source', '--import', 'tsx']

const rows: readonly (readonly Step[])[] = [
  [{ name: 'lint', run: () => quiet(tool('biome', ['check', '--error-on-warnings', '.'])) }],
  [
    { name: 'types', run: () => quiet(tool('tsc', ['--noEmit'])) },
    {
      name: 'imports',
      run: () => quiet(tool('depcruise', ['packages', 'examples', 'bench', 'scripts', 'test-support'])),
    },
  ],
  [
    { name: 'unused', run: () => quiet(tool('knip', [])) },
    { name: 'docs', run: () => quiet(script('generate-docs.ts', '--check')) },
  ],
  [{ name: 'build', run: () => quiet(program('npm', ['run', '--silent', 'build'])) }],
  [
    { name: 'packages', run: checkPackages },
    { name: 'api', run: () => quiet(tool('typedoc', ['--out', join('.cache', 'api')])) },
  ],
  [{ name: 'size', run: reportSize }],
  [{ name: 'fuzz', run: () => script('fuzz.ts', '--seconds', '60') }],
  [{ name: 'examples', run: runExamples }],
  [{ name: 'deployment', run: () => quiet(script('check-deployment.ts')) }],
]
const steps = rows.flat()

async function quiet(said: Promise<string>): Promise<Report> {
  await said
  return undefined
}

async function script(name: string, ...args: readonly string[]): Promise<string> {
  return program(process.execPath, [...nodeFlags, join('scripts', name), ...args])
}

let packed: Promise<readonly Packed[]> | undefined
/** Packing takes a second for each package, and two steps look at the result. */
function packedOnce(): Promise<readonly Packed[]> {
  packed ??= packAll()
  return packed
}

async function checkPackages(): Promise<Report> {
  for (const one of await packedOnce()) await checkPacked(one)
  return undefined
}

async function reportSize(): Promise<Report> {
  const core = (await packedOnce()).find(({ name }) => name === '@mission-control/core')
  if (core === undefined) throw new StepFailed('There is no package named core.')
  const { minified, gzipped } = await bundleCore()
  const dependencies = await dependenciesOfCore()
  return [
    `core packed: ${kilobytes(core.bytes)}`,
    `core bundled with its dependencies: ${kilobytes(minified)} minified, ${kilobytes(gzipped)} gzipped`,
    `core dependencies: ${dependencies.length} (${dependencies.join(', ')})`,
  ].join('\n')
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`
}

/** Every example asserts what it shows and ends with an error when that does not hold. */
async function runExamples(): Promise<Report> {
  const lines: string[] = []
  for (const name of readdirSync(join(root, 'examples')).sort()) {
    const startedAt = performance.now()
    await tool('pnpm', ['run', 'check'], join(root, 'examples', name))
    lines.push(`${name}: ${seconds(startedAt)}`)
  }
  return lines.join('\n')
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`
}

interface Outcome {
  readonly passed: boolean
  /** What there is to tell, printed in one piece. */
  readonly text: string
}

/** Runs one step, and gives how it went. */
async function outcomeOf({ name, run }: Step): Promise<Outcome> {
  const startedAt = performance.now()
  try {
    const report = await run()
    const lines = report === undefined ? [] : [report.replaceAll(/^/gm, '       ')]
    return { passed: true, text: [`ok     ${name} (${seconds(startedAt)})`, ...lines].join('\n') }
  } catch (error) {
    const why = error instanceof StepFailed ? error.message : inspect(error)
    return { passed: false, text: `failed ${name} (${seconds(startedAt)})\n${why}` }
  }
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !steps.some((step) => step.name === name))
if (unknown.length > 0) {
  console.error(`There is no step ${unknown.join(', ')}. The steps: ${steps.map(({ name }) => name).join(', ')}.`)
  process.exit(2)
}

const failed: string[] = []
for (const row of rows) {
  const chosen = row.filter(({ name }) => wanted.length === 0 || wanted.includes(name))
  const running = chosen.map((step) => ({ name: step.name, outcome: outcomeOf(step) }))
  for (const { name, outcome } of running) {
    const { passed, text } = await outcome
    console.log(text)
    if (!passed) failed.push(name)
  }
}
if (failed.length > 0) {
  console.log(`\nFailed: ${failed.join(', ')}. Again, one alone: npm run check -- ${failed[0]}`)
  process.exitCode = 1
}
