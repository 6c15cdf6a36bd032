import type { Execution, Executor, ExecutorKind } from '../model/execution.ts'
import type { ExecutionRules } from '../model/policy.ts'

/** An executor that was not heard for this long is not given anything. */
export const EXECUTOR_SILENCE_MS = 5 * 60_000

/** Which kinds of executor a request may go to, the best first: the explicit choice, then what the policy prefers. */
function executorChain(
  request: Pick<Execution, 'type' | 'executorKind'>,
  { executors }: Pick<ExecutionRules, 'executors'>,
): readonly ExecutorKind[] {
  const preferred = executors[request.type] ?? executors['*'] ?? []
  return [...new Set([...(request.executorKind === null ? [] : [request.executorKind]), ...preferred])]
}

/** Whether the executor may be given a request of that type now. */
function isAvailable(executor: Executor, type: Execution['type'], now: number): boolean {
  return (
    executor.healthy &&
    now - executor.lastSeenAt < EXECUTOR_SILENCE_MS &&
    executor.load < executor.capacity &&
    executor.types.includes(type)
  )
}

/** The executor for a request, or null while none can take it: of the best kind, the cheapest, the least busy. */
export function chosenExecutor(
  request: Pick<Execution, 'type' | 'executorKind'>,
  executors: readonly Executor[],
  rules: Pick<ExecutionRules, 'executors'>,
  now: number,
): Executor | null {
  for (const kind of executorChain(request, rules)) {
    const [best] = executors
      .filter((executor) => executor.kind === kind && isAvailable(executor, request.type, now))
      .toSorted(
        (one, other) => one.costWeight - other.costWeight || one.load - other.load || (one.id < other.id ? -1 : 1),
      )
    if (best !== undefined) return best
  }
  return null
}
