/**
 * Everything that must hold besides the tests. `npm run check` runs all steps, in the order of what
 * fails fastest, and goes on after a failure; `npm run check -- types lint` runs the named ones.
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { bundleCore, checkPacked, dependenciesOfCore, type Packed, packAll } from './packages.ts'
import { program, root, StepFailed, tool } from './steps.ts'

/** What a step wants to tell when it passed; most have nothing to say. */
type Report = string | undefined

interface Step {
  readonly name: string
  readonly run: () => Promise<Report>
}

const nodeFlags = ['--conditions=@mission-control/source', '--import', 'tsx']

const steps: readonly Step[] = [
  { name: 'lint', run: () => quiet(tool('biome', ['check', '--error-on-warnings', '.'])) },
  { name: 'types', run: () => quiet(tool('tsc', ['--noEmit'])) },
  {
    name: 'imports',
    run: () => quiet(tool('depcruise', ['packages', 'examples', 'bench', 'scripts', 'test-support'])),
  },
  { name: 'unused', run: () => quiet(tool('knip', [])) },
  { name: 'docs', run: () => quiet(script('generate-docs.ts', '--check')) },
  { name: 'build', run: () => quiet(program('npm', ['run', '--silent', 'build'])) },
  { name: 'packages', run: checkPackages },
  { name: 'size', run: reportSize },
  { name: 'api', run: () => quiet(tool('typedoc', ['--out', join('.cache', 'api')])) },
  { name: 'fuzz', run: () => script('fuzz.ts', '--seconds', '60') },
  { name: 'examples', run: runExamples },
  { name: 'deployment', run: () => quiet(script('check-deployment.ts')) },
]

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

/** Runs one step, tells how it went, and says whether it passed. */
async function passes({ name, run }: Step): Promise<boolean> {
  const startedAt = performance.now()
  try {
    const report = await run()
    console.log(`ok     ${name} (${seconds(startedAt)})`)
    if (report !== undefined) console.log(report.replaceAll(/^/gm, '       '))
    return true
  } catch (error) {
    console.log(`failed ${name} (${seconds(startedAt)})`)
    console.log(error instanceof StepFailed ? error.message : error)
    return false
  }
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !steps.some((step) => step.name === name))
if (unknown.length > 0) {
  console.error(`There is no step ${unknown.join(', ')}. The steps: ${steps.map(({ name }) => name).join(', ')}.`)
  process.exit(2)
}

const failed: string[] = []
for (const step of steps) {
  if (wanted.length > 0 && !wanted.includes(step.name)) continue
  if (!(await passes(step))) failed.push(step.name)
}
if (failed.length > 0) {
  console.log(`\nFailed: ${failed.join(', ')}. Again, one alone: npm run check -- ${failed[0]}`)
  process.exitCode = 1
}
