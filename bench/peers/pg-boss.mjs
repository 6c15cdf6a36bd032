// Measures pg-boss in a program of its own, under its own Node. One JSON command a line comes in, one JSON answer a
// line goes out; the end of the input ends the program.
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'

const load = createRequire(import.meta.url)
const { PgBoss } = load('pg-boss')

const [url, connections] = process.argv.slice(2)
const QUEUE = 'bench'
const JOB = { kind: 'docs', title: 'Write the guide' }
const JOBS_PER_INSERT = 1000

const boss = new PgBoss({ connectionString: url, max: Number(connections), supervise: false, schedule: false })
boss.on('error', (error) => process.stderr.write(`pg-boss: ${error.message}\n`))
await boss.start()
await boss.createQueue(QUEUE)

/** @param {object} answer */
function say(answer) {
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}

/** @param {number} jobs */
async function seed(jobs) {
  for (let left = jobs; left > 0; left -= JOBS_PER_INSERT) {
    const count = Math.min(left, JOBS_PER_INSERT)
    await boss.insert(
      QUEUE,
      Array.from({ length: count }, () => ({ data: JOB })),
    )
  }
  say({ type: 'seeded' })
}

async function fetchAndComplete() {
  const [job] = await boss.fetch(QUEUE)
  if (job === undefined) throw new Error('the queue ran empty: seed more')
  await boss.complete(QUEUE, job.id)
}

/** @param {{ callers: number, seconds: number, warmSeconds: number }} window */
async function measure({ callers, seconds, warmSeconds }) {
  const latenciesMs = []
  let isCounting = false
  let isOver = false
  let failure = null
  const caller = async () => {
    while (!isOver) {
      const from = performance.now()
      await fetchAndComplete()
      if (isCounting) latenciesMs.push(performance.now() - from)
    }
  }
  const working = Promise.all(
    Array.from({ length: callers }, () =>
      caller().catch((error) => {
        isOver = true
        failure = error
      }),
    ),
  )
  await sleep(warmSeconds * 1000)
  say({ type: 'started' })
  const cpuBefore = process.cpuUsage()
  const from = performance.now()
  isCounting = true
  await sleep(seconds * 1000)
  isCounting = false
  const elapsedSeconds = (performance.now() - from) / 1000
  const cpu = process.cpuUsage(cpuBefore)
  say({ type: 'measured', elapsedSeconds, latenciesMs, cpuMicros: cpu.user + cpu.system })
  isOver = true
  await working
  if (failure !== null) throw failure
  say({ type: 'idle' })
}

say({ type: 'ready' })
for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line)
  try {
    if (command.type === 'seed') await seed(command.jobs)
    else await measure(command)
  } catch (error) {
    say({ type: 'failed', message: String(error) })
  }
}
await boss.stop({ graceful: false })
process.exit(0)
