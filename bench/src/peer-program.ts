import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { WARM_SECONDS } from './measure.ts'
import type { Sample } from './row.ts'
import { sampleOf } from './statistics.ts'

interface Measured {
  readonly operations: number
  readonly elapsedSeconds: number
  readonly latenciesMs: readonly number[]
  readonly cpuMicros: number
}

/** Code of others in a program of its own under the same Node. It is asked, and answers, one line of JSON at a time. */
export interface PeerProgram<Ready> {
  /** What it answered to the question it began with. */
  readonly ready: Ready
  /** The question says what to measure; warming up is not counted. */
  measure(question: object, seconds: number): Promise<Sample>
  close(): Promise<void>
}

export async function openPeerProgram<Ready>(script: string, begin: object): Promise<PeerProgram<Ready>> {
  const child = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const asked = async <Answer>(question: object, wanted: 'ready' | 'measured'): Promise<Answer> => {
    child.stdin.write(`${JSON.stringify(question)}\n`)
    const { value, done } = await lines.next()
    if (done === true) throw new Error('a peer ended: see its message above')
    const answer: Answer & { readonly type: string; readonly message?: string } = JSON.parse(value)
    if (answer.type !== wanted) throw new Error(answer.message ?? `a peer said ${answer.type}`)
    return answer
  }
  return {
    ready: await asked<Ready>(begin, 'ready'),
    measure: async (question, seconds) =>
      sampleOf(await asked<Measured>({ ...question, type: 'measure', seconds, warmSeconds: WARM_SECONDS }, 'measured')),
    close: async () => {
      child.stdin.end()
      await exited
    },
  }
}
