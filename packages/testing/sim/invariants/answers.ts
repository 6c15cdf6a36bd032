import { OPERATIONS, type Outcome } from '@mission-control/core'
import type { Call } from '../call.ts'
import { type Change, textOf } from '../mirror.ts'
import type { Sight, Watch } from './watch.ts'

/** What is read fresh each time: queries, and the reply to a heartbeat. */
function isFresh(operation: string): boolean {
  return operation === 'agents.heartbeat' || OPERATIONS.get(operation)?.type === 'query'
}

/** I1, I27, I29: what was acknowledged is there; the same key has one effect and one answer; foreign rows do not exist. */
export function watchAnswers({ mirror, complain }: Sight): Watch {
  const applied = new Set<string>()
  const first = new Map<Call, string>()
  return {
    committed: (change: Change) => {
      const receipt = change.commit.receipt
      if (receipt === null) return
      const key = textOf(receipt.key)
      if (applied.has(key)) complain('I27', `${receipt.key.command} took effect twice under one key`)
      applied.add(key)
    },
    answered: (call, outcome) => {
      if (!outcome.ok) return
      checkAcknowledged(mirror, complain, call, outcome)
      if (isFresh(call.operation)) return
      const known = first.get(call)
      const text = JSON.stringify(outcome.data, withoutKey)
      if (known === undefined) first.set(call, text)
      else if (known !== text) complain('I27', `${call.operation} answered its repetition otherwise`)
    },
  }
}

/** A key is shown once; no repetition gives it again. */
function withoutKey(name: string, value: unknown): unknown {
  return name === 'key' ? null : value
}

function checkAcknowledged(
  mirror: Sight['mirror'],
  complain: Sight['complain'],
  call: Call,
  outcome: Outcome<unknown>,
): void {
  if (!outcome.ok) return
  const found = outcome.data as { id?: string; projectId?: string | null }
  if (call.operation === 'tasks.create' && mirror.get('task', found.id ?? '') === null) {
    complain('I1', `${found.id} was acknowledged and is not there`)
  }
  const isForeign =
    typeof found === 'object' && found !== null && found.projectId != null && found.projectId !== call.projectId
  if (isForeign) complain('I29', `${call.operation} in ${call.projectId} answered with a row of ${found.projectId}`)
}
