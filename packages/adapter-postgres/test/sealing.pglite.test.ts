// What somebody at a database prompt can do to the log with every trigger switched off, and that it is found.
import { createMissionControl } from '@mission-control/core'
import type { Storage } from '@mission-control/core/storage'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { commitOf, eventDraft } from './records.ts'
import { pgliteStores, type TestStores } from './stores.ts'

const PROJECT = 'prj_1'
const EVENTS = 6

let stores: TestStores
let storage: Storage
beforeAll(async () => {
  stores = await pgliteStores()
})
afterAll(() => stores.end())
beforeEach(async () => {
  storage = (await stores.harness()).storage
  for (let count = 0; count < EVENTS; count++) await storage.commit(commitOf({ events: [eventDraft()] }))
  await createMissionControl({ storage }).record.seal()
})

async function tamper(sql: string): Promise<void> {
  await stores.client.query(`do $$ begin set local session_replication_role = replica; ${sql}; end $$`)
}

function verified() {
  return createMissionControl({ storage }).record.verify({ projectId: PROJECT })
}

const ID_OF_3 =
  '(select e.id from mission_control.events e join mission_control.seals s on (s.xid, s.place) = (e.xid, e.seq) where s.seq = 3)'
const FIELDS = [
  `summary = summary || '.'`,
  `kind = 'TASK_REFUSED'`,
  `actor = jsonb_set(actor, '{role}', '"ADMIN"')`,
  `data = '{"amountMicros": 1}'`,
  'time = time + 1',
  'cost_micros = 1',
  `reason = 'because'`,
  `id = id || 'x'`,
  `project_id = 'prj_2'`,
]

test('an untouched log is intact', async () => {
  expect(await verified()).toMatchObject({ isIntact: true, firstBad: null, head: { seq: EVENTS } })
})

test.each(FIELDS)('R-88: an event with another %s is found', async (change) => {
  await tamper(`update mission_control.events set ${change} where id = ${ID_OF_3}`)
  expect(await verified()).toMatchObject({ isIntact: false, firstBad: { seq: 3, fault: 'CHANGED' } })
})

test('R-88: an event that was deleted is found, with its seal or without', async () => {
  await tamper(`delete from mission_control.events where id = ${ID_OF_3}`)
  expect((await verified()).firstBad).toEqual({ seq: 3, fault: 'EVENT_MISSING' })
  await tamper('delete from mission_control.seals where seq = 3')
  expect((await verified()).firstBad).toEqual({ seq: 3, fault: 'SEAL_MISSING' })
})

test('R-88: events that changed places are found', async () => {
  const renumber = (from: number, to: number) =>
    tamper(`update mission_control.seals set seq = ${to} where seq = ${from}`)
  await renumber(2, 99)
  await renumber(4, 2)
  await renumber(99, 4)
  expect((await verified()).firstBad).toEqual({ seq: 2, fault: 'CHANGED' })
})

test('R-88: an event that was put in later is found, at the end too', async () => {
  const insertAt = (seq: number, offset: number) => `insert into mission_control.events
      (id, project_id, kind, subject, time, actor, summary, data, xid, seq) overriding system value
    select 'evt_forged' || s.seq, project_id, kind, subject, time, actor, summary, data, e.xid, e.seq + ${offset}
    from mission_control.events e join mission_control.seals s on (s.xid, s.place) = (e.xid, e.seq) where s.seq = ${seq}`
  await tamper(insertAt(EVENTS, 1_000))
  const late = await verified()
  // Behind the last seal it is an event like any other that was not sealed before.
  expect(late).toMatchObject({ isIntact: true, head: { seq: EVENTS + 1 } })
  await tamper(insertAt(3, 1_000))
  expect((await verified()).firstBad).toEqual({ seq: 4, fault: 'INSERTED' })
})

test('R-88: a chain computed anew fits itself, so a head that was kept is what gives it away', async () => {
  const head = await storage.queries.chainHead(PROJECT)
  await tamper(`update mission_control.events set summary = 'nothing happened' where id = ${ID_OF_3}`)
  await tamper('delete from mission_control.seals')
  expect(await verified()).toMatchObject({ isIntact: true, head: { seq: EVENTS } })
  expect((await storage.queries.chainHead(PROJECT))?.hash).not.toBe(head?.hash)
})
