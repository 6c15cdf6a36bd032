import type { HostFacts, WorkspaceCall } from '@mission-control/core'

const CALLS_MAX = 500

/** What was looked up for a call before its decision, kept until the call is made. The oldest go first. */
export class FactsMemory {
  readonly #byCall = new Map<string, HostFacts>()

  remember(call: WorkspaceCall, facts: HostFacts): void {
    const key = keyOf(call)
    this.#byCall.delete(key)
    this.#byCall.set(key, facts)
    const [oldest] = this.#byCall.keys()
    if (this.#byCall.size > CALLS_MAX && oldest !== undefined) this.#byCall.delete(oldest)
  }

  recall(call: WorkspaceCall): HostFacts | null {
    return this.#byCall.get(keyOf(call)) ?? null
  }
}

/** The same for the same call, in whatever order its arguments come back from a store. */
function keyOf({ tool, input, cwd }: WorkspaceCall): string {
  return JSON.stringify([tool, cwd, input], (_, value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
  })
}
