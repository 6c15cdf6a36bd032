import { type ChildProcess, fork } from 'node:child_process'
import { createHash } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { NOTHING_REACHED, type Reached, together } from './coverage.ts'
import type { SeedResult } from './seed.ts'

export interface SuiteOptions {
  readonly seeds: number
  readonly steps: number
  readonly firstSeed: number
  /** Default: as many as there are cores. */
  readonly workers?: number
}

export interface SuiteResult {
  readonly seeds: number
  readonly steps: number
  /** Seeds in which something was wrong, in their order. */
  readonly failed: readonly SeedResult[]
  /** Of all seeds in their order: equal options give an equal hash. */
  readonly hash: string
  readonly reached: Reached
  /** Steps that were taken in all seeds together. */
  readonly taken: number
  readonly cpuMs: number
}

/** What a worker is given, and gives back for each seed. */
export interface SeedRequest {
  readonly seed: number
  readonly steps: number
}
export type SeedAnswer = SeedResult & { readonly cpuMs: number }

/** Runs seeds on all cores. Which worker runs which seed makes no difference to what comes out. */
export async function runSuite(options: SuiteOptions): Promise<SuiteResult> {
  const { seeds, steps, firstSeed } = options
  const answers: SeedAnswer[] = []
  let next = firstSeed
  const work = async () => {
    // A process of its own, started as this one was: the loader of TypeScript does not reach into threads.
    const worker = fork(fileURLToPath(new URL('./worker.ts', import.meta.url)))
    try {
      while (next < firstSeed + seeds) answers.push(await ask(worker, { seed: next++, steps }))
    } finally {
      worker.kill()
    }
  }
  const count = Math.min(options.workers ?? availableParallelism(), seeds)
  await Promise.all(Array.from({ length: count }, work))
  answers.sort((one, other) => one.seed - other.seed)
  const hash = createHash('sha256')
  for (const answer of answers) hash.update(`${answer.seed} ${answer.hash} ${answer.violations.length}\n`)
  return {
    seeds,
    steps,
    failed: answers.filter(({ violations }) => violations.length > 0),
    hash: hash.digest('hex').slice(0, 16),
    reached: answers.reduce((sum, { reached }) => together(sum, reached), NOTHING_REACHED),
    taken: answers.reduce((sum, answer) => sum + answer.steps, 0),
    cpuMs: answers.reduce((sum, answer) => sum + answer.cpuMs, 0),
  }
}

function ask(worker: ChildProcess, request: SeedRequest): Promise<SeedAnswer> {
  return new Promise((resolve, reject) => {
    const settle = (done: () => void) => {
      worker.off('message', onAnswer)
      worker.off('error', onError)
      worker.off('exit', onExit)
      done()
    }
    const onAnswer = (answer: SeedAnswer) => settle(() => resolve(answer))
    const onError = (error: Error) => settle(() => reject(error))
    const onExit = () => settle(() => reject(new Error(`the worker ended in seed ${request.seed}`)))
    worker.on('message', onAnswer)
    worker.on('error', onError)
    worker.on('exit', onExit)
    worker.send(request)
  })
}
