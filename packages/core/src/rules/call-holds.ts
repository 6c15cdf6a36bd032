import type { Reservation } from '../model/ledger.ts'

/** How long money is held for a call that nobody reports. */
export const CALL_HOLD_MS = 5 * 60_000
/** Most calls of one run that money is held for at once. */
export const CALL_HOLDS_MAX = 100

type CallHold = Reservation['callHolds'][number]

/** The holds of calls that are neither over nor reported. */
export function liveCallHolds(reservation: Reservation, now: number, reportedCallIds: readonly string[]): CallHold[] {
  return reservation.callHolds.filter(({ callId, expiresAt }) => expiresAt > now && !reportedCallIds.includes(callId))
}

/** What a run has to hold: at least what it held at the start, and enough for what it used and for the calls it waits for. */
export function holdNeededMicros(baseMicros: number, usedMicros: number, holds: readonly CallHold[]): number {
  return Math.max(
    baseMicros,
    holds.reduce((sum, { amountMicros }) => sum + amountMicros, usedMicros),
  )
}

/** The holds as they are stored, with the moment when somebody has to look at them again. */
export function callHoldFields(holds: readonly CallHold[]): Pick<Reservation, 'callHolds' | 'callHoldsDueAt'> {
  const due = holds.map(({ expiresAt }) => expiresAt)
  return { callHolds: [...holds], callHoldsDueAt: due.length === 0 ? null : Math.min(...due) }
}
