import type { ConformanceCase } from './case.ts'
import { commitOf, stored, storedTask } from './commits.ts'
import { expectEqual, expectFault } from './expect.ts'
import { PROJECT, taskRecord } from './fixtures.ts'

export const connectionCases: readonly ConformanceCase[] = [
  {
    id: 'connection:closed',
    behaviour: 'throws UNAVAILABLE for everything asked after it was closed',
    run: async ({ storage }) => {
      await storedTask(storage)
      await storage.close()
      const { queries } = storage
      const window = { fromAt: 0, toAt: 1 }
      const calls: readonly [string, () => Promise<unknown>][] = [
        ['load', () => storage.load({})],
        ['commit', () => storage.commit(commitOf({}))],
        ['readEvents', () => storage.readEvents({ after: null, limit: 1 })],
        ['now', () => queries.now()],
        ['page', () => queries.page({ kind: 'task', projectId: PROJECT, limit: 1 })],
        ['counts', () => queries.counts({ kind: 'task', projectId: PROJECT, groupBy: 'status' })],
        ['timeline', () => queries.timeline({ limit: 1 })],
        ['spend', () => queries.spend({ projectId: PROJECT, groupBy: null, ...window })],
        ['balances', () => queries.balances({ projectId: PROJECT, limit: 1 })],
      ]
      for (const [name, call] of calls) await expectFault(call(), 'UNAVAILABLE', `${name} of a closed storage`)
    },
  },
  {
    id: 'connection:others-stay',
    behaviour: 'leaves other connections to the store open when one is closed',
    run: async (harness) => {
      const other = await harness.second?.()
      if (other === undefined) return
      const task = taskRecord()
      await stored(other, 'task', task)
      await other.close()
      const { records } = await harness.storage.load({ records: [{ kind: 'task', id: task.id }] })
      expectEqual(records, [task], 'what it wrote is there')
    },
  },
]
