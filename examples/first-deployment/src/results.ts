import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What became of one step. */
interface StepResult {
  readonly name: string
  readonly problem: string | null
  readonly ms: number
}

/** Does the steps of a deployment in order and writes down what worked; after a step that failed nothing else is done. */
export class Results {
  readonly #steps: StepResult[] = []

  get failed(): boolean {
    return this.#steps.some(({ problem }) => problem !== null)
  }

  async step<T>(name: string, work: () => Promise<T>): Promise<T> {
    const beganAt = performance.now()
    const end = (problem: string | null) => {
      this.#steps.push({ name, problem, ms: Math.round(performance.now() - beganAt) })
      console.log(`${problem === null ? 'ok    ' : 'FAILED'} ${name}${problem === null ? '' : `: ${problem}`}`)
    }
    try {
      const result = await work()
      end(null)
      return result
    } catch (error) {
      end(error instanceof Error ? error.message : String(error))
      throw error
    }
  }

  /** Writes `DEPLOYMENT_RESULTS.md` from what has happened; gives its path. */
  async write(folder: string, next: readonly string[]): Promise<string> {
    const lines = (worked: boolean) =>
      this.#steps
        .filter(({ problem }) => (problem === null) === worked)
        .map(({ name, problem, ms }) => `- ${name} (${ms} ms)${problem === null ? '' : `: ${problem}`}`)
    const list = (entries: readonly string[]) => (entries.length === 0 ? '- nothing' : entries.join('\n'))
    const text = `# Deployment results

## Worked

${list(lines(true))}

## Failed

${list(lines(false))}

## Next

${list(next.map((entry) => `- ${entry}`))}
`
    await mkdir(folder, { recursive: true })
    const path = join(folder, 'DEPLOYMENT_RESULTS.md')
    await writeFile(path, text)
    return path
  }
}
