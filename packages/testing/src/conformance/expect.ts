import { AssertionError, deepStrictEqual } from 'node:assert'
import {
  type CommitOutcome,
  isMissionControlError,
  isRefusedError,
  type StaleReason,
} from '@mission-control/core/storage'

/** Fails the case unless the condition holds; the sentence says what the port promises. */
export function expectTrue(condition: boolean, sentence: string): asserts condition {
  if (!condition)
    throw new AssertionError({ message: sentence, actual: condition, expected: true, operator: 'expectTrue' })
}

/** Compares as values: the order of keys does not matter, types do. */
export function expectEqual(actual: unknown, expected: unknown, sentence: string): void {
  try {
    deepStrictEqual(actual, expected)
  } catch (error) {
    if (!(error instanceof AssertionError)) throw error
    throw new AssertionError({ message: `${sentence}\n${error.message}`, actual, expected, operator: 'expectEqual' })
  }
}

export function expectApplied(outcome: CommitOutcome): void {
  expectEqual(outcome, { status: 'applied' }, 'the commit is applied')
}

/** The commit was refused for exactly these reasons; a reason without id is compared by its kind. */
export function expectStale(
  outcome: CommitOutcome,
  ...reasons: readonly (Pick<StaleReason, 'kind'> & { id?: string })[]
) {
  expectTrue(outcome.status === 'stale', `the commit is stale because of ${JSON.stringify(reasons)}`)
  const named = outcome.because.map(({ kind, id }) =>
    reasons.some((reason) => reason.kind === kind && reason.id === undefined) ? { kind } : { kind, id },
  )
  expectEqual(sorted(named), sorted(reasons), 'the stale parts are named, and no others')
}

function sorted(reasons: readonly object[]): string[] {
  return reasons.map((reason) => JSON.stringify(reason, ['kind', 'id'])).sort()
}

/** The call throws MissionControlError with that code. */
export async function expectFault(promise: Promise<unknown>, code: 'INTERNAL' | 'UNAVAILABLE', sentence: string) {
  const thrown = await promise.then(
    () => null,
    (error: unknown) => ({ error }),
  )
  expectTrue(thrown !== null, `${sentence}: it throws`)
  const { error } = thrown
  expectTrue(isMissionControlError(error), `${sentence}: it throws a MissionControlError, not ${String(error)}`)
  expectEqual(error.code, code, `${sentence}: the code of ${error.message}`)
}

/** The call throws RefusedError with that code: what was asked is wrong, and nothing is broken. */
export async function expectRefused(promise: Promise<unknown>, code: string, sentence: string): Promise<void> {
  const thrown = await promise.then(
    () => null,
    (error: unknown) => ({ error }),
  )
  expectTrue(thrown !== null, `${sentence}: it throws`)
  const { error } = thrown
  expectTrue(isRefusedError(error), `${sentence}: it throws a RefusedError, not ${String(error)}`)
  expectEqual(error.refusal.code, code, `${sentence}: the code of ${error.message}`)
}

/** For what only a bug can ask: stale or a fault are both right, as long as it is not applied. */
export async function expectNotApplied(promise: Promise<CommitOutcome>, sentence: string): Promise<void> {
  const status = await promise.then(
    (outcome) => outcome.status,
    (error: unknown) => {
      expectTrue(
        isMissionControlError(error) && error.code === 'INTERNAL',
        `${sentence}: the fault is INTERNAL, not ${error}`,
      )
      return error.code
    },
  )
  expectTrue(status !== 'applied', `${sentence}: the commit is not applied`)
}

/** Waits until it is so, for what happens "soon". */
export async function eventually(isSo: () => boolean | Promise<boolean>, sentence: string): Promise<void> {
  const giveUpAt = performance.now() + 10_000
  while (!(await isSo())) {
    expectTrue(performance.now() < giveUpAt, `within ten seconds, ${sentence}`)
    await pause(10)
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
