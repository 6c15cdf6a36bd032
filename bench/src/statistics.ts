import type { Sample } from './row.ts'

/** The middle value; of an even number of values the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)]
  const lower = sorted[Math.ceil(sorted.length / 2) - 1]
  if (upper === undefined || lower === undefined) throw new Error('No values have no median.')
  return (lower + upper) / 2
}

/** What a window gave: how often it was done, how long each time took, and all the CPU time that went into it. */
export interface Window {
  readonly elapsedSeconds: number
  readonly operations: number
  readonly latenciesMs: readonly number[]
  readonly cpuMicros: number | null
  readonly serverMicros?: number | null
}

export function sampleOf(window: Window): Sample {
  const { elapsedSeconds, operations, latenciesMs, cpuMicros, serverMicros } = window
  if (operations === 0) throw new Error('not one operation ended in the window: make it longer')
  const sorted = Float64Array.from(latenciesMs).sort()
  const quantile = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  return {
    opsPerSecond: operations / elapsedSeconds,
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
    cpuMicros: cpuMicros === null ? null : cpuMicros / operations,
    ...(serverMicros == null ? {} : { serverMicros: serverMicros / operations }),
  }
}
