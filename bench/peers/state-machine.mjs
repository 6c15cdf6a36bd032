// The task table as a machine of xstate, whose pure `transition()` is asked for each move of a walk through it. Told what
// to do on standard input, one JSON value per line; the first is the table with the walk.
import { createInterface } from 'node:readline'
import { createMachine, initialTransition, transition } from 'xstate'

const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`)

/** One state per status, one event per status to move to, and a guard that asks in which capacity somebody moves. */
function machineOf({ statuses, edges, start }) {
  const onFrom = (from) =>
    Object.fromEntries(
      edges
        .filter((edge) => edge.from === from)
        .map(({ to, capacities }) => [to, { target: to, guard: ({ event }) => capacities.includes(event.capacity) }]),
    )
  const states = Object.fromEntries(statuses.map((status) => [status, { on: onFrom(status) }]))
  return createMachine({ id: 'task', initial: start, states })
}

/** As many rounds of the walk as fit into the time; each ends where it began. */
function measure({ machine, start, events }, seconds) {
  let [snapshot] = initialTransition(machine)
  let operations = 0
  const latenciesMs = []
  const before = process.cpuUsage()
  const from = performance.now()
  while (performance.now() - from < seconds * 1000) {
    const began = performance.now()
    for (const event of events) [snapshot] = transition(machine, snapshot, event)
    latenciesMs.push((performance.now() - began) / events.length)
    operations += events.length
    if (snapshot.value !== start) throw new Error(`the walk ended in ${snapshot.value}`)
  }
  const { user, system } = process.cpuUsage(before)
  return { operations, latenciesMs, elapsedSeconds: (performance.now() - from) / 1000, cpuMicros: user + system }
}

let walk
for await (const line of createInterface({ input: process.stdin })) {
  const told = JSON.parse(line)
  try {
    if (told.type === 'table') {
      const events = told.walk.map((to) => ({ type: to, capacity: told.capacity }))
      walk = { machine: machineOf(told), start: told.start, events }
      say({ type: 'ready' })
    } else {
      measure(walk, told.warmSeconds)
      say({ type: 'measured', ...measure(walk, told.seconds) })
    }
  } catch (error) {
    say({ type: 'failed', message: error instanceof Error ? error.message : String(error) })
  }
}
