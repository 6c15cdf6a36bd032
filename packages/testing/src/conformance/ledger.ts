import type { Add } from '@mission-control/core/storage'
import { type ConformanceCase, twoConnections } from './case.ts'
import { adding, balanceNow, commitOf, committed, inserting, logNow, recordNow } from './commits.ts'
import { expectApplied, expectEqual, expectNotApplied, expectStale } from './expect.ts'
import { accountOf, taskRecord } from './fixtures.ts'

function reserve(account: string, amount: number, limit: number | null): Add {
  return { account, reserved: amount, settled: 0, limit }
}

export const ledgerCases: readonly ConformanceCase[] = [
  {
    id: 'ledger:limit',
    behaviour: 'takes an add up to the limit and refuses the first one above it, naming the account',
    run: async ({ storage }) => {
      const account = accountOf()
      expectApplied(await storage.commit(adding(reserve(account, 99, 100))))
      expectStale(await storage.commit(adding(reserve(account, 2, 100))), { kind: 'account', id: account })
      expectApplied(await storage.commit(adding(reserve(account, 1, 100))))
      expectStale(await storage.commit(adding(reserve(account, 1, 100))), { kind: 'account', id: account })
      expectEqual(await balanceNow(storage, account), { reserved: 100, settled: 0 }, 'full to the last micro')
    },
  },
  {
    id: 'ledger:first-add',
    behaviour: 'guards the first add on an account that was never touched',
    run: async ({ storage }) => {
      const [over, exact, none] = [accountOf(), accountOf(), accountOf()]
      expectStale(await storage.commit(adding(reserve(over, 101, 100))), { kind: 'account', id: over })
      expectApplied(await storage.commit(adding(reserve(exact, 100, 100))))
      expectStale(await storage.commit(adding(reserve(none, 1, 0))), { kind: 'account', id: none })
      expectEqual(await balanceNow(storage, over), { reserved: 0, settled: 0 }, 'nothing has moved')
      expectEqual(await balanceNow(storage, none), { reserved: 0, settled: 0 }, 'a limit of nothing allows nothing')
    },
  },
  {
    id: 'ledger:settled-counts',
    behaviour: 'counts reserved and settled together against the limit',
    run: async ({ storage }) => {
      const account = accountOf()
      await committed(storage, adding({ account, reserved: 40, settled: 50, limit: null }))
      expectStale(await storage.commit(adding(reserve(account, 11, 100))), { kind: 'account', id: account })
      const settled = { account, reserved: 0, settled: 11, limit: 100 }
      expectStale(await storage.commit(adding(settled)), { kind: 'account', id: account })
      expectApplied(await storage.commit(adding({ account, reserved: 5, settled: 5, limit: 100 })))
      expectEqual(await balanceNow(storage, account), { reserved: 45, settled: 55 }, 'exactly the limit')
    },
  },
  {
    id: 'ledger:no-limit',
    behaviour: 'refuses no add without a limit',
    run: async ({ storage }) => {
      const account = accountOf()
      await committed(storage, adding(reserve(account, 100, 100)))
      expectApplied(await storage.commit(adding({ account, reserved: 1, settled: 1_000_000_000_000, limit: null })))
      expectEqual(await balanceNow(storage, account), { reserved: 101, settled: 1_000_000_000_000 }, 'above any cap')
    },
  },
  {
    id: 'ledger:giving-back',
    behaviour: 'always allows to give back, and to settle what was reserved, also far above the limit',
    run: async ({ storage }) => {
      const account = accountOf()
      await committed(storage, adding(reserve(account, 1000, null)))
      expectApplied(await storage.commit(adding(reserve(account, -300, 100))))
      expectApplied(await storage.commit(adding({ account, reserved: -200, settled: 200, limit: 100 })))
      expectApplied(await storage.commit(adding({ account, reserved: -200, settled: 150, limit: 100 })))
      expectApplied(await storage.commit(adding(reserve(account, 0, 100))))
      expectEqual(await balanceNow(storage, account), { reserved: 300, settled: 350 }, 'each move was made')
      expectStale(await storage.commit(adding(reserve(account, 1, 100))), { kind: 'account', id: account })
      const raised = { account, reserved: -200, settled: 201, limit: 100 }
      expectStale(await storage.commit(adding(raised)), { kind: 'account', id: account })
    },
  },
  {
    id: 'ledger:room-again',
    behaviour: 'has room again for exactly what was given back',
    run: async ({ storage }) => {
      const account = accountOf()
      await committed(storage, adding(reserve(account, 100, 100)))
      await committed(storage, adding(reserve(account, -30, 100)))
      expectStale(await storage.commit(adding(reserve(account, 31, 100))), { kind: 'account', id: account })
      expectApplied(await storage.commit(adding(reserve(account, 30, 100))))
    },
  },
  {
    id: 'ledger:never-negative',
    behaviour: 'never lets reserved or settled go below zero',
    run: async ({ storage }) => {
      const account = accountOf()
      await committed(storage, adding({ account, reserved: 10, settled: 10, limit: null }))
      await expectNotApplied(storage.commit(adding(reserve(account, -11, null))), 'giving back more than was reserved')
      const unsettled = { account, reserved: 0, settled: -11, limit: null }
      await expectNotApplied(storage.commit(adding(unsettled)), 'taking back more than was settled')
      await expectNotApplied(storage.commit(adding(reserve(accountOf(), -1, null))), 'giving back what was never taken')
      expectEqual(await balanceNow(storage, account), { reserved: 10, settled: 10 }, 'the balance stays')
      expectApplied(await storage.commit(adding(reserve(account, -10, null))))
    },
  },
  {
    id: 'ledger:three-accounts',
    behaviour: 'moves three accounts at once, or none when one of them has no room',
    run: async ({ storage }) => {
      const [run, agent, project] = [accountOf(), accountOf(), accountOf()]
      await committed(storage, adding(reserve(project, 95, 100)))
      const adds = [reserve(run, 10, 10), reserve(agent, 10, 50), reserve(project, 10, 100)]
      expectStale(await storage.commit(adding(...adds)), { kind: 'account', id: project })
      expectEqual(await balanceNow(storage, run), { reserved: 0, settled: 0 }, 'the first has not moved')
      expectEqual(await balanceNow(storage, agent), { reserved: 0, settled: 0 }, 'the second has not moved')
      await committed(storage, adding(reserve(project, -5, 100)))
      expectApplied(await storage.commit(adding(...adds)))
      const { balances } = await storage.load({ accounts: [run, agent, project] })
      expectEqual(
        balances.map(({ reserved }) => reserved),
        [10, 10, 100],
        'all three have moved',
      )
    },
  },
  {
    id: 'ledger:same-account',
    behaviour: 'makes several adds on one account of one commit one after the other',
    run: async ({ storage }) => {
      const account = accountOf()
      const twice = (amount: number) => adding(reserve(account, amount, 100), reserve(account, amount, 100))
      expectStale(await storage.commit(twice(51)), { kind: 'account', id: account })
      expectEqual(await balanceNow(storage, account), { reserved: 0, settled: 0 }, 'neither is made')
      expectApplied(await storage.commit(twice(50)))
      expectEqual(await balanceNow(storage, account), { reserved: 100, settled: 0 }, 'both are made')
      const exchange = adding(reserve(account, -60, 100), { account, reserved: 0, settled: 60, limit: 100 })
      expectApplied(await storage.commit(exchange))
      expectEqual(await balanceNow(storage, account), { reserved: 40, settled: 60 }, 'what was given back made room')
    },
  },
  {
    id: 'ledger:refused-writes-nothing',
    behaviour: 'leaves no trace of a commit whose money is gone',
    run: async ({ storage }) => {
      const [account, task] = [accountOf(), taskRecord()]
      expectStale(await storage.commit(inserting('task', task, { adds: [reserve(account, 2, 1)] })), {
        kind: 'account',
        id: account,
      })
      expectEqual(await recordNow(storage, 'task', task.id), null, 'no record')
      expectEqual(await logNow(storage), [], 'no event')
    },
  },
  {
    id: 'ledger:limit-travels',
    behaviour: 'goes by the limit of each add, not by an earlier one',
    run: async ({ storage }) => {
      const account = accountOf()
      await committed(storage, adding(reserve(account, 80, 100)))
      expectStale(await storage.commit(adding(reserve(account, 1, 50))), { kind: 'account', id: account })
      expectApplied(await storage.commit(adding(reserve(account, 70, 150))))
    },
  },
  {
    id: 'ledger:accounts-apart',
    behaviour: 'keeps accounts apart that differ in any part of their id',
    run: async ({ storage }) => {
      const account = accountOf()
      await committed(storage, adding(reserve(account, 7, null)))
      const others = [
        account.replace('/DAY/', '/WEEK/'),
        account.replace('/USD/', '/TOKENS/'),
        account.replace('2025-10-09', '2025-10-10'),
        account.replace('/AGENT/', '/TASK/'),
      ]
      const { balances } = await storage.load({ accounts: others })
      expectEqual(
        balances,
        others.map(() => ({ reserved: 0, settled: 0 })),
        'the others are untouched',
      )
    },
  },
  {
    id: 'ledger:exact',
    behaviour: 'keeps amounts exact up to the largest safe integer',
    run: async (harness) => {
      const [storage, other] = await twoConnections(harness)
      const account = accountOf()
      const most = Number.MAX_SAFE_INTEGER
      expectApplied(await storage.commit(adding({ account, reserved: 0, settled: most - 2, limit: most })))
      expectApplied(await storage.commit(adding(reserve(account, 1, most))))
      expectEqual(await balanceNow(other, account), { reserved: 1, settled: most - 2 }, 'to the last unit')
      expectStale(await storage.commit(adding(reserve(account, 2, most))), { kind: 'account', id: account })
      expectApplied(await storage.commit(adding(reserve(account, 1, most))))
      expectEqual(await balanceNow(other, account), { reserved: 2, settled: most - 2 }, 'the largest sum')
    },
  },
  {
    id: 'ledger:same-move-again',
    behaviour: 'makes the same move again when another commit asks for it',
    run: async ({ storage }) => {
      const account = accountOf()
      const adds = [reserve(account, 10, null)]
      expectApplied(await storage.commit(commitOf({ adds })))
      expectApplied(await storage.commit(commitOf({ adds })))
      expectEqual(await balanceNow(storage, account), { reserved: 20, settled: 0 }, 'both were made')
    },
  },
]
