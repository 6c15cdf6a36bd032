import type { DecidingInProject } from '../decide/command.ts'
import type { LedgerEntry } from '../model/ledger.ts'
import type { RunAccount } from './run-accounts.ts'

/** What a decision moves on one account, in the units of its metric. */
export interface AccountMove {
  readonly account: RunAccount
  /** Change of what is held, signed. */
  readonly reserved: number
  /** Change of what is spent, never negative. */
  readonly settled: number
}

interface Hold {
  readonly kind: 'RESERVE' | 'EXTEND'
  readonly amountMicros: number
  readonly reservationId: string
}

/**
 * Holds an amount on every account, or on none: the commit fails where one lacks the room by then. Money is held as it
 * is, a run as one run, once. Each move has its ledger entry, so that the total of an account is the sum of its entries.
 */
export function holdMoney(deciding: DecidingInProject, accounts: readonly RunAccount[], hold: Hold): void {
  for (const account of accounts) {
    const reserved = heldOn(account, hold)
    if (reserved !== 0) writeMove(deciding, { account, reserved, settled: 0 }, hold, account.capMicros)
  }
}

function heldOn({ key }: RunAccount, hold: Hold): number {
  if (key.metric === 'USD') return hold.amountMicros
  return key.metric === 'RUNS' && hold.kind === 'RESERVE' ? 1 : 0
}

/** The same amount of money on every account that counts money; what else is counted moves elsewhere. */
export function moneyMoves(
  accounts: readonly RunAccount[],
  move: { readonly reserved: number; readonly settled: number },
): AccountMove[] {
  return accounts.filter(({ key }) => key.metric === 'USD').map((account) => ({ account, ...move }))
}

/** Books what has happened already: what was used is never refused, whatever the cap says. */
export function bookMoves(
  deciding: DecidingInProject,
  moves: readonly AccountMove[],
  of: { readonly kind: LedgerEntry['kind']; readonly reservationId: string },
): void {
  for (const move of moves) {
    if (move.reserved !== 0 || move.settled !== 0) writeMove(deciding, move, of, null)
  }
}

function writeMove(
  { changes, project, now }: DecidingInProject,
  { account, reserved, settled }: AccountMove,
  of: { readonly kind: LedgerEntry['kind']; readonly reservationId: string },
  limit: number | null,
): void {
  changes.add(account.key, { reserved, settled }, limit)
  changes.insert('ledgerEntry', {
    projectId: project.id,
    accountId: account.id,
    reservationId: of.reservationId,
    kind: of.kind,
    reserved,
    settled,
    at: now,
  })
}
