import { setTimeout as sleep } from 'node:timers/promises'
import { type Cpu, ownCpuMicros } from './cpu.ts'
import type { Sample } from './row.ts'
import { sampleOf } from './statistics.ts'

/** How long a window runs at least before it counts. */
export const WARM_SECONDS = 0.3
/** How long it waits at most until every caller has ended one operation and they no longer march in step. */
const WARM_SECONDS_MAX = 15
/** How much longer a window may last until it has seen as many operations as there are callers. */
const EXTRA_SECONDS_MAX = 15
/** A clock read costs as much as the fastest operations here, so those are timed this many at a time. */
const CALLS_PER_TIMING = 1000

/**
 * Keeps that many callers busy for the length of a window. Each begins its next operation when the one before has
 * ended. An operation that fails ends the window with its error.
 */
export async function measure(window: {
  readonly seconds: number
  readonly callers?: number
  readonly cpu?: Cpu
  /** Of the database server alone. */
  readonly server?: Cpu
  readonly operation: (caller: number) => Promise<void>
}): Promise<Sample> {
  const { seconds, callers = 1, cpu = ownCpuMicros, server = () => null, operation } = window
  const latenciesMs: number[] = []
  let isCounting = false
  let isOver = false
  let cold = callers
  let allWarm = (): void => undefined
  const warmed = new Promise<void>((resolve) => {
    allWarm = resolve
  })
  const work = async (caller: number) => {
    let isCold = true
    let yieldAt = performance.now() + 10
    while (!isOver) {
      const from = performance.now()
      await operation(caller)
      const to = performance.now()
      if (isCounting) latenciesMs.push(to - from)
      if (isCold) {
        isCold = false
        cold -= 1
        if (cold === 0) allWarm()
      }
      // What never waits for anything would keep the timers of this very window waiting.
      if (to > yieldAt) {
        await new Promise((resolve) => setImmediate(resolve))
        yieldAt = performance.now() + 10
      }
    }
  }
  const working = Promise.all(Array.from({ length: callers }, (_, caller) => work(caller)))
  // A failing caller ends all of it; awaited too late, it would count as unhandled.
  const failed = working.then(
    () => undefined,
    () => {
      isOver = true
    },
  )
  const limit = new AbortController()
  const longEnough = sleep(WARM_SECONDS_MAX * 1000, undefined, { signal: limit.signal }).catch(() => undefined)
  await Promise.race([Promise.all([sleep(WARM_SECONDS * 1000), warmed]), longEnough, failed])
  limit.abort()
  const [cpuBefore, serverBefore] = [cpu(), server()]
  const from = performance.now()
  isCounting = true
  await Promise.race([sleep(seconds * 1000), failed])
  // A crowd moves in waves: a window that ends between two of them has seen none.
  while (!isOver && latenciesMs.length < callers && performance.now() - from < (seconds + EXTRA_SECONDS_MAX) * 1000) {
    await sleep(20)
  }
  isCounting = false
  const elapsedSeconds = (performance.now() - from) / 1000
  const [cpuAfter, serverAfter] = [cpu(), server()]
  isOver = true
  await working
  return sampleOf({
    elapsedSeconds,
    operations: latenciesMs.length,
    latenciesMs,
    cpuMicros: differenceOf(cpuBefore, cpuAfter),
    serverMicros: differenceOf(serverBefore, serverAfter),
  })
}

function differenceOf(before: number | null, after: number | null): number | null {
  return before === null || after === null ? null : after - before
}

/** As `measure`, for what answers at once. Percentiles are those of means over a thousand calls. */
export function measureSync(seconds: number, operation: () => void): Sample {
  repeat(WARM_SECONDS, operation)
  const cpuBefore = ownCpuMicros()
  const { elapsedSeconds, latenciesMs } = repeat(seconds, operation)
  const operations = latenciesMs.length * CALLS_PER_TIMING
  return sampleOf({ elapsedSeconds, operations, latenciesMs, cpuMicros: ownCpuMicros() - cpuBefore })
}

function repeat(seconds: number, operation: () => void) {
  const latenciesMs: number[] = []
  const start = performance.now()
  const end = start + seconds * 1000
  let at = start
  while (at < end) {
    for (let call = 0; call < CALLS_PER_TIMING; call++) operation()
    const after = performance.now()
    latenciesMs.push((after - at) / CALLS_PER_TIMING)
    at = after
  }
  return { elapsedSeconds: (at - start) / 1000, latenciesMs }
}
