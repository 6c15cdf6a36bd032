/** What one step came to. */
export interface StepResult {
  readonly name: string
  /** Null when it worked. */
  readonly problem: string | null
  readonly said: string
  readonly ms: number
}

/** Steps that build on each other: after the first that fails, the rest is not tried. */
export class Steps {
  readonly results: StepResult[] = []
  readonly skipped: string[] = []

  get hasFailed(): boolean {
    return this.results.some(({ problem }) => problem !== null)
  }

  /** Does it and keeps what came of it; null when it failed, or something before it has. */
  async take<T>(name: string, work: () => Promise<{ readonly said: string; readonly value: T }>): Promise<T | null> {
    if (this.hasFailed) {
      this.skipped.push(name)
      return null
    }
    const begunAt = performance.now()
    try {
      const { said, value } = await work()
      this.#keep({ name, problem: null, said, ms: Math.round(performance.now() - begunAt) })
      return value
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error)
      this.#keep({ name, problem, said: '', ms: Math.round(performance.now() - begunAt) })
      return null
    }
  }

  #keep(result: StepResult): void {
    this.results.push(result)
    console.log(`${result.problem === null ? 'ok  ' : 'FAIL'}  ${result.name}: ${result.problem ?? result.said}`)
  }
}

/** Looks until there is something, or gives up with a sentence. */
export async function until<T>(look: () => Promise<T | null>, what: string, withinMs = 90_000): Promise<T> {
  const EVERY_MS = 200
  for (const endsAt = Date.now() + withinMs; Date.now() < endsAt; ) {
    const found = await look()
    if (found !== null) return found
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS))
  }
  throw new Error(`${what}: not within ${withinMs / 1000} s`)
}
