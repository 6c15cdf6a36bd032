import type { DecidingInProject } from '../decide/command.ts'
import type { LedgerEntry } from '../model/ledger.ts'
import type { RunAccount } from './run-accounts.ts'

export interface MoneyMove {
  readonly kind: LedgerEntry['kind']
  /** Change of what is held, signed. */
  readonly reserved: number
  /** Change of what is spent, never negative. */
  readonly settled: number
}

/**
 * Holds an amount on every account, or on none: the commit fails where one lacks the room by then. Each move has its
 * ledger entry, so that the total of an account is the sum of its entries.
 */
export function holdMoney(
  deciding: DecidingInProject,
  accounts: readonly RunAccount[],
  hold: { readonly kind: 'RESERVE' | 'EXTEND'; readonly amountMicros: number; readonly reservationId: string },
): void {
  if (hold.amountMicros === 0) return
  const move: MoneyMove = { kind: hold.kind, reserved: hold.amountMicros, settled: 0 }
  for (const account of accounts) writeMove(deciding, account, move, hold.reservationId, account.capMicros)
}

/** Books what has happened already: cost that was incurred is never refused, whatever the cap says. */
export function bookMoney(
  deciding: DecidingInProject,
  accounts: readonly RunAccount[],
  move: MoneyMove,
  reservationId: string,
): void {
  if (move.reserved === 0 && move.settled === 0) return
  for (const account of accounts) writeMove(deciding, account, move, reservationId, null)
}

function writeMove(
  deciding: DecidingInProject,
  account: RunAccount,
  move: MoneyMove,
  reservationId: string,
  limit: number | null,
): void {
  const { changes, project, now } = deciding
  changes.add(account.key, { reserved: move.reserved, settled: move.settled }, limit)
  changes.insert('ledgerEntry', {
    projectId: project.id,
    accountId: account.id,
    reservationId,
    kind: move.kind,
    reserved: move.reserved,
    settled: move.settled,
    at: now,
  })
}
