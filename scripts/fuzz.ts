/** Sends the host requests that nobody sane would send: `npm run fuzz -- --seconds 60 [--seed 7]`. */
import { parseArgs } from 'node:util'
import { createFuzz } from '../packages/host-http/test/unit/fuzz.ts'

const { values } = parseArgs({ options: { seconds: { type: 'string' }, seed: { type: 'string' } } })
const seconds = Number(values.seconds ?? 60)
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
if (!(seconds > 0) || !Number.isSafeInteger(seed)) {
  console.error('Usage: npm run fuzz -- [--seconds 60] [--seed 7]')
  process.exit(2)
}
const fuzz = await createFuzz(seed)
const { requests, faults } = await fuzz.run(seconds * 1000)
await fuzz.close()
console.log(`${requests} requests, ${faults.length} faults`)
for (const fault of faults) console.log(fault)
if (faults.length > 0) {
  console.log(`Again: npm run fuzz -- --seconds ${seconds} --seed ${seed}`)
  process.exitCode = 1
// Fuzzes what strangers can send, each target for a minute: `npm run fuzz`, or `npm run fuzz -- 300` for so many seconds.
import { tool } from './steps.ts'

const SECONDS_DEFAULT = 60
/** Tests that fuzz for `MC_FUZZ_MS`. */
const TARGETS = ['packages/telegram/test/unit/fuzz.test.ts']

const seconds = Number(process.argv[2] ?? SECONDS_DEFAULT)
if (!Number.isFinite(seconds) || seconds <= 0) {
  console.error('Say for how many seconds: npm run fuzz -- 60')
  process.exitCode = 2
} else {
  process.env.MC_FUZZ_MS = String(seconds * 1000)
  for (const target of TARGETS) {
    await tool('vitest', ['run', '--project', 'unit', target])
    console.log(`${target}: ${seconds} s, nothing found`)
  }
}
