import { type MissionControlClient, unwrap } from '@mission-control/core'
import { afterEach, describe, expect, test } from 'vitest'
import { codeOf, createTask, eventKinds, MINUTE_MS, type Scene, scene, startedTask, taskOf, USD } from './scene.ts'

let open: Scene | undefined
afterEach(async () => {
  await open?.h.close()
  open = undefined
})

async function started(): Promise<Scene> {
  open = await scene()
  return open
}

type Registration = Parameters<MissionControlClient['executors']['register']>[0]
const ALL = ['CODE_CHANGE', 'RESEARCH', 'CONTENT', 'EMAIL', 'SOCIAL', 'OPS'] as const

let names = 0
/** An executor that has been heard. */
async function executor({ h }: Scene, fields: Partial<Registration> = {}) {
  const made = unwrap(
    await h.admin.executors.register({
      name: `executor ${++names}`,
      kind: 'CLAUDE_CODE',
      types: [...ALL],
      ...fields,
    } as Registration),
  )
  const client = unwrap(await h.mc.authenticate(made.key)).inProject(h.projectId)
  const executorId = made.executor.id
  const beat = async () => unwrap(await client.executors.heartbeat({ executorId })).executions
  await beat()
  return { id: executorId, client, beat }
}

const CHANGE = { type: 'CODE_CHANGE', payload: { repository: 'guide', change: 'mend the link' } } as const
const executionOf = async ({ h }: Scene, id: string) =>
  unwrap(await h.admin.executions.list({ limit: 200 })).data.find((row) => row.id === id)

describe('an execution', () => {
  test('R-97: is in the queue of the chosen executor at once, and every kind can be reached', async () => {
    const s = await started()
    const executors = {
      CURSOR: await executor(s, { kind: 'CURSOR', capacity: 9 }),
      CLAUDE_CODE: await executor(s, { kind: 'CLAUDE_CODE', capacity: 9 }),
      OPENCLAW_AGENT: await executor(s, { kind: 'OPENCLAW_AGENT', capacity: 9 }),
    }
    for (const kind of ['CURSOR', 'CLAUDE_CODE', 'OPENCLAW_AGENT'] as const) {
      const asked = unwrap(await s.ann.executions.request({ ...CHANGE, executorKind: kind }))
      expect(asked).toMatchObject({ status: 'ASSIGNED', executorId: executors[kind].id, attempt: 1, epoch: 1 })
      expect((await executors[kind].beat()).map(({ id }) => id)).toEqual([asked.id])
    }
    expect(unwrap(await s.ann.executions.request(CHANGE)).executorId).toBe(executors.CURSOR.id)
    const content = unwrap(await s.ann.executions.request({ type: 'CONTENT', payload: {} }))
    expect(content.executorId).toBe(executors.OPENCLAW_AGENT.id)
  })

  test('is leased, worked on and completed once, and what it cost is booked', async () => {
    const s = await started()
    const ada = await s.h.agent()
    const worker = await executor(s)
    const task = await startedTask(s.h, ada)
    const asked = unwrap(await ada.client.executions.request({ ...CHANGE, ...task }))
    const held = { executionId: asked.id, epoch: asked.epoch }
    expect(unwrap(await worker.client.executions.start(held)).status).toBe('IN_PROGRESS')
    s.h.clock.advance(4 * MINUTE_MS)
    unwrap(await worker.client.executions.heartbeat(held))
    s.h.clock.advance(4 * MINUTE_MS)
    await s.h.mc.jobs.runDue()
    const done = unwrap(
      await worker.client.executions.complete({ ...held, result: { commit: 'abc' }, costMicros: USD / 4 }),
    )
    expect(done).toMatchObject({ status: 'COMPLETED', result: { commit: 'abc' }, costMicros: USD / 4 })
    expect((await worker.beat()).length).toBe(0)
    const spent = unwrap(await s.h.admin.runs.list({ taskId: task.taskId })).data.reduce(
      (sum, run) => sum + run.billedMicros,
      0,
    )
    expect(spent).toBe(USD / 4)
    expect((await taskOf(s.h, task.taskId)).status).toBe('IN_PROGRESS')
    const notes = (await s.storage.queries.page({ kind: 'notification', projectId: s.h.projectId, limit: 200 })).rows
    const told = notes.filter(({ targetId, subject }) => targetId === ada.id && subject === `execution/${asked.id}`)
    expect(told.map(({ title }) => title)).toContain('CODE_CHANGE was carried out')
    const kinds = await eventKinds(s)
    for (const kind of [
      'EXECUTION_REQUESTED',
      'EXECUTION_ROUTED',
      'EXECUTION_STATUS',
      'EXECUTION_COMPLETED',
      'POLICY_DECISION',
    ]) {
      expect(kinds).toContain(kind)
    }
  })

  test('R-96: only the lease holder reports, in its epoch, and nobody after the end', async () => {
    const s = await started()
    const [one, other] = [await executor(s), await executor(s)]
    const asked = unwrap(await s.ann.executions.request(CHANGE))
    const [holder, stranger] = asked.executorId === one.id ? [one, other] : [other, one]
    const held = { executionId: asked.id, epoch: asked.epoch }
    expect(codeOf(await stranger.client.executions.start(held))).toBe('LEASE_LOST')
    expect(codeOf(await stranger.client.executions.complete(held))).toBe('LEASE_LOST')
    expect(codeOf(await s.h.admin.executions.complete(held))).toBe('LEASE_LOST')
    expect(codeOf(await holder.client.executions.complete({ ...held, epoch: 7 }))).toBe('LEASE_LOST')
    expect(codeOf(await stranger.client.executors.heartbeat({ executorId: holder.id }))).toBe('FORBIDDEN')
    unwrap(await holder.client.executions.complete(held))
    expect(codeOf(await holder.client.executions.start(held))).toBe('RUN_CLOSED')
    expect(codeOf(await holder.client.executions.complete(held))).toBe('RUN_CLOSED')
    expect(codeOf(await holder.client.executions.fail({ ...held, error: 'late' }))).toBe('RUN_CLOSED')
    expect((await executionOf(s, asked.id))?.status).toBe('COMPLETED')
  })

  test('opens nothing else with the key of an executor', async () => {
    const s = await started()
    const worker = await executor(s)
    expect(codeOf(await worker.client.tasks.list({}))).toBe('FORBIDDEN')
    expect(codeOf(await worker.client.tasks.create({ title: 'mine', type: 'DOCS' }))).toBe('FORBIDDEN')
    expect(codeOf(await worker.client.executions.request(CHANGE))).toBe('FORBIDDEN')
    expect(codeOf(await worker.client.agents.retire({ agentId: 'agt_1', reason: 'x' }))).not.toBe('ok')
    expect(codeOf(await s.ann.executors.register({ name: 'mine', kind: 'CURSOR', types: ['OPS'] }))).toBe('FORBIDDEN')
  })

  test('is tried three times, and then it is a dead letter that people hear of', async () => {
    const s = await started()
    const worker = await executor(s)
    const asked = unwrap(await s.ann.executions.request(CHANGE))
    const failed = unwrap(await worker.client.executions.fail({ executionId: asked.id, epoch: 1, error: 'no network' }))
    expect(failed).toMatchObject({ status: 'ASSIGNED', attempt: 2, epoch: 2 })
    // The second try ends by silence.
    s.h.clock.advance(4 * MINUTE_MS)
    await worker.beat()
    s.h.clock.advance(MINUTE_MS)
    await s.h.mc.jobs.runDue()
    expect(await executionOf(s, asked.id)).toMatchObject({ status: 'ASSIGNED', attempt: 3, epoch: 3 })
    expect(codeOf(await worker.client.executions.complete({ executionId: asked.id, epoch: 2 }))).toBe('LEASE_LOST')
    unwrap(await worker.client.executions.fail({ executionId: asked.id, epoch: 3, error: 'no network' }))
    expect(await executionOf(s, asked.id)).toMatchObject({ status: 'FAILED', attempt: 3, deadLetter: true })
    const alerts = unwrap(await s.h.admin.alerts.list({ limit: 200 })).data
    expect(alerts.filter(({ type }) => type === 'EXECUTION_DEAD_LETTER')).toHaveLength(1)
    expect((await worker.beat()).length).toBe(0)
    expect(unwrap(await s.h.admin.executors.list({})).data[0]?.load).toBe(0)

    const again = { executionId: asked.id, reason: 'the network is back' }
    expect(codeOf(await worker.client.executions.replay(again))).toBe('FORBIDDEN')
    expect(unwrap(await s.ann.executions.replay(again))).toMatchObject({ status: 'ASSIGNED', attempt: 1, epoch: 4 })
    expect(codeOf(await s.ann.executions.replay(again))).toBe('RUN_CLOSED')
    const cleared = unwrap(await s.h.admin.alerts.list({ limit: 200 })).data
    expect(cleared.filter(({ type, status }) => type === 'EXECUTION_DEAD_LETTER' && status === 'OPEN')).toEqual([])
  })

  test('waits while nobody can take it, alerts after a quarter of an hour, and goes on when somebody can', async () => {
    const s = await started()
    const asked = unwrap(await s.ann.executions.request(CHANGE))
    expect(asked).toMatchObject({ status: 'PENDING', executorId: null })
    const waiting = async () =>
      unwrap(await s.h.admin.alerts.list({ limit: 200 })).data.filter(({ type }) => type === 'HEALTH_DEGRADED')
    await s.h.advance(14 * MINUTE_MS)
    expect(await waiting()).toHaveLength(0)
    await s.h.advance(2 * MINUTE_MS)
    expect((await waiting()).map(({ status }) => status)).toEqual(['OPEN'])
    await s.h.advance(5 * MINUTE_MS)
    expect(await waiting()).toHaveLength(1)
    const worker = await executor(s)
    await s.h.advance(MINUTE_MS)
    expect((await worker.beat()).map(({ id }) => id)).toEqual([asked.id])
    expect((await waiting()).map(({ status }) => status)).toEqual(['RESOLVED'])
  })

  test('never passes the capacity of an executor, however many ask at once', async () => {
    const s = await started()
    const worker = await executor(s, { capacity: 2 })
    await Promise.all(Array.from({ length: 6 }, () => s.ann.executions.request(CHANGE)))
    expect((await worker.beat()).length).toBe(2)
    expect(unwrap(await s.h.admin.executions.list({ status: 'PENDING' })).data).toHaveLength(4)
  })

  test('is taken back by whoever asked or by an operator', async () => {
    const s = await started()
    const worker = await executor(s)
    const [ada, bob] = [await s.h.agent(), await s.h.agent()]
    const asked = unwrap(await ada.client.executions.request(CHANGE))
    const back = { executionId: asked.id, reason: 'not needed' }
    expect(codeOf(await bob.client.executions.cancel(back))).toBe('FORBIDDEN')
    expect(unwrap(await ada.client.executions.cancel(back)).status).toBe('CANCELED')
    expect((await worker.beat()).length).toBe(0)
    expect(codeOf(await worker.client.executions.complete({ executionId: asked.id, epoch: 1 }))).toBe('RUN_CLOSED')
  })
})

describe('the policy of executions', () => {
  test('R-111: an agent sends no e-mail without an approval, and with one it sends exactly that', async () => {
    const s = await started()
    const worker = await executor(s)
    const ada = await s.h.agent()
    const mail = {
      type: 'EMAIL',
      payload: { to: 'all@example.org', subject: 'News' },
      callId: 'mail-1',
      justification: 'it is Monday',
      rollbackPlan: 'send a correction',
    } as const
    const asked = await ada.client.executions.request(mail)
    expect(codeOf(asked)).toBe('APPROVAL_REQUIRED')
    expect((await worker.beat()).length).toBe(0)
    expect(unwrap(await s.h.admin.executions.list({})).data).toHaveLength(0)
    expect(codeOf(await ada.client.executions.request(mail))).toBe('APPROVAL_REQUIRED')
    const [approval, ...more] = unwrap(await s.h.admin.approvals.list({ status: 'PENDING' })).data
    expect(more).toEqual([])
    expect(approval).toMatchObject({ actionType: 'TOOL_CALL', riskLevel: 'RED' })
    const verdict = { approvalId: approval?.id ?? '', verdict: 'APPROVE', reason: 'well' } as const
    unwrap(await s.ann.approvals.decide(verdict))
    expect(codeOf(await ada.client.executions.request(mail))).toBe('APPROVAL_REQUIRED')
    unwrap(await (await s.h.operator()).approvals.decide(verdict))

    const other = { ...mail, callId: 'mail-2', payload: { ...mail.payload, subject: 'Other news' } }
    expect(codeOf(await ada.client.executions.request(other))).toBe('APPROVAL_REQUIRED')
    const sent = unwrap(await ada.client.executions.request(mail))
    expect(sent.status).toBe('ASSIGNED')
    expect(unwrap(await ada.client.executions.request(mail)).id).toBe(sent.id)
    expect(codeOf(await ada.client.executions.request({ ...mail, callId: 'mail-3' }))).toBe('APPROVAL_REQUIRED')
  })

  test('asks an INTERN for an approval of anything, and a secret in what is handed out is RED', async () => {
    const s = await started()
    const intern = await s.h.agent({ role: 'INTERN' })
    expect(codeOf(await intern.client.executions.request(CHANGE))).toBe('APPROVAL_REQUIRED')
    const ada = await s.h.agent()
    const secret = { type: 'RESEARCH', payload: { note: `key AKIA${'ABCDEFGHIJKLMNOP'}` } } as const
    expect(codeOf(await ada.client.executions.request(secret))).toBe('APPROVAL_REQUIRED')
    const stored = unwrap(await s.h.admin.approvals.list({ limit: 50 })).data
    expect(JSON.stringify(stored)).not.toContain('AKIAABCDEFGHIJKLMNOP')
  })

  test('the same request again is the same execution, until it has ended', async () => {
    const s = await started()
    const worker = await executor(s, { capacity: 5 })
    const ada = await s.h.agent()
    const first = unwrap(await ada.client.executions.request(CHANGE))
    expect(unwrap(await ada.client.executions.request(CHANGE)).id).toBe(first.id)
    unwrap(await worker.client.executions.complete({ executionId: first.id, epoch: first.epoch }))
    expect(unwrap(await ada.client.executions.request(CHANGE)).id).not.toBe(first.id)
    const keyed = unwrap(await ada.client.executions.request({ ...CHANGE, callId: 'k' }))
    expect(codeOf(await ada.client.executions.request({ ...CHANGE, payload: {}, callId: 'k' }))).toBe(
      'IDEMPOTENCY_KEY_REUSED',
    )
    expect(keyed.id).not.toBe(first.id)
  })

  test('nobody who is paused asks for anything, and a mode that is not NORMAL routes nothing', async () => {
    const s = await started()
    await executor(s)
    const ada = await s.h.agent()
    unwrap(await s.ann.agents.control({ agentId: ada.id, action: 'PAUSE', reason: 'x' }))
    expect(codeOf(await ada.client.executions.request(CHANGE))).toBe('AGENT_NOT_ACTIVE')
    unwrap(await s.ann.projects.setOperatorMode({ mode: 'PAUSED', reason: 'x' }))
    expect(unwrap(await s.ann.executions.request(CHANGE)).status).toBe('PENDING')
    const task = await createTask(s.h)
    expect(codeOf(await ada.client.executions.request({ ...CHANGE, taskId: task.id }))).not.toBe('ok')
  })
})
