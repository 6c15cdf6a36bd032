// Matchers for vitest. Import this module once (a setup file will do) and expect() knows them.
import type { EventKind, MissionControlClient, Outcome, TaskStatus } from '@mission-control/core'
import { usdFromMicros } from '@mission-control/core'
import { expect } from 'vitest'

const EVENTS_MAX = 200

interface MissionControlMatchers<R = unknown> {
  /** On an Outcome: it was refused with that code. */
  toBeRefused(code: string): R
  /** On an Outcome: it was accepted. */
  toBeAccepted(): R
  /** On the answer of the gate, or an Outcome of it: people must approve first. */
  toRequireApproval(): R
  /** On a client: that task has been moved to the state at least once. */
  toHaveTransitionedTo(taskId: string, status: TaskStatus): Promise<R>
  /** On a client: all runs of the task (or of the project) together cost less than so many micro-USD. */
  toHaveSpentLessThan(micros: number, of?: { taskId?: string; agentId?: string }): Promise<R>
  /** On a client: an event of that kind is in the log. */
  toEmitEvent(kind: EventKind, of?: { taskId?: string }): Promise<R>
}

declare module 'vitest' {
  interface Matchers<T> extends MissionControlMatchers<T> {}
}

function show(outcome: Outcome<unknown>): string {
  return outcome.ok
    ? `accepted: ${JSON.stringify(outcome.data)?.slice(0, 300)}`
    : `refused: ${outcome.error.code} ${outcome.error.detail}`
}

function ofOutcome(received: unknown): unknown {
  const outcome = received as Outcome<unknown>
  return typeof received === 'object' && received !== null && 'ok' in received && outcome.ok ? outcome.data : received
}

expect.extend({
  toBeRefused(received: Outcome<unknown>, code: string) {
    const pass = !received.ok && received.error.code === code
    return { pass, message: () => `expected a refusal with ${code}, but it was ${show(received)}` }
  },
  toBeAccepted(received: Outcome<unknown>) {
    return { pass: received.ok, message: () => `expected it to be accepted, but it was ${show(received)}` }
  },
  toRequireApproval(received: unknown) {
    const decision = (ofOutcome(received) as { decision?: string } | null)?.decision
    const code = (received as { error?: { code?: string } }).error?.code
    const pass = decision === 'NEEDS_APPROVAL' || code === 'APPROVAL_REQUIRED'
    return {
      pass,
      message: () => `expected it to need an approval, but it was ${decision ?? code ?? 'something else'}`,
    }
  },
  async toHaveTransitionedTo(received: MissionControlClient, taskId: string, status: TaskStatus) {
    const page = await received.tasks.transitions({ taskId, limit: EVENTS_MAX })
    const states = page.ok ? page.data.data.map((transition) => transition.to) : []
    return {
      pass: states.includes(status),
      message: () => `expected ${taskId} to have been ${status}; it went ${states.join(' → ')}`,
    }
  },
  async toHaveSpentLessThan(
    received: MissionControlClient,
    micros: number,
    of: { taskId?: string; agentId?: string } = {},
  ) {
    const page = await received.runs.list({ ...of, limit: EVENTS_MAX })
    const spent = page.ok
      ? page.data.data.reduce((sum, run) => sum + run.billedMicros + run.imputedMicros, 0)
      : Number.NaN
    return {
      pass: spent < micros,
      message: () => `expected less than $${usdFromMicros(micros, 6)}, spent $${usdFromMicros(spent, 6)}`,
    }
  },
  async toEmitEvent(received: MissionControlClient, kind: EventKind, of: { taskId?: string } = {}) {
    const page = await received.events.list({ ...of, kinds: [kind], limit: 1 })
    return { pass: page.ok && page.data.data.length > 0, message: () => `expected a ${kind} event in the log` }
  },
})
