// That the indexes fit the statements: with sequential scans made unattractive, a plan that still has one has no index
// to use, and one without a condition on its index walks through all of it.
import {
  type FilterValue,
  LOOKUPS,
  type Lookup,
  type LookupName,
  type TimelineRequest,
} from '@mission-control/core/storage'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { planOf as commitPlanOf } from '../src/commit-plan.ts'
import { commitStatement } from '../src/sql/commit.ts'
import { loadStatement } from '../src/sql/load.ts'
import { readLog } from '../src/sql/log.ts'
import { plannedPage, recordPage, recordPages } from '../src/sql/page.ts'
import { chainPage, logHead, unsealedEvents } from '../src/sql/seals.ts'
import { timelinePage } from '../src/sql/timeline.ts'
import type { Statement } from '../src/statement.ts'
import { accountOf, changed, commitOf, eventDraft, PROJECT, put, taskRecord, writing } from './records.ts'
import { pgliteStores, type TestStores } from './stores.ts'

let stores: TestStores
beforeAll(async () => {
  stores = await pgliteStores()
  await stores.client.query('set enable_seqscan = off')
})
afterAll(() => stores.end())

async function planOf({ text, values }: Statement): Promise<string> {
  const { rows } = await stores.client.query(`explain (costs off) ${text}`, values)
  return rows.map((row) => row['QUERY PLAN']).join('\n')
}

async function expectIndexed(statement: Statement, isPartial = false): Promise<void> {
  const plan = await planOf(statement)
  expect(plan).not.toContain('Seq Scan')
  // Of an index that holds few rows anyway, all of it may be walked through.
  expect(plan).toMatch(isPartial ? /Index Scan (Backward )?using/ : /Index Cond/)
}

const SOUGHT: Readonly<Record<string, FilterValue>> = { seq: 1, submission: 1, versionNo: 1, ackedAt: null }

describe('looks', () => {
  test.each(Object.keys(LOOKUPS) as LookupName[])('%s has an index', (lookup) => {
    const { fields, where }: Lookup = LOOKUPS[lookup]
    const values = fields.map((field) => (field in SOUGHT ? (SOUGHT[field] ?? null) : 'x'))
    return expectIndexed(loadStatement([{ lookups: [{ lookup, values, limit: 10 }] }], null), where !== undefined)
  })

  test('records, accounts and receipts are found by key', async () => {
    const receipt = { projectId: '', principalId: 'p', command: 'c', key: 'k' }
    const one = { records: [{ kind: 'task' as const, id: 'a' }], accounts: [accountOf()], receipt }
    await expectIndexed(loadStatement([one], null))
    const refs = ['a', 'b', 'c'].map((id) => ({ kind: 'task' as const, id }))
    await expectIndexed(loadStatement([{ records: refs }], null))
  })
})

describe('commits', () => {
  const task = taskRecord()
  const add = { account: accountOf(), reserved: 1, settled: 0, limit: 5 }
  const commits = {
    'one row': writing([put('task', changed(task, {}))], { events: [eventDraft()] }),
    'several rows': writing([put('task', changed(task, {})), put('task', changed(taskRecord(), {}))]),
    accounts: commitOf({ adds: [add, { ...add, account: accountOf() }] }),
    'a row and an account': writing([put('task', changed(task, {}))], { adds: [add] }),
  }
  test.each(Object.entries(commits))('%s are found by key', (_, commit) =>
    expectIndexed(commitStatement([commitPlanOf(commit)], null)),
  )
})

describe('pages', () => {
  test('the log is read from its place on', () => expectIndexed(readLog({ xid: '5', seq: '1' }, undefined, 10)))

  test('the log of a project is read from its place on', async () => {
    expect(await planOf(readLog({ xid: '5', seq: '1' }, PROJECT, 10))).toContain('events_of_project')
  })

  test('what is not sealed is read from the last seal on, with the head of each log', async () => {
    await expectIndexed(unsealedEvents(10))
    await expectIndexed(logHead(PROJECT))
  })

  test('a chain is read from its place on, events and seals alike', async () => {
    const plan = await planOf(chainPage({ projectId: PROJECT, afterSeq: 5, limit: 10 }))
    expect(plan).toContain('seals_pkey')
    expect(plan).toContain('events_of_project')
    expect(plan).not.toContain('Seq Scan')
  })

  const timelines: readonly [string, Partial<TimelineRequest>][] = [
    ['events_of_task', { taskId: 'tsk_1' }],
    ['events_of_agent', { agentId: 'agt_1' }],
    ['events_of_project', { projectId: PROJECT }],
  ]
  test.each(timelines)('a timeline goes along %s', async (index, request) => {
    expect(await planOf(timelinePage({ ...request, newestFirst: true, limit: 10 }))).toContain(index)
  })

  test('the newest tasks of a project are not sorted', async () => {
    const plan = await planOf(recordPage({ kind: 'task', projectId: PROJECT, limit: 10 }))
    expect(plan).toContain('Index Scan Backward using tasks_page')
    expect(plan).not.toContain('Sort')
  })

  test('a page begins at its place', async () => {
    const plan = await planOf(recordPage({ kind: 'task', projectId: PROJECT, after: [5, 'tsk_1'], limit: 10 }))
    expect(plan).toContain('ROW(created_at, id) < ROW(')
    expect(plan).not.toContain('Sort')
  })

  test.each([
    ['silent_agents', 'liveness', 'silentAt'],
    ['task_leases', 'task', 'claim.leaseUntil'],
    ['run_leases', 'run', 'leaseUntil'],
    ['expiring_approvals', 'approval', 'expiresAt'],
    ['escalating_approvals', 'approval', 'escalatesAt'],
    ['due_notifications', 'notification', 'nextAttemptAt'],
  ] as const)('what is due is found by %s', async (index, kind, field) => {
    const status = { run: 'RUNNING', approval: 'PENDING', notification: 'PENDING', liveness: null, task: null }[kind]
    const filters = [
      { field, op: 'lte' as const, value: 5 },
      ...(status === null ? [] : [{ field: 'status', op: 'eq' as const, value: status }]),
    ]
    const order = [{ field, direction: 'asc' as const }]
    expect(await planOf(recordPage({ kind, filters, order, limit: 10 }))).toContain(index)
  })

  test('tasks that wait are found by their own index, from any place on', async () => {
    const filters = [{ field: 'status', op: 'eq' as const, value: 'NEEDS_APPROVAL' }]
    const order = [{ field: 'createdAt', direction: 'asc' as const }]
    const request = { kind: 'task' as const, filters, order, limit: 10 }
    expect(await planOf(recordPage(request))).toContain('waiting_tasks')
    expect(await planOf(recordPage({ ...request, after: [5, 5, 'tsk_1'] }))).toContain('waiting_tasks')
  })

  test('pages that agents ask for together go along the same indexes', async () => {
    const together = (request: Parameters<typeof recordPage>[0]) =>
      planOf(recordPages([plannedPage(request), plannedPage({ ...request, limit: request.limit + 1 })]))
    const decided = await together({
      kind: 'approval',
      projectId: PROJECT,
      filters: [
        { field: 'onBehalfOfAgentId', op: 'eq', value: 'agt_1' },
        { field: 'decidedAt', op: 'gt', value: 5 },
      ],
      order: [{ field: 'decidedAt', direction: 'desc' }],
      limit: 50,
    })
    expect(decided).toContain('decided_approvals_of_agent')
    const mine = await together({
      kind: 'task',
      projectId: PROJECT,
      filters: [
        { field: 'assigneeIds', op: 'contains', value: 'agt_1' },
        { field: 'status', op: 'in', value: ['IN_PROGRESS', 'ASSIGNED'] },
      ],
      limit: 100,
    })
    expect(mine).toContain('Index Cond')
    expect(mine).not.toContain('Seq Scan')
  })
})
