import { createMemoryStorage } from '@mission-control/adapter-memory'
import {
  AUDITED_INVARIANTS,
  createMissionControl,
  type MissionControlClient,
  seedDemo,
  unwrap,
  verifyStore,
} from '@mission-control/core'
import type { AnyRecord, EventDraft, Kind, RecordOf, StoredRow } from '@mission-control/core/storage'
import { beforeAll, describe, expect, test } from 'vitest'
import { createFakeClock, createFakeIds } from '../../src/index.ts'

let rows: readonly StoredRow[] = []

beforeAll(async () => {
  const clock = createFakeClock()
  const storage = createMemoryStorage({ clock })
  const mc = createMissionControl({ storage, ids: createFakeIds(clock) })
  const { admin } = await seedDemo(mc)
  await work(admin, async (principalId) => mc.as(principalId))
  await mc.record.seal()
  const taken: StoredRow[] = []
  await storage.snapshot(async (piece) => void taken.push(...piece))
  rows = taken
})

/** An agent takes a task, spends something in a run that ends, and begins another one. */
async function work(admin: MissionControlClient, as: (principalId: string) => Promise<MissionControlClient>) {
  const price = { provider: 'acme', model: 'any', inputMicrosPerMillion: 1_000_000, outputMicrosPerMillion: 2_000_000 }
  const content = { prices: { models: [price], fallback: null } }
  const { id: policyId } = unwrap(await admin.policies.draft({ name: 'money', content }))
  unwrap(await admin.policies.activate({ policyId }))
  const { principalId } = unwrap(await admin.agents.register({ name: 'Spender' }))
  const agent = await as(principalId)
  const { id: taskId } = unwrap(await admin.tasks.create({ title: 'Spend', type: 'DOCS' }))
  const { epoch } = unwrap(await agent.tasks.claim({ taskId, workPlan: { bullets: ['one', 'two', 'three'] } }))
  const start = { taskId, epoch, sessionKey: 's', model: 'any', estimatedCostMicros: 200_000 }
  const { id: runId } = unwrap(await agent.runs.start(start)).run
  unwrap(await agent.runs.report({ runId, lines: [{ callId: 'one', costMicros: 150_000 }] }))
  unwrap(await agent.runs.complete({ runId }))
  unwrap(await agent.runs.start(start))
}

/** What `verify` says of these rows. */
function verified(tampered: readonly StoredRow[], attested: Parameters<typeof verifyStore>[1] = {}) {
  return verifyStore({ snapshot: async (take) => take(tampered), queries: { chain: async () => [] } }, attested)
}

type Change<T> = (row: T) => object | null

/** The rows with the first record that `change` wants to be otherwise. */
function withRecord<K extends Kind>(kind: K, change: Change<RecordOf<K>>): StoredRow[] {
  let isDone = false
  const changed = rows.map((row) => {
    if (isDone || row.type !== 'record' || row.kind !== kind) return row
    const fields = change(row.record as RecordOf<K>)
    if (fields === null) return row
    isDone = true
    return { ...row, record: { ...row.record, ...fields } as AnyRecord }
  })
  expect(isDone).toBe(true)
  return changed
}

/** The rows with another event in place of the first that `change` wants; null takes it out. */
function withEvent(isMeant: (event: EventDraft) => boolean, change: Change<EventDraft>): StoredRow[] {
  const at = rows.findIndex((row) => row.type === 'event' && isMeant(row.event))
  const row = rows[at]
  if (row?.type !== 'event') throw new Error('the demo has no such event')
  const fields = change(row.event)
  const instead: StoredRow[] = fields === null ? [] : [{ ...row, event: { ...row.event, ...fields } }]
  return [...rows.slice(0, at), ...instead, ...rows.slice(at + 1)]
}

const unsealed = (some: readonly StoredRow[]) =>
  some.map((row) => (row.type === 'event' ? { ...row, seal: null } : row))

test('nothing is wrong with the demo', async () => {
  const found = await verified(rows)
  expect(found).toMatchObject({ isSound: true, first: null, violationCount: 0, violations: [] })
  expect(found.counts).toMatchObject({ task: 9, event: rows.filter(({ type }) => type === 'event').length })
  expect(found.heads.map(({ seq }) => seq).every((seq) => seq > 0)).toBe(true)
})

describe('what must never be is named, with the invariant that it breaks', () => {
  const holder = ({ claim }: RecordOf<'task'>) => claim !== null
  const HARM: readonly (readonly [string, string, () => readonly StoredRow[]])[] = [
    [
      'I1',
      'a task is gone',
      () => rows.filter((row) => row.type !== 'record' || row.kind !== 'task' || row.record.id !== firstTask()),
    ],
    [
      'I2',
      'a task is moved by hand',
      () => withRecord('task', ({ status }) => (status === 'INBOX' ? { status: 'ASSIGNED' } : null)),
    ],
    [
      'I2',
      'a move along no edge',
      () => withRecord('transition', ({ to }) => (to === 'IN_PROGRESS' ? { from: 'INBOX' } : null)),
    ],
    [
      'I2',
      'an agent cancels',
      () =>
        withRecord('transition', ({ to, actor }) =>
          to === 'CANCELED' ? { actor: { ...actor, kind: 'AGENT' } } : null,
        ),
    ],
    [
      'I2',
      'DONE without an approval',
      () =>
        withRecord('approval', ({ actionType, usedAt }) =>
          actionType === 'COMPLETE_TASK' && usedAt !== null ? { actionType: 'SPAWN' } : null,
        ),
    ],
    [
      'I2',
      'REVIEW without a deliverable',
      () => withRecord('task', ({ status }) => (status === 'REVIEW' ? { deliverable: null } : null)),
    ],
    [
      'I3',
      'a claim of an old epoch',
      () => withRecord('task', (task) => (holder(task) ? { epoch: task.epoch + 1 } : null)),
    ],
    ['I3', 'two claims of one epoch', () => doubled(({ kind }) => kind === 'CLAIM_GRANTED')],
    [
      'I4',
      'a run of an epoch to come',
      () => withRecord('run', ({ taskId }) => (taskId === null ? null : { taskEpoch: 99 })),
    ],
    [
      'I6',
      'a finished task is held',
      () =>
        withRecord('task', ({ status, epoch }) =>
          status === 'DONE' ? { claim: { agentId: 'agt_x', leaseUntil: null, epoch } } : null,
        ),
    ],
    [
      'I8',
      'a run of a paused agent',
      () =>
        withEvent(
          ({ kind, summary }) => kind === 'AGENT_REGISTERED' && summary.startsWith('Spender'),
          () => null,
        ),
    ],
    [
      'I9',
      'more than the cap',
      () => withRecord('agent', ({ id }) => (id === spender() ? { budgetDailyMicros: 1 } : null)),
    ],
    [
      'I10',
      'a balance beside its entries',
      () =>
        rows.map((row, at) =>
          at === firstOf('balance') && row.type === 'balance'
            ? { ...row, balance: { ...row.balance, settled: row.balance.settled + 1 } }
            : row,
        ),
    ],
    [
      'I10',
      'a usage line is gone',
      () => rows.filter((_, at) => at !== rows.findIndex((row) => row.type === 'record' && row.kind === 'usageLine')),
    ],
    [
      'I11',
      'a hold of a run that has ended',
      () => withRecord('reservation', ({ status }) => (status === 'HELD' ? null : { status: 'HELD' })),
    ],
    [
      'I14',
      'an approval decided twice',
      () =>
        doubled(
          ({ kind, data }) => kind === 'APPROVAL_APPROVED' && (data as { status?: string }).status === 'APPROVED',
        ),
    ],
    [
      'I14',
      'a decision without its event',
      () =>
        unsealed(
          withEvent(
            ({ kind }) => kind === 'APPROVAL_APPROVED',
            () => null,
          ),
        ),
    ],
    [
      'I15',
      'a used approval that was denied',
      () => withRecord('approval', ({ usedAt }) => (usedAt === null ? null : { status: 'DENIED' })),
    ],
    [
      'I16',
      'somebody decides for itself',
      () =>
        withRecord('approval', ({ decisions }) =>
          decisions[0] === undefined ? null : { requesterId: decisions[0].principalId },
        ),
    ],
    [
      'I17',
      'an event in the name of nobody',
      () =>
        withEvent(
          ({ actor }) => actor.kind === 'HUMAN',
          ({ actor }) => ({ actor: { ...actor, id: 'prn_nobody' } }),
        ),
    ],
    [
      'I20',
      'a seal is left out',
      () =>
        withEvent(
          ({ projectId, kind }) => projectId !== null && kind === 'TASK_CREATED',
          () => null,
        ),
    ],
    [
      'I21',
      'a run is otherwise than the log tells',
      () => withRecord('run', ({ status }) => (status === 'COMPLETED' ? { status: 'FAILED' } : null)),
    ],
    [
      'I22',
      'an event says something else',
      () =>
        withEvent(
          ({ kind }) => kind === 'TASK_CREATED',
          () => ({ summary: 'otherwise' }),
        ),
    ],
    [
      'I23',
      'an approval that no event tells of',
      () =>
        unsealed(
          withEvent(
            ({ kind }) => kind === 'APPROVAL_REQUESTED',
            () => null,
          ),
        ),
    ],
    [
      'I24',
      'a secret in the log',
      () =>
        withEvent(
          ({ kind }) => kind === 'TASK_CREATED',
          () => ({ reason: `token ghp_${'a1B2'.repeat(9)}` }),
        ),
    ],
    [
      'I29',
      'a run of another project',
      () => withRecord('run', () => ({ projectId: 'prj_00000000000000000000000009' })),
    ],
    ['I30', 'a task whose priority is a text', () => withRecord('task', () => ({ priority: 'high' }))],
  ]

  test.each(HARM)('%s: %s', async (invariant, _, harm) => {
    const { isSound, violations, first } = await verified(harm())
    expect(isSound).toBe(false)
    expect(first).not.toBeNull()
    expect(violations.map((found) => found.invariant)).toContain(invariant)
  })

  test('each audited invariant has its harm', () => {
    expect([...new Set(HARM.map(([invariant]) => invariant))].sort()).toEqual([...AUDITED_INVARIANTS].sort())
  })
})

test('R-80 a log that was computed anew or cut is told from the head that was kept elsewhere', async () => {
  const sound = await verified(rows)
  const head = sound.heads.find(({ projectId }) => projectId !== null)
  if (head === undefined) throw new Error('the demo has a project')
  const kept = { attested: [head] }
  expect((await verified(rows, kept)).isSound).toBe(true)
  const other = await verified(rows, { attested: [{ ...head, hash: '1'.repeat(64) }] })
  expect(other.first).toMatchObject({ invariant: 'I22', problem: `NOT_AS_ATTESTED at ${head.seq}` })
  const last = rows.findLastIndex((row) => row.type === 'event' && row.event.projectId === head.projectId)
  const cut = await verified([...rows.slice(0, last), ...rows.slice(last + 1)], kept)
  expect(cut.violations.map(({ problem }) => problem)).toContain(
    `ends at ${head.seq - 1}, and was attested up to ${head.seq}`,
  )
})

test('an event whose seal alone is left at the end of its log is missed', async () => {
  const seal = { seq: 9_999, prevHash: '0'.repeat(64), hash: '1'.repeat(64) }
  const chain = async () => [{ event: null, seal }]
  const found = await verifyStore({ snapshot: async (take) => take(rows), queries: { chain } })
  expect(found.first).toMatchObject({ invariant: 'I22' })
})

function firstOf(type: StoredRow['type']): number {
  return rows.findIndex((row) => row.type === type)
}

function firstTask(): string {
  const row = rows.find((one) => one.type === 'record' && one.kind === 'task')
  return row?.type === 'record' ? row.record.id : ''
}

/** An agent that has spent something. */
function spender(): string {
  const row = rows.find((one) => one.type === 'record' && one.kind === 'run')
  return row?.type === 'record' ? (row.record as RecordOf<'run'>).agentId : ''
}

/** The rows with one event twice, the second time under another id. */
function doubled(isMeant: (event: EventDraft) => boolean): StoredRow[] {
  const at = rows.findIndex((row) => row.type === 'event' && isMeant(row.event))
  const row = rows[at]
  if (row?.type !== 'event') throw new Error('the demo has no such event')
  const again: StoredRow = { ...row, event: { ...row.event, id: `${row.event.id}X` } }
  return unsealed([...rows.slice(0, at + 1), again, ...rows.slice(at + 1)])
}
