import type { Deciding } from '../decide/command.ts'
import type { Principal } from '../model/principal.ts'
import { type Refusal, refusal } from '../model/refusal.ts'

/** Why the one-time code that came with the call does not count, or null. A code counts once. */
export function codeProblem({ codeNumber }: Deciding, principal: Principal, what: string): Refusal | null {
  if (codeNumber === null) {
    return refusal('SECOND_FACTOR_REQUIRED', `${what} by ${principal.displayName} takes a one-time code`)
  }
  if (codeNumber > (principal.lastCodeNumber ?? -1)) return null
  return refusal('SECOND_FACTOR_REQUIRED', 'this one-time code has been used; wait for the next one')
}

/** Uses the code up, in the transaction of what it is for: of two calls with the same code only one commits. */
export function spendCode({ changes, codeNumber }: Deciding, principal: Principal): void {
  if (codeNumber !== null) changes.update('principal', principal, { lastCodeNumber: codeNumber })
}
