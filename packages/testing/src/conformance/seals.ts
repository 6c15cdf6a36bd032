import { GENESIS_HASH, type LogHead, type Seal, type Storage, type StoredEvent } from '@mission-control/core/storage'
import { type ConformanceCase, twoConnections } from './case.ts'
import { commitOf, committed, logNow, settled, withoutMarkers } from './commits.ts'
import { expectEqual, expectFault, expectTrue } from './expect.ts'
import { eventDraft, OTHER_PROJECT, PROJECT } from './fixtures.ts'

/** A hash nobody computes: the store keeps what it is given. */
function hashOf(projectId: string | null, seq: number): string {
  const log = projectId === null ? '0' : projectId === PROJECT ? 'a' : 'b'
  return log + seq.toString(16).padStart(63, '0')
}

function sealsFor(events: readonly StoredEvent[], heads: readonly LogHead[]) {
  const last = new Map(heads.map(({ projectId, seq, hash }) => [projectId, { seq, hash }]))
  return events.map(({ cursor, projectId }) => {
    const before = last.get(projectId) ?? { seq: 0, hash: GENESIS_HASH }
    const seal: Seal = { seq: before.seq + 1, prevHash: before.hash, hash: hashOf(projectId, before.seq + 1) }
    last.set(projectId, seal)
    return { cursor, projectId, seal }
  })
}

/** Seals up to that many events, as a sealer would. */
async function sealSome(storage: Storage, limit: number): Promise<'sealed' | 'stale' | 'done'> {
  const { after, events, heads } = await storage.readUnsealed(limit)
  if (events.length === 0) return 'done'
  return storage.seal({ after, seals: sealsFor(events, heads) })
}

async function sealAll(storage: Storage, limit = 200): Promise<void> {
  for (let round = 0; round < 1_000; round++) {
    if ((await sealSome(storage, limit)) === 'done') return
  }
  throw new Error('sealing never ends')
}

async function written(storage: Storage, projectId: string | null, count: number): Promise<string[]> {
  const drafts = Array.from({ length: count }, () => eventDraft({ projectId }))
  for (const draft of drafts) await committed(storage, commitOf({ projectId, events: [draft] }))
  return drafts.map(({ id }) => id)
}

function numbersOf(events: readonly StoredEvent[]): (number | undefined)[] {
  return events.map(({ seal }) => seal?.seq)
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, at) => at + 1)
}

export const sealCases: readonly ConformanceCase[] = [
  {
    id: 'seals:unsealed',
    behaviour: 'gives what is not sealed yet, of all logs, in the order of the log, and where the sealed part ends',
    run: async ({ storage }) => {
      expectEqual(await storage.readUnsealed(10), { after: null, events: [], heads: [] }, 'an empty log')
      const here = await written(storage, PROJECT, 2)
      const there = await written(storage, OTHER_PROJECT, 1)
      const global = await written(storage, null, 1)
      await settled(storage)
      const first = await storage.readUnsealed(3)
      expectEqual(
        first.events.map(({ id }) => id),
        [...here, ...there],
        'the oldest ones, within the limit',
      )
      expectEqual({ after: first.after, heads: first.heads }, { after: null, heads: [] }, 'nothing is sealed')
      expectEqual(await storage.seal({ after: null, seals: sealsFor(first.events, []) }), 'sealed', 'they are sealed')
      const next = await storage.readUnsealed(200)
      expectEqual(next.after, first.events[2]?.cursor, 'the end of the sealed part')
      expectEqual(
        withoutMarkers(next.events).map(({ id }) => id),
        global,
        'the rest',
      )
      const more = await written(storage, PROJECT, 1)
      await settled(storage)
      const last = await storage.readUnsealed(200)
      expectEqual(
        withoutMarkers(last.events).map(({ id }) => id),
        [...global, ...more],
        'with what came since',
      )
      const head = { projectId: PROJECT, seq: 2, hash: hashOf(PROJECT, 2) }
      expectEqual(last.heads, [head], 'and the head of each of their logs that has one')
    },
  },
  {
    id: 'seals:whole',
    behaviour: 'gives each event its seal wherever events are read, and leaves everything else as it was',
    run: async ({ storage }) => {
      await written(storage, PROJECT, 3)
      await written(storage, OTHER_PROJECT, 2)
      const before = await logNow(storage)
      expectTrue(
        before.every(({ seal }) => seal === null),
        'no seals at first',
      )
      await sealAll(storage)
      const after = await logNow(storage)
      expectEqual(
        after.map((event) => ({ ...event, seal: null })),
        before,
        'the same events at the same places',
      )
      const own = after.filter(({ projectId }) => projectId === PROJECT)
      const seals = upTo(3).map((seq) => ({
        seq,
        prevHash: seq === 1 ? GENESIS_HASH : hashOf(PROJECT, seq - 1),
        hash: hashOf(PROJECT, seq),
      }))
      expectEqual(
        own.map(({ seal }) => seal),
        seals,
        'each log counts for itself',
      )
      const { events } = await storage.queries.timeline({ projectId: PROJECT, newestFirst: true, limit: 10 })
      expectEqual(numbersOf(events), [3, 2, 1], 'on the timeline too')
    },
  },
  {
    id: 'seals:head',
    behaviour: 'says how far each log is sealed',
    run: async ({ storage }) => {
      expectEqual(await storage.queries.chainHead(PROJECT), null, 'nothing is')
      await written(storage, PROJECT, 3)
      await written(storage, null, 1)
      await settled(storage)
      await sealSome(storage, 2)
      const head = { projectId: PROJECT, seq: 2, hash: hashOf(PROJECT, 2) }
      expectEqual(await storage.queries.chainHead(PROJECT), head, 'a part of it is')
      expectEqual(await storage.queries.chainHead(null), null, 'of the installation nothing yet')
      await sealAll(storage)
      expectEqual((await storage.queries.chainHead(PROJECT))?.seq, 3, 'all of it is')
      expectTrue(((await storage.queries.chainHead(null))?.seq ?? 0) >= 1, 'and the log of the installation')
      expectEqual(await storage.queries.chainHead(OTHER_PROJECT), null, 'no log, no head')
    },
  },
  {
    id: 'seals:chain',
    behaviour: 'gives the sealed part of one log in pages, in its order, and none of another log',
    run: async ({ storage }) => {
      const ids = await written(storage, PROJECT, 5)
      await written(storage, OTHER_PROJECT, 2)
      await written(storage, null, 1)
      await settled(storage)
      await sealAll(storage)
      const unsealed = await written(storage, PROJECT, 1)
      await settled(storage)
      const page = async (afterSeq: number, limit: number) =>
        (await storage.queries.chain({ projectId: PROJECT, afterSeq, limit })).map(({ event, seal }) => [
          event?.id,
          seal?.seq,
        ])
      const all = ids.map((id, at) => [id, at + 1])
      expectEqual(await page(0, 200), all, 'all of it')
      expectEqual(await page(0, 2), all.slice(0, 2), 'a first page')
      expectEqual(await page(2, 2), all.slice(2, 4), 'a page in the middle')
      expectEqual(await page(4, 2), all.slice(4), 'the last page')
      expectEqual(await page(5, 2), [], 'nothing behind the head')
      const log = (await logNow(storage, PROJECT)).filter(({ id }) => !unsealed.includes(id))
      const links = await storage.queries.chain({ projectId: PROJECT, afterSeq: 0, limit: 200 })
      expectEqual(
        links,
        log.map(({ cursor: _, seal, ...event }) => ({ event, seal })),
        'each event as the log has it',
      )
    },
  },
  {
    id: 'seals:once',
    behaviour: 'refuses seals that come after others, leave an event out, or name a place that is not in the log',
    run: async ({ storage }) => {
      await written(storage, PROJECT, 4)
      await settled(storage)
      const { events } = await storage.readUnsealed(4)
      const seals = sealsFor(events, [])
      expectEqual(await storage.seal({ after: null, seals: seals.slice(1, 2) }), 'stale', 'the first is left out')
      const holed = [seals[0], seals[2]].filter((one) => one !== undefined)
      expectEqual(await storage.seal({ after: null, seals: holed }), 'stale', 'one in the middle is left out')
      expectEqual(await storage.queries.chainHead(PROJECT), null, 'nothing was written')
      expectEqual(await storage.seal({ after: null, seals: seals.slice(0, 2) }), 'sealed', 'the first ones')
      expectEqual(await storage.seal({ after: null, seals: seals.slice(0, 2) }), 'stale', 'not again')
      expectEqual(await storage.seal({ after: null, seals }), 'stale', 'nor with more')
      const wrongEnd = events[2]?.cursor ?? null
      expectEqual(await storage.seal({ after: wrongEnd, seals: seals.slice(3) }), 'stale', 'behind what is not sealed')
      expectEqual((await storage.queries.chainHead(PROJECT))?.seq, 2, 'nothing more was written')
    },
  },
  {
    id: 'seals:limits',
    behaviour: 'reads and seals no more than a page at once',
    run: async ({ storage }) => {
      for (const limit of [0, 201]) {
        await expectFault(storage.readUnsealed(limit), 'INTERNAL', `a limit of ${limit}`)
        const links = storage.queries.chain({ projectId: PROJECT, afterSeq: 0, limit })
        await expectFault(links, 'INTERNAL', `a page of ${limit}`)
      }
      await expectFault(storage.seal({ after: null, seals: [] }), 'INTERNAL', 'no seals at all')
    },
  },
  {
    id: 'seals:under-load',
    behaviour: 'leaves no gap and gives no number twice while many write and two seal',
    run: async (harness) => {
      const [one, other] = await twoConnections(harness)
      let isWriting = true
      const write = async (storage: Storage, projectId: string | null) => {
        for (let round = 0; round < 20; round++) {
          const events = Array.from({ length: 1 + (round % 3) }, () => eventDraft({ projectId }))
          await committed(storage, commitOf({ projectId, events }))
        }
      }
      const keepSealing = async (storage: Storage) => {
        while (isWriting) await sealSome(storage, 5)
      }
      const sealing = Promise.all([keepSealing(one), keepSealing(other)])
      await Promise.all([write(one, PROJECT), write(other, PROJECT), write(other, OTHER_PROJECT), write(one, null)])
      isWriting = false
      await sealing
      await settled(one)
      await sealAll(one)
      for (const projectId of [PROJECT, OTHER_PROJECT]) {
        const log = await logNow(one, projectId)
        expectEqual(numbersOf(log), upTo(log.length), 'numbers from 1, in the order of the log')
        expectTrue(
          log.every(({ seal }, at) => seal?.prevHash === (at === 0 ? GENESIS_HASH : log[at - 1]?.seal?.hash)),
          'each is chained to the one before',
        )
      }
    },
  },
]
