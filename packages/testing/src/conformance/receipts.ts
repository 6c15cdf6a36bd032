import { type ConformanceCase, twoConnections } from './case.ts'
import { balanceNow, commitOf, committed, inserting, logNow, recordNow } from './commits.ts'
import { expectApplied, expectEqual, expectStale, expectTrue } from './expect.ts'
import { accountOf, receiptKey, receiptUntil, taskRecord } from './fixtures.ts'

const HOUR_MS = 3_600_000

export const receiptCases: readonly ConformanceCase[] = [
  {
    id: 'receipts:kept',
    behaviour: 'gives a stored answer back as it was stored, to whatever request asks for its key',
    run: async (harness) => {
      const [storage, other] = await twoConnections(harness)
      const now = await storage.queries.now()
      const key = receiptKey()
      const response = { ok: false, error: { code: 'CLAIM_LOST', owner: null, list: [1, 'é', true, {}] } }
      const receipt = receiptUntil(now + HOUR_MS, { requestHash: 'abc', response })
      expectEqual((await storage.load({ receipt: key })).receipt, null, 'nothing before')
      expectApplied(await storage.commit(commitOf({ receipt: { key, receipt } })))
      expectEqual((await storage.load({ receipt: key })).receipt, receipt, 'hash and answer as stored')
      expectEqual((await other.load({ receipt: key })).receipt, receipt, 'on every connection')
    },
  },
  {
    id: 'receipts:taken',
    behaviour: 'refuses a second commit with the same key, whatever its hash, and writes nothing of it',
    run: async ({ storage }) => {
      const now = await storage.queries.now()
      const key = receiptKey()
      const receipt = receiptUntil(now + HOUR_MS)
      await committed(storage, inserting('task', taskRecord(), { receipt: { key, receipt } }))
      const before = await logNow(storage)
      for (const requestHash of [receipt.requestHash, 'another']) {
        const [task, account] = [taskRecord(), accountOf()]
        const again = { key, receipt: { ...receipt, requestHash, response: 'another' } }
        const adds = [{ account, reserved: 1, settled: 0, limit: null }]
        expectStale(await storage.commit(inserting('task', task, { adds, receipt: again })), { kind: 'receipt' })
        expectEqual(await recordNow(storage, 'task', task.id), null, 'no record')
        expectEqual(await balanceNow(storage, account), { reserved: 0, settled: 0 }, 'no money')
      }
      expectEqual(await logNow(storage), before, 'no event')
      expectEqual((await storage.load({ receipt: key })).receipt, receipt, 'the first answer stands')
    },
  },
  {
    id: 'receipts:apart',
    behaviour: 'keeps keys apart that differ in any of their parts',
    run: async ({ storage }) => {
      const now = await storage.queries.now()
      const key = receiptKey({ command: 'tasks.claim', key: 'k1' })
      const keys = [
        key,
        { ...key, projectId: '' },
        { ...key, principalId: 'prn_other' },
        { ...key, command: 'tasks.claimk1', key: '' },
        { ...key, command: 'tasks.claim/k1', key: '' },
        { ...key, key: 'K1' },
        { ...key, key: 'k1 ' },
      ]
      for (const [at, one] of keys.entries()) {
        const receipt = receiptUntil(now + HOUR_MS, { response: at })
        const projectId = one.projectId === '' ? null : one.projectId
        expectApplied(await storage.commit(commitOf({ projectId, receipt: { key: one, receipt } })))
      }
      for (const [at, one] of keys.entries()) {
        expectEqual(
          (await storage.load({ receipt: one })).receipt?.response,
          at,
          `the answer of ${JSON.stringify(one)}`,
        )
      }
    },
  },
  {
    id: 'receipts:expiry',
    behaviour: 'forgets an answer when it expires, not earlier, and takes the key again then',
    run: async (harness) => {
      const { storage } = harness
      const key = receiptKey()
      const first = receiptUntil((await storage.queries.now()) + HOUR_MS, { response: 'first' })
      await committed(storage, commitOf({ receipt: { key, receipt: first } }))
      await harness.advance(HOUR_MS / 2)
      expectEqual((await storage.load({ receipt: key })).receipt, first, 'it is there for its time')
      expectStale(await storage.commit(commitOf({ receipt: { key, receipt: first } })), { kind: 'receipt' })
      await harness.advance(HOUR_MS / 2 + 1000)
      expectEqual((await storage.load({ receipt: key })).receipt, null, 'it is gone after its time')

      const second = receiptUntil((await storage.queries.now()) + HOUR_MS, { requestHash: 'other', response: 'second' })
      expectApplied(await storage.commit(commitOf({ receipt: { key, receipt: second } })))
      expectEqual((await storage.load({ receipt: key })).receipt, second, 'the new answer is there')
      expectStale(await storage.commit(commitOf({ receipt: { key, receipt: second } })), { kind: 'receipt' })
    },
  },
  {
    id: 'receipts:of-stale',
    behaviour: 'keeps no answer of a commit that is not applied, so the key is free for the next attempt',
    run: async ({ storage }) => {
      const now = await storage.queries.now()
      const [key, account] = [receiptKey(), accountOf()]
      const receipt = { key, receipt: receiptUntil(now + HOUR_MS) }
      const adds = [{ account, reserved: 2, settled: 0, limit: 1 }]
      expectStale(await storage.commit(commitOf({ adds, receipt })), { kind: 'account', id: account })
      expectTrue((await storage.load({ receipt: key })).receipt === null, 'no answer is kept')
      expectApplied(await storage.commit(commitOf({ receipt })))
    },
  },
]
