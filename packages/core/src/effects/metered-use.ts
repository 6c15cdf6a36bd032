import type { Balance } from '../model/ledger.ts'
import { type Run, tokensOfRun, totalTokens } from '../model/run.ts'
import { type AccountMove, moneyMoves } from './move-money.ts'
import type { AddedUse } from './price-lines.ts'
import type { RunAccount } from './run-accounts.ts'

/**
 * What the tokens and the time of a run add to the accounts that count them. Each such run has an account of its own
 * for both, so what is on it was booked before: the rest is new, however often and in whatever order it was told.
 * `untilAt` is the moment up to which it worked; null: no longer than was booked already.
 */
export function meteredMoves(
  run: Run,
  accounts: readonly RunAccount[],
  of: { readonly addedTokens: number; readonly untilAt: number | null },
): AccountMove[] {
  const own = (metric: 'TOKENS' | 'WALLCLOCK_MS') =>
    accounts.find(({ key }) => key.scopeType === 'RUN' && key.metric === metric)?.balance.settled ?? null
  const bookedTokens = own('TOKENS')
  const bookedMs = own('WALLCLOCK_MS')
  const tokens = bookedTokens === null ? 0 : totalTokens(tokensOfRun(run)) + of.addedTokens - bookedTokens
  const elapsedMs = of.untilAt === null || bookedMs === null ? 0 : of.untilAt - run.startedAt - bookedMs
  return accounts.flatMap((account): AccountMove[] => {
    if (account.key.metric === 'TOKENS') return [{ account, reserved: 0, settled: Math.max(0, tokens) }]
    if (account.key.metric === 'WALLCLOCK_MS') return [{ account, reserved: 0, settled: Math.max(0, elapsedMs) }]
    return []
  })
}

/** An account as a move leaves it. */
function afterMove({ account, reserved, settled }: AccountMove): RunAccount {
  const balance: Balance = {
    reserved: account.balance.reserved + reserved,
    settled: account.balance.settled + settled,
  }
  return { ...account, balance }
}

/** The accounts that these moves bring to their cap: there nothing more may be used. */
export function spentByMoves(moves: readonly AccountMove[]): RunAccount[] {
  return moves
    .map(afterMove)
    .filter(({ capMicros, balance }) => capMicros !== null && balance.reserved + balance.settled >= capMicros)
}

/** What usage that comes after the end of its run moves: money and tokens; the time of the run is known. */
export function lateMoves(run: Run, accounts: readonly RunAccount[], added: AddedUse): AccountMove[] {
  return [
    ...moneyMoves(accounts, { reserved: 0, settled: added.micros }),
    ...meteredMoves(run, accounts, { addedTokens: added.tokens, untilAt: null }),
  ]
}
