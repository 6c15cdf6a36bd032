import type { MissionControlClient } from '../client.ts'
import type { Approval } from '../model/approval.ts'

/** What people said, as far as they have. */
export interface AwaitedDecision {
  /** True only for an APPROVED request: neither time nor a failure says yes. */
  readonly approved: boolean
  /** Why, in the words of whoever decided; or that nobody has. */
  readonly reason: string
  readonly deciders: readonly { readonly name: string; readonly verdict: 'APPROVE' | 'DENY' }[]
}

const OVERSLEPT_MS = 15_000

/**
 * Waits until the request has an outcome, by the events of the project and, should one be missed, by looking again.
 * A timeout, an aborted signal or an unreachable store is not an approval.
 */
export async function waitForDecision(
  client: MissionControlClient,
  approvalId: string,
  options: { readonly timeoutMs: number; readonly signal?: AbortSignal },
): Promise<AwaitedDecision> {
  const until = AbortSignal.any([
    AbortSignal.timeout(options.timeoutMs),
    ...(options.signal === undefined ? [] : [options.signal]),
  ])
  const events = follow(client, until)
  try {
    for (;;) {
      // The next event is waited for from before the look, so that none falls in between.
      const next = events.next()
      const answer = await client.approvals.get({ approvalId })
      if (!answer.ok) return undecided(answer.error.detail)
      if (answer.data.status !== 'PENDING') return outcomeOf(answer.data)
      if (until.aborted) return undecided('nobody decided in time')
      await next
    }
  } catch (error) {
    return undecided(error instanceof Error ? error.message : String(error))
  } finally {
    events.end()
  }
}

function undecided(reason: string): AwaitedDecision {
  return { approved: false, reason, deciders: [] }
}

function outcomeOf({ status, decisions }: Approval): AwaitedDecision {
  const last = decisions.at(-1)
  return {
    approved: status === 'APPROVED',
    reason: last?.reason ?? `${status}${last === undefined ? '' : ` by ${last.name}`}`,
    deciders: decisions.map(({ name, verdict }) => ({ name, verdict })),
  }
}

/** The events of the project, one wake-up each; a broken stream only makes the waiting slower. */
function follow(client: MissionControlClient, until: AbortSignal) {
  const ended = new AbortController()
  const signal = AbortSignal.any([until, ended.signal])
  let wake = () => {}
  const run = async () => {
    for await (const event of client.watch({ after: 'now', signal })) {
      if (event.subject.startsWith('approval/')) wake()
    }
  }
  run().catch(() => {})
  return {
    next: () =>
      new Promise<void>((resolve) => {
        const timer = setTimeout(() => done(), OVERSLEPT_MS)
        const done = () => {
          clearTimeout(timer)
          signal.removeEventListener('abort', done)
          resolve()
        }
        wake = done
        signal.addEventListener('abort', done)
        if (signal.aborted) done()
      }),
    end: () => ended.abort(),
  }
}
