// What the database itself refuses, also to somebody who writes past the adapter.
import type { Storage } from '@mission-control/core/storage'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  agentRecord,
  changed,
  claimOf,
  commitOf,
  eventDraft,
  policyRecord,
  put,
  stored,
  taskRecord,
  transitionRecord,
  writing,
} from './records.ts'
import { pgliteStores, type TestStores } from './stores.ts'

let stores: TestStores
let storage: Storage
beforeAll(async () => {
  stores = await pgliteStores()
})
afterAll(() => stores.end())
beforeEach(async () => {
  storage = (await stores.harness()).storage
})

function sql(text: string) {
  return stores.client.query(text)
}

/** Insists that the database refuses a statement by a constraint of that name. */
async function expectRefused(text: string, constraint: string): Promise<void> {
  await expect(sql(text), text).rejects.toMatchObject({ code: '23514', constraint })
}

describe('the status of a task', () => {
  const insertRow = (id: string, to: string) => `insert into mission_control.transitions
    (id, version, created_at, updated_at, project_id, task_id, seq, "from", "to", actor, artifacts)
    values ('${id}', 1, 1, 1, 'prj_1', 'tsk_1', 1, 'INBOX', '${to}', '{}', '{}')`
  const update = (status: string) =>
    `update mission_control.tasks set status = '${status}', version = version + 1 where id = 'tsk_1'`

  beforeEach(() => stored(storage, put('task', taskRecord('tsk_1'))))

  test('is not changed directly (R-21)', async () => {
    await expectRefused(update('DONE'), 'task_status_needs_transition')
    expect((await sql('select status from mission_control.tasks')).rows).toEqual([{ status: 'INBOX' }])
  })

  test('is not changed by a transition to another status', async () => {
    await sql('begin')
    await sql(insertRow('trn_1', 'ASSIGNED'))
    await expectRefused(update('DONE'), 'task_status_needs_transition')
    await sql('rollback')
  })

  test('is not changed by a transition that was recorded before', async () => {
    await sql(insertRow('trn_1', 'DONE'))
    await expectRefused(update('DONE'), 'task_status_needs_transition')
  })

  test('is not changed by the transition of another task', async () => {
    const other = { ...taskRecord('tsk_2') }
    await stored(storage, put('task', other))
    const moved = put('task', changed(other, { status: 'DONE' }))
    const ofAnother = put('transition', transitionRecord(taskRecord('tsk_1'), 'DONE'))
    await expect(storage.commit(writing([moved, ofAnother]))).rejects.toMatchObject({ code: 'INTERNAL' })
  })

  test('changes with its transition in one transaction', async () => {
    await sql('begin')
    await sql(insertRow('trn_1', 'DONE'))
    await sql(update('DONE'))
    await sql('commit')
    expect((await sql('select status from mission_control.tasks')).rows).toEqual([{ status: 'DONE' }])
  })

  test('begins as INBOX, or with the transition that led on', async () => {
    const task = { ...taskRecord('tsk_3'), status: 'ASSIGNED' as const }
    await expect(storage.commit(writing([put('task', task)]))).rejects.toMatchObject({ code: 'INTERNAL' })
    const withRow = writing([put('task', task), put('transition', transitionRecord(taskRecord('tsk_3'), 'ASSIGNED'))])
    expect(await storage.commit(withRow)).toEqual({ status: 'applied' })
  })
})

describe('what is append-only', () => {
  const tables = ['transitions', 'usage_lines', 'ledger_entries', 'decisions', 'documents']

  test.each(tables)('%s are neither changed nor removed', async (table) => {
    const constraint = `${table}_are_append_only`
    await expectRefused(`update mission_control.${table} set project_id = 'prj_2'`, constraint)
    await expectRefused(`delete from mission_control.${table}`, constraint)
    await expectRefused(`truncate mission_control.${table}`, constraint)
  })

  test('the log is neither changed nor cut', async () => {
    await storage.commit(commitOf({ events: [eventDraft()] }))
    for (const change of [`summary = 'x'`, 'time = 0', 'seq = 7', `xid = '1'`, `project_id = null`, `data = '[]'`]) {
      await expect(sql(`update mission_control.events set ${change}`), change).rejects.toThrow()
    }
    await expectRefused('delete from mission_control.events', 'events_are_append_only')
    await expectRefused('truncate mission_control.events', 'events_are_append_only')
  })

  test('a seal is written once and never changed', async () => {
    await storage.commit(commitOf({ events: [eventDraft()] }))
    const { events } = await storage.readUnsealed(10)
    const cursor = events[0]?.cursor ?? ''
    const seal = { seq: 1, prevHash: '0'.repeat(64), hash: 'a'.repeat(64) }
    await storage.seal({ after: null, seals: [{ cursor, projectId: 'prj_1', seal }] })
    await expectRefused(`update mission_control.seals set hash = 'b'`, 'seals_are_append_only')
    await expectRefused('delete from mission_control.seals', 'seals_are_append_only')
    await expectRefused('truncate mission_control.seals', 'seals_are_append_only')
    expect(await storage.queries.chainHead('prj_1')).toEqual({ projectId: 'prj_1', seq: 1, hash: 'a'.repeat(64) })
  })
})

describe('settings', () => {
  test.each(['systems', 'projects', 'principals', 'agents', 'policies', 'budgets', 'setting_versions'])(
    '%s are not truncated past their gate',
    (table) => expectRefused(`truncate mission_control.${table}`, `${table}_are_not_truncated`),
  )

  test('the versions that the guard compares follow every change', async () => {
    const agent = agentRecord()
    await stored(storage, put('agent', agent))
    const versions = async () => (await sql('select kind, version, gate from mission_control.setting_versions')).rows
    expect(await versions()).toEqual([{ kind: 'agent', version: 1, gate: 'prj_1' }])
    await sql(`update mission_control.agents set status = 'PAUSED', version = 2`)
    expect(await versions()).toEqual([{ kind: 'agent', version: 2, gate: 'prj_1' }])
    await sql('delete from mission_control.agents')
    expect(await versions()).toEqual([])
  })

  test('a change that leaves the version as it was is refused, since nobody would notice it', async () => {
    await stored(storage, put('agent', agentRecord()), put('task', taskRecord()))
    await expectRefused(`update mission_control.agents set status = 'PAUSED'`, 'agents_rise_by_one')
    await expectRefused('update mission_control.agents set version = version + 2', 'agents_rise_by_one')
    await expectRefused(`update mission_control.tasks set title = 'x'`, 'tasks_rise_by_one')
  })

  test('two policies of the installation are not active under one name', async () => {
    const policy = (versionNo: number) => ({ ...policyRecord(), projectId: null, name: 'default', versionNo })
    await stored(storage, put('policy', policy(1)))
    const second = writing([put('policy', policy(2))], { projectId: null })
    expect(await storage.commit(second)).toEqual({ status: 'stale', because: [{ kind: 'unique', id: 'activePolicy' }] })
  })
})

describe('other bounds', () => {
  test('no record moves to another project', async () => {
    await stored(storage, put('task', taskRecord('tsk_1')))
    const moved = { ...writing([put('task', changed(taskRecord('tsk_1', 'prj_2'), {}))]), projectId: 'prj_2' }
    await expect(storage.commit(moved)).rejects.toMatchObject({ code: 'INTERNAL' })
    const checks = [{ kind: 'task' as const, id: 'tsk_1', version: 1 }]
    expect(await storage.commit(commitOf({ checks }))).toEqual({ status: 'applied' })
  })

  test('nothing stands on an account below zero or beyond the exact numbers', async () => {
    const account = (values: string) => `insert into mission_control.accounts values ('a', ${values})`
    await expectRefused(account('-1, 0'), 'account_is_never_negative')
    await expectRefused(account('0, -1'), 'account_is_never_negative')
    await expectRefused(account('9007199254740991, 1'), 'account_is_exact')
  })

  test('a claim leaves the task, the move and the event, or nothing', async () => {
    const task = taskRecord()
    await stored(storage, put('task', task))
    const claim = claimOf(task, 'agt_1', [])
    const event = { ...eventDraft(), data: 'x'.repeat(10) }
    const twice = { ...claim, events: [...claim.events, event, event] }
    const outcome = await storage.commit(twice)
    expect(outcome.status).toBe('stale')
    expect((await storage.load({ records: [{ kind: 'task', id: task.id }] })).records).toEqual([task])
    expect((await storage.readEvents({ after: null, limit: 10 })).events).toEqual([])
  })
})
