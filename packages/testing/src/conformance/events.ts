import type { Storage, StoredEvent } from '@mission-control/core/storage'
import { type ConformanceCase, twoConnections } from './case.ts'
import {
  balanceNow,
  changed,
  commitOf,
  committed,
  inserting,
  logNow,
  put,
  recordNow,
  reliesOn,
  settled,
  stored,
  withoutMarkers,
  writing,
} from './commits.ts'
import {
  eventually,
  expectApplied,
  expectEqual,
  expectFault,
  expectRefused,
  expectStale,
  expectTrue,
  pause,
} from './expect.ts'
import {
  ACTOR,
  accountOf,
  agentRecord,
  BASE_AT,
  eventDraft,
  newId,
  OTHER_PROJECT,
  PROJECT,
  receiptKey,
  receiptUntil,
  runRecord,
} from './fixtures.ts'

function idsOf(events: readonly { readonly id: string }[]): string[] {
  return events.map(({ id }) => id)
}

/** Writes that many commits of one event, one after the other. */
async function logged(storage: Storage, count: number, projectId: string | null = PROJECT): Promise<string[]> {
  const drafts = Array.from({ length: count }, () => eventDraft({ projectId }))
  for (const draft of drafts) await committed(storage, commitOf({ projectId, events: [draft] }))
  return idsOf(drafts)
}

export const eventCases: readonly ConformanceCase[] = [
  {
    id: 'events:order',
    behaviour: 'keeps the events of a commit in their order, and those of a later commit behind them',
    run: async ({ storage }) => {
      const commits = Array.from({ length: 5 }, () => Array.from({ length: 4 }, () => eventDraft()))
      // Neither id nor time decides about the order.
      for (const events of commits) events.reverse()
      for (const events of commits) await committed(storage, commitOf({ events }))
      expectEqual(idsOf(await logNow(storage)), idsOf(commits.flat()), 'the order of writing')
    },
  },
  {
    id: 'events:whole',
    behaviour: 'gives every field of an event as it was written, and its cursor',
    run: async ({ storage }) => {
      const full = eventDraft({
        kind: 'APPROVAL_DENIED',
        subject: 'approval/apr_1',
        actor: { ...ACTOR, kind: 'HUMAN', role: 'OPERATOR', agentId: null },
        taskId: newId('tsk'),
        agentId: newId('agt'),
        runId: newId('run'),
        reason: 'not now',
        data: { list: [1, 'two', null, { three: true }] },
        policyVersion: 'default@3',
        costMicros: -5,
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      })
      const installation = eventDraft({ projectId: null })
      await committed(storage, commitOf({ events: [full] }))
      await committed(storage, commitOf({ projectId: null, events: [installation] }))
      const withoutCursor = (await logNow(storage)).map(({ cursor: _, seal: __, ...event }) => event)
      expectEqual(withoutCursor, [full, installation], 'each event as it was written')
    },
  },
  {
    id: 'events:cursor',
    behaviour: 'goes on behind any cursor it gave, with limits of any size',
    run: async ({ storage }) => {
      const ids = await logged(storage, 7)
      const all = await logNow(storage)
      for (const [at, { cursor }] of all.entries()) {
        const rest = await storage.readEvents({ after: cursor, limit: 200 })
        expectEqual(idsOf(withoutMarkers(rest.events)), ids.slice(at + 1), 'what comes behind the cursor of an event')
      }
      for (const limit of [1, 2, 7, 200]) {
        const seen: StoredEvent[] = []
        let after: string | null = null
        for (let page = 0; page < 10; page++) {
          const { events, cursor } = await storage.readEvents({ after, limit })
          expectTrue(events.length <= limit, 'no more than the limit')
          seen.push(...events)
          after = cursor
        }
        expectEqual(idsOf(withoutMarkers(seen)), ids, `each event once with a limit of ${limit}`)
      }
    },
  },
  {
    id: 'events:cursors-sort',
    behaviour: 'gives cursors that sort as text as the log does',
    run: async ({ storage }) => {
      await logged(storage, 12)
      await committed(storage, commitOf({ events: Array.from({ length: 110 }, () => eventDraft()) }))
      await logged(storage, 3)
      const cursors = (await logNow(storage)).map(({ cursor }) => cursor)
      expectEqual(cursors.length, 125, 'all events are there')
      for (const [at, cursor] of cursors.entries()) {
        expectTrue(at === 0 || (cursors[at - 1] ?? '') < cursor, `cursor ${at} comes after the one before`)
      }
    },
  },
  {
    id: 'events:project',
    behaviour: 'reads one project alone, or all with the log of the installation',
    run: async ({ storage }) => {
      const here = await logged(storage, 2)
      const there = await logged(storage, 2, OTHER_PROJECT)
      const global = await logged(storage, 1, null)
      const later = await logged(storage, 1)
      expectEqual(idsOf(await logNow(storage, PROJECT)), [...here, ...later], 'one project')
      expectEqual(idsOf(await logNow(storage, OTHER_PROJECT)), there, 'the other project')
      expectEqual(idsOf(await logNow(storage)), [...here, ...there, ...global, ...later], 'everything')
      const single = await storage.readEvents({ after: null, limit: 1, projectId: OTHER_PROJECT })
      expectEqual(idsOf(single.events), there.slice(0, 1), 'the limit counts what fits only')
    },
  },
  {
    id: 'events:empty-page',
    behaviour: 'says where to go on also when a page is empty, and null only while the log is',
    run: async ({ storage }) => {
      const empty = { events: [], cursor: null }
      expectEqual(await storage.readEvents({ after: null, limit: 10 }), empty, 'an empty log')
      expectEqual(await storage.readEvents({ after: null, limit: 10, projectId: PROJECT }), empty, 'of a project too')
      await logged(storage, 3)
      await settled(storage)

      const foreign = await storage.readEvents({ after: null, limit: 10, projectId: OTHER_PROJECT })
      expectEqual(foreign.events, [], 'nothing of the other project')
      expectTrue(foreign.cursor !== null, 'a cursor all the same')
      const end = (await storage.readEvents({ after: null, limit: 10 })).cursor
      const still = await storage.readEvents({ after: end, limit: 10 })
      expectEqual(still.events, [], 'nothing new')
      expectTrue(still.cursor !== null, 'the end is still a place')

      const here = await logged(storage, 1)
      const there = await logged(storage, 1, OTHER_PROJECT)
      await settled(storage)
      const next = await storage.readEvents({ after: foreign.cursor, limit: 10, projectId: OTHER_PROJECT })
      expectEqual(idsOf(next.events), there, 'going on from there misses nothing')
      const rest = await storage.readEvents({ after: still.cursor, limit: 10 })
      expectEqual(idsOf(withoutMarkers(rest.events)), [...here, ...there], 'nor does going on from the end')
    },
  },
  {
    id: 'events:foreign-cursor',
    behaviour: 'refuses what it cannot have given as a cursor, and says that it is the cursor',
    run: async ({ storage }) => {
      await logged(storage, 1)
      const digits = '9'.repeat(20)
      const foreign = ['', 'x', '5', '-1', 'now', '../1', `${digits}-${digits.slice(1)}`, `${digits}x`, '1'.repeat(900)]
      for (const after of foreign) {
        await expectRefused(storage.readEvents({ after, limit: 10 }), 'CURSOR_INVALID', `reading after ${after}`)
        const timeline = storage.queries.timeline({ after, limit: 10 })
        await expectRefused(timeline, 'CURSOR_INVALID', `the timeline after ${after}`)
      }
    },
  },
  {
    id: 'events:not-of-stale',
    behaviour: 'writes no event of a commit that is not applied',
    run: async ({ storage }) => {
      const agent = agentRecord()
      const stale = inserting('run', runRecord(), { checks: [reliesOn('agent', agent)] })
      expectStale(await storage.commit(stale), { kind: 'agent', id: agent.id })
      expectEqual(await storage.readEvents({ after: null, limit: 10 }), { events: [], cursor: null }, 'an empty log')
      await stored(storage, 'agent', agent)
      expectApplied(await storage.commit(stale))
      expectEqual(
        idsOf(await logNow(storage)).filter((id) => id === stale.events[0]?.id).length,
        1,
        'once it is applied',
      )
    },
  },
  {
    id: 'events:sent-again',
    behaviour: 'answers a commit that was applied before with applied, without a second effect',
    run: async (harness) => {
      const [storage, other] = await twoConnections(harness)
      const now = await storage.queries.now()
      const run = runRecord()
      await stored(storage, 'run', run)
      const account = accountOf()
      const commit = writing([put('run', changed(run, { lineCount: 1 })), put('agent', agentRecord())], {
        adds: [{ account, reserved: 60, settled: 0, limit: 100 }],
        events: [eventDraft(), eventDraft()],
        receipt: { key: receiptKey(), receipt: receiptUntil(now + 60_000) },
      })
      expectApplied(await storage.commit(commit))
      const log = await logNow(storage)
      // Now every check is stale, the account has no room for it and the receipt is there.
      expectApplied(await storage.commit(commit))
      expectApplied(await other.commit(structuredClone(commit)))
      expectEqual(await balanceNow(storage, account), { reserved: 60, settled: 0 }, 'the money moved once')
      expectEqual((await recordNow(storage, 'run', run.id))?.version, 2, 'the record was written once')
      expectEqual(await logNow(storage), log, 'the events are there once')

      await committed(storage, inserting('run', changed(changed(run, { lineCount: 1 }), { lineCount: 2 })))
      expectApplied(await storage.commit(commit))
      expectEqual((await recordNow(storage, 'run', run.id))?.lineCount, 2, 'what came later stands')
    },
  },
  {
    id: 'events:same-id',
    behaviour:
      'takes another commit whose first event has the id of a logged one for a fault, not for the same sent again',
    run: async ({ storage }) => {
      const event = eventDraft()
      const commit = inserting('agent', agentRecord(), { events: [event] })
      await committed(storage, commit)
      const others: Partial<StoredEvent>[] = [
        { subject: `task/${newId('tsk')}` },
        { kind: 'TASK_CREATED' },
        { time: event.time + 1 },
        { summary: 'Something else' },
        { actor: { ...event.actor, id: newId('prn') } },
      ]
      for (const changes of others) {
        const agent = agentRecord()
        const other = inserting('agent', agent, { events: [{ ...event, ...changes }] })
        await expectFault(storage.commit(other), 'INTERNAL', `another event: ${Object.keys(changes).join()}`)
        expectEqual(await recordNow(storage, 'agent', agent.id), null, 'nothing is written')
      }
      const elsewhere = agentRecord({ projectId: OTHER_PROJECT })
      const theirs = inserting('agent', elsewhere, { events: [{ ...event, projectId: OTHER_PROJECT }] })
      await expectFault(storage.commit(theirs), 'INTERNAL', 'an event of another project')
      expectApplied(await storage.commit(commit))
      expectEqual((await logNow(storage)).length, 1, 'one event')
    },
  },
  {
    id: 'events:sent-again-money',
    behaviour: 'moves money once when a commit of money alone is sent again',
    run: async ({ storage }) => {
      const account = accountOf()
      const commit = commitOf({ adds: [{ account, reserved: 7, settled: 0, limit: null }] })
      for (let time = 0; time < 3; time++) expectApplied(await storage.commit(commit))
      expectEqual(await balanceNow(storage, account), { reserved: 7, settled: 0 }, 'once')
      expectEqual((await logNow(storage)).length, 1, 'one event')
    },
  },
  {
    id: 'events:sent-twice-at-once',
    behaviour: 'answers applied to each of several copies of a commit sent at the same time, with one effect',
    run: async (harness) => {
      const connections = await twoConnections(harness)
      for (let round = 0; round < 5; round++) {
        const [account, run] = [accountOf(), runRecord()]
        const adds = [{ account, reserved: 5, settled: 0, limit: 5 }]
        const commit = inserting('run', run, { adds, events: [eventDraft(), eventDraft()] })
        const copies = Array.from({ length: 6 }, (_, at) =>
          connections[at % 2 === 0 ? 0 : 1].commit(structuredClone(commit)),
        )
        for (const outcome of await Promise.all(copies)) expectApplied(outcome)
        expectEqual(await balanceNow(harness.storage, account), { reserved: 5, settled: 0 }, 'the money moved once')
      }
      expectEqual((await logNow(harness.storage)).length, 10, 'each event is there once')
    },
  },
  {
    id: 'events:nothing-missed',
    behaviour: 'gives each event once, and misses none, to readers that follow while many write',
    run: async (harness) => {
      const [one, other] = await twoConnections(harness)
      const written: string[] = []
      let isWriting = true
      const write = async (storage: Storage, projectId: string) => {
        for (let round = 0; round < 25; round++) {
          const events = Array.from({ length: 1 + (round % 3) }, () => eventDraft({ projectId }))
          await committed(storage, commitOf({ projectId, events }))
          written.push(...idsOf(events))
        }
      }
      const follow = async (storage: Storage, projectId?: string) => {
        const seen: StoredEvent[] = []
        let after: string | null = null
        for (let isLast = false; !isLast; ) {
          // What was written before the last look must be found by it.
          isLast = !isWriting
          for (let isMore = true; isMore; ) {
            const scope = projectId === undefined ? {} : { projectId }
            const page = await storage.readEvents({ after, limit: 7, ...scope })
            seen.push(...page.events)
            isMore = page.events.length > 0
            expectTrue(!isMore || page.cursor !== after, 'a page with events moves the cursor')
            after = page.cursor
          }
          await pause(1)
        }
        return seen
      }
      const followers = Promise.all([follow(one), follow(other), follow(other, PROJECT)])
      await Promise.all([
        write(one, PROJECT),
        write(other, PROJECT),
        write(one, OTHER_PROJECT),
        write(other, OTHER_PROJECT),
        write(one, PROJECT),
      ])
      await settled(one)
      isWriting = false
      const [first, second, ofProject] = await followers
      const log = await logNow(one)
      expectEqual(idsOf(log).sort(), [...written].sort(), 'each event that was written is in the log once')
      expectEqual(withoutMarkers(first), log, 'a reader that followed has seen the log, in its order')
      expectEqual(withoutMarkers(second), log, 'so has a reader on another connection')
      expectEqual(
        ofProject,
        log.filter((event) => event.projectId === PROJECT),
        'and a reader of one project',
      )
    },
  },
  {
    id: 'events:time-does-not-order',
    behaviour: 'orders the log by commit, not by the time or the id an event carries',
    run: async ({ storage }) => {
      const late = eventDraft({ time: BASE_AT + 999_999_999 })
      const early = eventDraft({ time: BASE_AT - 999_999_999, id: 'evt_00000000000000000000000000' })
      await committed(storage, commitOf({ events: [late] }))
      await committed(storage, commitOf({ events: [early] }))
      expectEqual(idsOf(await logNow(storage)), [late.id, early.id], 'the order of the commits')
    },
  },
  {
    id: 'events:hint',
    behaviour: 'calls back soon after a commit, on every connection, until told to stop',
    run: async (harness) => {
      const [one, other] = await twoConnections(harness)
      const calls = { here: 0, there: 0, stopped: 0 }
      const stopHere = one.onCommit(() => {
        calls.here++
      })
      other.onCommit(() => {
        calls.there++
      })
      const stop = one.onCommit(() => {
        calls.stopped++
      })
      stop()
      await logged(one, 1)
      await eventually(() => calls.here > 0, 'the connection that committed is called')
      await eventually(() => calls.there > 0, 'the other connection is called')
      const before = calls.there
      await logged(other, 1)
      await eventually(() => calls.there > before, 'it is called again')
      stopHere()
      await pause(50)
      const last = calls.here
      const seen = calls.there
      await logged(one, 1)
      await eventually(() => calls.there > seen, 'the one that goes on is called')
      await pause(50)
      expectEqual(calls.here, last, 'the one that stopped is not')
      expectEqual(calls.stopped, 0, 'nor the one that stopped at once')
    },
  },
]
