import { type Add, type Balance, invariant, type StaleReason } from '@mission-control/core/storage'
import type { MemoryState } from './memory-state.ts'

/** How accounts stand after the adds of a commit. */
export interface MovedAccounts {
  readonly balances: ReadonlyMap<string, Balance>
  readonly withoutRoom: readonly StaleReason[]
  /** Stops on moves that no correct decision makes, such as giving back more than was held. */
  assertPossible(): void
}

/** Makes the adds one after the other, each on what the one before left, without touching the store. */
export function movedAccounts(state: MemoryState, adds: readonly Add[]): MovedAccounts {
  const balances = new Map<string, Balance>()
  const full = new Set<string>()
  for (const { account, reserved, settled, limit } of adds) {
    const before = balances.get(account) ?? state.balance(account)
    const after = Object.freeze({ reserved: before.reserved + reserved, settled: before.settled + settled })
    const isRaised = reserved + settled > 0
    if (isRaised && limit !== null && after.reserved + after.settled > limit) full.add(account)
    balances.set(account, after)
  }
  return {
    balances,
    withoutRoom: [...full].map((account) => ({ kind: 'account', id: account })),
    assertPossible: () => {
      for (const [account, { reserved, settled }] of balances) {
        const isPossible = reserved >= 0 && settled >= 0 && Number.isSafeInteger(reserved + settled)
        invariant(isPossible, `account ${account} stays between zero and the largest exact number`)
      }
    },
  }
}
