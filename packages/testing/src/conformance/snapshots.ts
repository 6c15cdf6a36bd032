import {
  KINDS,
  MissionControlError,
  SNAPSHOT_KINDS,
  SNAPSHOT_ROWS_MAX,
  type Storage,
  type StoredRow,
} from '@mission-control/core/storage'
import type { ConformanceCase } from './case.ts'
import { adding, balanceNow, commitOf, committed, inserting, logNow, recordNow, storedTask } from './commits.ts'
import { expectEqual, expectFault, expectTrue } from './expect.ts'
import {
  accountOf,
  eventDraft,
  FIXTURES,
  OTHER_PROJECT,
  PROJECT,
  receiptKey,
  receiptUntil,
  taskRecord,
} from './fixtures.ts'

/** Everything a store gives, with the sizes of the pieces it came in. */
async function taken(storage: Storage) {
  const rows: StoredRow[] = []
  const pieces: number[] = []
  await storage.snapshot(async (piece) => {
    rows.push(...piece)
    pieces.push(piece.length)
  })
  return { rows, pieces }
}

async function* inPieces(rows: readonly StoredRow[], size = 7): AsyncGenerator<readonly StoredRow[]> {
  for (let at = 0; at < rows.length; at += size) yield rows.slice(at, at + size)
}

const seal = (seq: number) => ({
  seq,
  prevHash: (seq - 1).toString(16).padStart(64, '0'),
  hash: seq.toString(16).padStart(64, '0'),
})

/** One record of each kind, a balance, a receipt, and a log whose first three events are sealed. */
function storeRows(): StoredRow[] {
  const records = SNAPSHOT_KINDS.map((kind): StoredRow => {
    // What lies behind five events: a place in the log, as it is carried from store to store.
    const record = FIXTURES[kind](kind === 'jobLease' ? ({ cursor: '3' } as object) : {})
    return { type: 'record', kind, record }
  })
  const events = [PROJECT, PROJECT, OTHER_PROJECT, null, PROJECT].map((projectId) => eventDraft({ projectId }))
  const seals = [seal(1), seal(2), seal(1), null, null]
  return [
    ...records,
    { type: 'balance', account: accountOf(), balance: { reserved: 5, settled: 9_007_199_254_740_000 } },
    { type: 'receipt', key: receiptKey(), receipt: receiptUntil(9_000_000_000_000) },
    ...events.map((event, at): StoredRow => ({ type: 'event', event, seal: seals[at] ?? null })),
  ]
}

export const snapshotCases: readonly ConformanceCase[] = [
  {
    id: 'snapshots:whole',
    behaviour:
      'gives back every row that a restore took: records of every kind, money, receipts, the log and its seals',
    run: async ({ storage }) => {
      const rows = storeRows()
      expectEqual(await storage.restore(inPieces(rows)), 'restored', 'the empty store takes the rows')
      expectEqual((await taken(storage)).rows, rows, 'the rows of the restored store')
      for (const kind of KINDS) {
        const row = rows.find((one) => one.type === 'record' && one.kind === kind)
        if (row?.type !== 'record' || kind === 'jobLease') continue
        expectEqual(await recordNow(storage, kind, row.record.id), row.record, `the ${kind} as a look gives it`)
      }
      expectEqual((await storage.queries.chainHead(PROJECT))?.seq, 2, 'the head of a restored log')
    },
  },
  {
    id: 'snapshots:order',
    behaviour: 'gives records by kind and id, then balances, receipts and the log',
    run: async ({ storage }) => {
      for (let n = 0; n < 3; n++) await storedTask(storage)
      await committed(storage, adding({ account: accountOf(), reserved: 1, settled: 0, limit: null }))
      await committed(storage, adding({ account: accountOf(), reserved: 0, settled: 2, limit: null }))
      const { rows } = await taken(storage)
      const places = rows.map((row) => {
        if (row.type === 'record')
          return `0 ${SNAPSHOT_KINDS.indexOf(row.kind).toString().padStart(3)} ${row.record.id}`
        return row.type === 'balance' ? `1 ${row.account}` : row.type === 'receipt' ? '2' : '3'
      })
      expectEqual(places, [...places].sort(), 'the order of the rows')
      expectEqual(
        rows.flatMap((row) => (row.type === 'event' ? [row.event.id] : [])),
        (await logNow(storage)).map(({ id }) => id).slice(0, 5),
        'the log in its order',
      )
    },
  },
  {
    id: 'snapshots:one-moment',
    behaviour: 'does not see what is written while it is taken',
    run: async ({ storage }) => {
      for (let n = 0; n < 3; n++) await storedTask(storage)
      const late = taskRecord()
      let writing: Promise<void> | null = null
      const ids: string[] = []
      await storage.snapshot(async (piece) => {
        // Begun, not waited for: where there is one connection it goes on when the snapshot has ended.
        writing ??= committed(storage, inserting('task', late))
        await Promise.race([writing, new Promise((resolve) => setTimeout(resolve, 100))])
        ids.push(...piece.flatMap((row) => (row.type === 'record' ? [row.record.id] : [])))
        ids.push(...piece.flatMap((row) => (row.type === 'event' ? [row.event.id] : [])))
      })
      await writing
      expectEqual(ids.length, 6, 'three tasks and three events')
      expectTrue((await recordNow(storage, 'task', late.id)) !== null, 'what was written meanwhile is stored')
    },
  },
  {
    id: 'snapshots:pieces',
    behaviour: 'gives at most SNAPSHOT_ROWS_MAX rows at once, and all of them together',
    run: async ({ storage }) => {
      const events = SNAPSHOT_ROWS_MAX + 50
      for (let at = 0; at < events; at += 50) {
        await committed(storage, commitOf({ events: Array.from({ length: 50 }, () => eventDraft()) }))
      }
      const { rows, pieces } = await taken(storage)
      expectEqual(rows.length, events, 'the number of rows')
      expectTrue(pieces.length > 1 && pieces.every((size) => size <= SNAPSHOT_ROWS_MAX), `the pieces ${pieces}`)
    },
  },
  {
    id: 'snapshots:occupied',
    behaviour: 'restores into no store that holds anything, and leaves it as it is',
    run: async ({ storage }) => {
      await storedTask(storage)
      const before = await taken(storage)
      expectEqual(await storage.restore(inPieces(storeRows())), 'occupied', 'a store with one task')
      expectEqual(await taken(storage), before, 'what the store holds')
    },
  },
  {
    id: 'snapshots:all-or-nothing',
    behaviour: 'restores nothing when the rows end with a fault or one of them does not fit',
    run: async ({ storage }) => {
      const rows = storeRows()
      async function* broken() {
        yield rows.slice(0, 20)
        throw new MissionControlError('INTERNAL', 'the file ends in the middle of a row')
      }
      await expectFault(storage.restore(broken()), 'INTERNAL', 'rows that end with a fault')
      expectEqual((await taken(storage)).rows, [], 'what the store holds after the fault')
      const [task] = rows.filter((row) => row.type === 'record' && row.kind === 'task')
      const unfit = { ...task, record: { ...taskRecord(), title: 7 } } as unknown as StoredRow
      await expectFault(storage.restore(inPieces([unfit])), 'INTERNAL', 'a task whose title is a number')
      expectEqual((await taken(storage)).rows, [], 'what the store holds after a row that does not fit')
      expectEqual(await storage.restore(inPieces(rows)), 'restored', 'the store is as empty as before')
    },
  },
  {
    id: 'snapshots:cursors',
    behaviour: 'carries cursors over, so that whoever follows the log goes on behind the same event',
    run: async ({ storage }) => {
      const rows = storeRows()
      await storage.restore(inPieces(rows))
      const lease = rows.find((row) => row.type === 'record' && row.kind === 'jobLease')
      expectTrue(lease?.type === 'record', 'there is a job lease')
      const after = (await recordNow(storage, 'jobLease', lease.record.id))?.cursor ?? null
      const { events } = await storage.readEvents({ after, limit: 10 })
      const expected = rows.flatMap((row) => (row.type === 'event' ? [row.event.id] : [])).slice(3)
      expectEqual(
        events.map(({ id }) => id),
        expected,
        'the events behind the cursor',
      )
    },
  },
  {
    id: 'snapshots:goes-on',
    behaviour: 'writes and seals on where the restored store ended',
    run: async ({ storage }) => {
      const rows = storeRows()
      await storage.restore(inPieces(rows))
      const account = rows.find((row) => row.type === 'balance')
      expectTrue(account?.type === 'balance', 'there is a balance')
      await committed(storage, adding({ account: account.account, reserved: -5, settled: 5, limit: null }))
      expectEqual((await balanceNow(storage, account.account))?.reserved, 0, 'what is held after giving it back')
      const { after, events, heads } = await storage.readUnsealed(10)
      expectEqual(events.length, 3, 'two restored events without a seal, and the new one')
      expectEqual(heads.find(({ projectId }) => projectId === PROJECT)?.seq, 2, 'the head they go on from')
      const [first] = events
      expectTrue(first !== undefined, 'there is an event to seal')
      const next = { cursor: first.cursor, projectId: first.projectId, seal: seal(1) }
      expectEqual(await storage.seal({ after, seals: [next] }), 'sealed', 'the seal behind the restored ones')
    },
  },
]
