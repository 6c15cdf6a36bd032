/** Sends the host requests that nobody sane would send: `npm run fuzz -- --seconds 60 [--seed 7]`. */
import { parseArgs } from 'node:util'
import { createFuzz } from '../packages/host-http/test/unit/fuzz.ts'
import { tool } from './steps.ts'

const { values } = parseArgs({ options: { seconds: { type: 'string' }, seed: { type: 'string' } } })
const seconds = Number(values.seconds ?? 60)
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
if (!(seconds > 0) || !Number.isSafeInteger(seed)) {
  console.error('Usage: npm run fuzz -- [--seconds 60] [--seed 7]')
  process.exit(2)
}
// Updates of Telegram have a test of their own, which takes its time from here; it runs beside the requests.
process.env.MC_FUZZ_MS = String(seconds * 1000)
const updates = tool('vitest', ['run', '--project', 'unit', 'packages/telegram/test/unit/fuzz.test.ts'])
updates.catch(() => undefined)
const fuzz = await createFuzz(seed)
const { requests, faults } = await fuzz.run(seconds * 1000)
await fuzz.close()
console.log(`${requests} requests, ${faults.length} faults`)
for (const fault of faults) console.log(fault)
if (faults.length > 0) {
  console.log(`Again: npm run fuzz -- --seconds ${seconds} --seed ${seed}`)
  process.exitCode = 1
}
await updates
