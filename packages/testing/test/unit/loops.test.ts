import { unwrap } from '@mission-control/core'
import { afterEach, describe, expect, test } from 'vitest'
import type { TestAgent } from '../../src/index.ts'
import { agentOf, createTask, eventKinds, MINUTE_MS, RUN, type Scene, scene, startedTask, taskOf } from './scene.ts'

let open: Scene | undefined
afterEach(async () => {
  await open?.h.close()
  open = undefined
})

async function started(): Promise<Scene> {
  open = await scene()
  return open
}

async function alertsOf({ h }: Scene, type: string) {
  return unwrap(await h.admin.alerts.list({ limit: 200 })).data.filter((alert) => alert.type === type)
}

async function reportsOf({ storage, h }: Scene, taskId: string) {
  const filters = [{ field: 'taskId', op: 'eq', value: taskId } as const]
  const page = await storage.queries.page({ kind: 'document', projectId: h.projectId, filters, limit: 50 })
  return page.rows.filter(({ type }) => type === 'REPORT')
}

describe('the sweep', () => {
  test('R-83: blocks a task that is talked about and belongs to nobody, and looks at the others as well', async () => {
    const s = await started()
    const { h } = s
    const [ada, bob, cid] = [await h.agent(), await h.agent(), await h.agent()]
    const noisy = await createTask(h)
    const quiet = await createTask(h, { title: 'Nobody says much' })
    const loud = await createTask(h, { title: 'Just as loud' })
    for (let count = 0; count < 21; count++) {
      const author = [ada, bob, cid][count % 3] ?? ada
      // Three speakers far apart, so that it is a storm and not two who answer each other.
      unwrap(await author.client.messages.post({ taskId: noisy.id, content: `view ${count}` }))
      unwrap(await author.client.messages.post({ taskId: loud.id, content: `view ${count}` }))
      if (count < 20) unwrap(await author.client.messages.post({ taskId: quiet.id, content: `view ${count}` }))
      if (count < 20) h.clock.advance(MINUTE_MS)
    }
    // The message that is one too many blocks the task in its own commit, before any sweep.
    const blocked = await taskOf(h, noisy.id)
    expect(blocked.status).toBe('BLOCKED')
    expect(blocked.assigneeIds).toEqual([])
    expect(blocked.blockedReason).toContain('21 messages')
    await h.advance(MINUTE_MS)
    expect((await taskOf(h, loud.id)).status).toBe('BLOCKED')
    expect((await taskOf(h, quiet.id)).status).toBe('INBOX')
    expect((await alertsOf(s, 'LOOP_DETECTED')).map(({ taskId, count }) => [taskId, count]).toSorted()).toEqual(
      [
        [noisy.id, 1],
        [loud.id, 1],
      ].toSorted(),
    )
    const [report] = await reportsOf(s, noisy.id)
    expect(report?.content).toContain('COMMENT_STORM')
    expect(report?.content).toContain('Counted: 21')
    expect(report?.content).toContain('Window: 30 min')
    expect(report?.content).toContain('view 20')
    expect(report?.content).toContain('Split the task or escalate')
    expect(report?.content).toContain('## Next steps')
    const notes = unwrap(await h.admin.notifications.list({ limit: 200 })).data
    const told = notes.filter(({ targetKind, body }) => targetKind === 'OPERATORS' && body.includes('Report: doc_'))
    expect(told).toHaveLength(2)
    expect((await eventKinds(s)).filter((kind) => kind === 'LOOP_DETECTED')).toHaveLength(2)
  })

  test('does not raise the same loop again until the task is unblocked, and then counts anew', async () => {
    const s = await started()
    const { h } = s
    const [ada, bob] = [await h.agent(), await h.agent()]
    const task = await createTask(h)
    const quarrel = async (turns: number) => {
      for (let turn = 0; turn < turns; turn++) {
        const author = turn % 2 === 0 ? ada : bob
        unwrap(await author.client.messages.post({ taskId: task.id, content: `no, ${turn}` }))
        h.clock.advance(1000)
      }
    }
    await quarrel(10)
    await h.advance(MINUTE_MS)
    expect((await taskOf(h, task.id)).blockedReason).toContain('answered each other 9 times')
    await quarrel(10)
    await h.advance(2 * MINUTE_MS)
    expect(await reportsOf(s, task.id)).toHaveLength(1)
    expect((await eventKinds(s)).filter((kind) => kind === 'LOOP_DETECTED')).toHaveLength(1)

    const { version } = await taskOf(h, task.id)
    unwrap(
      await s.ann.tasks.transition({
        taskId: task.id,
        to: 'ASSIGNED',
        assigneeIds: [ada.id],
        reason: 'ada decides',
        expectedVersion: version,
      }),
    )
    expect((await alertsOf(s, 'LOOP_DETECTED')).map(({ status }) => status)).toEqual(['RESOLVED'])
    await quarrel(9)
    await h.advance(MINUTE_MS)
    expect((await taskOf(h, task.id)).status).toBe('ASSIGNED')
    await quarrel(10)
    await h.advance(MINUTE_MS)
    expect((await taskOf(h, task.id)).status).toBe('BLOCKED')
    expect(await reportsOf(s, task.id)).toHaveLength(2)
  })

  test('only reports a task that has ended', async () => {
    const s = await started()
    const { h } = s
    const [ada, bob] = [await h.agent(), await h.agent()]
    const task = await createTask(h)
    unwrap(await s.ann.tasks.transition({ taskId: task.id, to: 'CANCELED', reason: 'not needed', expectedVersion: 1 }))
    for (let turn = 0; turn < 12; turn++) {
      unwrap(await (turn % 2 === 0 ? ada : bob).client.messages.post({ taskId: task.id, content: `${turn}` }))
    }
    await h.advance(2 * MINUTE_MS)
    expect((await taskOf(h, task.id)).status).toBe('CANCELED')
    expect(await reportsOf(s, task.id)).toHaveLength(1)
    expect(await alertsOf(s, 'LOOP_DETECTED')).toHaveLength(1)
  })

  test('blocks a task whose runs keep failing, and stops what runs', async () => {
    const s = await started()
    const { h } = s
    const ada = await h.agent()
    const { taskId, epoch } = await startedTask(h, ada)
    for (let count = 0; count < 5; count++) {
      const { run } = unwrap(await ada.client.runs.start({ taskId, epoch, ...RUN, estimatedCostMicros: 1 }))
      unwrap(await ada.client.runs.fail({ runId: run.id, error: `try ${count}` }))
    }
    const { run } = unwrap(await ada.client.runs.start({ taskId, epoch, ...RUN, estimatedCostMicros: 1 }))
    await h.advance(MINUTE_MS)
    expect((await taskOf(h, taskId)).blockedReason).toContain('5 of the last 6 runs failed')
    expect(unwrap(await h.admin.runs.get({ runId: run.id })).stopReason).toBe('LOOP')
    expect((await agentOf(h, ada.id)).status).toBe('ACTIVE')
    const filters = [{ field: 'key', op: 'eq', value: taskId } as const]
    const memories = (await s.storage.queries.page({ kind: 'agentDocument', filters, limit: 10 })).rows
    expect(memories.map(({ agentId, type }) => [agentId, type])).toEqual([[ada.id, 'SESSION_MEMORY']])
    expect(memories[0]?.content).toContain('5 of the last 6 runs failed')
  })

  test('blocks a task that is moved to and fro', async () => {
    const s = await started()
    const { h } = s
    const ada = await h.agent()
    const task = await createTask(h)
    for (let count = 0; count < 3; count++) {
      const { version } = unwrap(await s.ann.tasks.get({ taskId: task.id }))
      unwrap(await s.ann.tasks.assign({ taskId: task.id, assigneeIds: [ada.id], expectedVersion: version }))
      const assigned = await taskOf(h, task.id)
      unwrap(
        await s.ann.tasks.transition({
          taskId: task.id,
          to: 'INBOX',
          reason: 'not her',
          expectedVersion: assigned.version,
        }),
      )
    }
    await h.advance(MINUTE_MS)
    expect((await taskOf(h, task.id)).blockedReason).toContain('6 moves in 60 min')
  })
})

/** A read that is always allowed, made again and again. */
async function call(
  worker: TestAgent,
  runId: string,
  callId: string,
  end: { status: 'SUCCESS' | 'FAILED'; error?: string },
) {
  const answer = unwrap(
    await worker.client.toolCalls.gate({ sessionKey: 's', runId, callId, tool: 'read_file', input: { path: 'a.md' } }),
  )
  if (answer.decision !== 'ALLOW') return answer
  unwrap(await worker.client.toolCalls.begin({ toolCallId: answer.toolCallId }))
  unwrap(await worker.client.toolCalls.end({ toolCallId: answer.toolCallId, ...end }))
  return answer
}

async function working(s: Scene) {
  const worker = await s.h.agent()
  const { taskId, epoch } = await startedTask(s.h, worker)
  const { run } = unwrap(await worker.client.runs.start({ taskId, epoch, ...RUN, estimatedCostMicros: 1 }))
  return { worker, taskId, epoch, runId: run.id }
}

describe('the gate', () => {
  test('R-84: ten equal calls stop the run and block the task', async () => {
    const s = await started()
    const { worker, taskId, runId } = await working(s)
    for (let count = 1; count <= 9; count++) await call(worker, runId, `c${count}`, { status: 'SUCCESS' })
    expect((await taskOf(s.h, taskId)).status).toBe('IN_PROGRESS')
    await call(worker, runId, 'c10', { status: 'SUCCESS' })
    expect((await taskOf(s.h, taskId)).blockedReason).toContain('called 10 times')
    expect(unwrap(await s.h.admin.runs.get({ runId })).stopReason).toBe('LOOP')
    expect((await call(worker, runId, 'c11', { status: 'SUCCESS' })).decision).toBe('DENY')
    const [report] = await reportsOf(s, taskId)
    expect(report?.content).toContain('NO_PROGRESS')
    expect((await agentOf(s.h, worker.id)).status).toBe('ACTIVE')
  })

  test('R-84: ten equal questions without any call stop the run as well', async () => {
    const s = await started()
    const { worker, taskId, runId } = await working(s)
    const ask = async (count: number) =>
      unwrap(
        await worker.client.toolCalls.gate({
          sessionKey: 's',
          runId,
          callId: `q${count}`,
          tool: 'exec',
          input: { command: 'sudo reboot' },
        }),
      )
    for (let count = 1; count <= 9; count++) await ask(count)
    expect(unwrap(await s.h.admin.runs.get({ runId })).stopReason).toBeNull()
    const last = await ask(10)
    expect(last.decision).toBe('DENY')
    expect(last.violations.map(({ code }) => code)).toContain('LOOP_DETECTED')
    expect(unwrap(await s.h.admin.runs.get({ runId })).stopReason).toBe('LOOP')
    expect((await taskOf(s.h, taskId)).status).toBe('BLOCKED')
  })

  test('lets calls go on that differ in their outcome', async () => {
    const s = await started()
    const { worker, taskId, runId } = await working(s)
    for (let count = 1; count <= 14; count++) {
      const failed = { status: 'FAILED', error: `${'abcdefg'[count / 2] ?? 'x'} is missing` } as const
      await call(worker, runId, `c${count}`, count % 2 === 0 ? failed : { status: 'SUCCESS' })
    }
    expect((await taskOf(s.h, taskId)).status).toBe('IN_PROGRESS')
  })

  test('R-84: three equal errors of a tool put the agent into quarantine and block the task', async () => {
    const s = await started()
    const { worker, taskId, runId } = await working(s)
    const other = await startedTask(s.h, worker)
    await call(worker, runId, 'c1', { status: 'FAILED', error: 'timeout after 1003 ms' })
    await call(worker, runId, 'c2', { status: 'FAILED', error: 'not found' })
    await call(worker, runId, 'c3', { status: 'FAILED', error: 'timeout after 998 ms' })
    expect((await agentOf(s.h, worker.id)).status).toBe('ACTIVE')
    await call(worker, runId, 'c4', { status: 'FAILED', error: 'Timeout after 1001 ms' })
    expect((await agentOf(s.h, worker.id)).status).toBe('QUARANTINED')
    expect((await taskOf(s.h, taskId)).status).toBe('BLOCKED')
    expect((await taskOf(s.h, other.taskId)).status).toBe('BLOCKED')
    expect(unwrap(await s.h.admin.runs.get({ runId })).stopReason).not.toBeNull()
    const [report] = await reportsOf(s, taskId)
    expect(report?.content).toContain('Check the service')
    expect(await alertsOf(s, 'AGENT_QUARANTINED')).toHaveLength(1)

    unwrap(await s.ann.agents.control({ agentId: worker.id, action: 'LIFT', reason: 'the service is back' }))
    unwrap(await s.ann.agents.control({ agentId: worker.id, action: 'RESUME', reason: 'the service is back' }))
    s.h.clock.advance(1000)
    const again = await startedTask(s.h, worker)
    const { run } = unwrap(await worker.client.runs.start({ ...again, ...RUN, estimatedCostMicros: 1 }))
    await call(worker, run.id, 'd1', { status: 'FAILED', error: 'timeout after 1 ms' })
    await call(worker, run.id, 'd2', { status: 'FAILED', error: 'timeout after 2 ms' })
    expect((await agentOf(s.h, worker.id)).status).toBe('ACTIVE')
  })

  test('does not count errors that lie apart', async () => {
    const s = await started()
    const { worker, runId } = await working(s)
    for (let count = 1; count <= 4; count++) {
      await call(worker, runId, `c${count}`, { status: 'FAILED', error: 'timeout' })
      s.h.clock.advance(4 * MINUTE_MS)
      unwrap(await worker.client.agents.heartbeat({ sessionKey: 's', health: 'BUSY', currentTaskId: null }))
    }
    // The window of ten minutes holds three of them only when they are at most five minutes apart.
    expect((await agentOf(s.h, worker.id)).status).toBe('QUARANTINED')
    const apart = await working(s)
    for (let count = 1; count <= 4; count++) {
      await call(apart.worker, apart.runId, `c${count}`, { status: 'FAILED', error: 'timeout' })
      s.h.clock.advance(6 * MINUTE_MS)
      unwrap(await apart.worker.client.agents.heartbeat({ sessionKey: 's', health: 'BUSY', currentTaskId: null }))
    }
    expect((await agentOf(s.h, apart.worker.id)).status).toBe('ACTIVE')
  })
})

describe('periodic jobs', () => {
  test('R-95: two hosts sweep once, and after a long silence once', async () => {
    const s = await started()
    const { h } = s
    const other = (await import('@mission-control/core')).createMissionControl({ storage: s.storage })
    const leases = async () =>
      (await s.storage.queries.page({ kind: 'jobLease', limit: 10 })).rows.filter(({ job }) => job === 'loop-sweep')
    h.clock.advance(MINUTE_MS)
    await Promise.all([h.mc.jobs.runDue(), other.jobs.runDue(), other.jobs.runDue()])
    const [first] = await leases()
    expect(first).toMatchObject({ job: 'loop-sweep', version: 2 })
    h.clock.advance(60 * MINUTE_MS)
    await Promise.all([other.jobs.runDue(), h.mc.jobs.runDue()])
    expect((await leases())[0]?.version).toBe((first?.version ?? 0) + 2)
  })

  test('are for the host itself', async () => {
    const { h } = await started()
    const turn = { job: 'loop-sweep', key: 'all', period: '9', owner: 'me' }
    expect(await h.admin.jobs.take(turn)).toMatchObject({ ok: false, error: { code: 'FORBIDDEN' } })
  })

  test('go to another host when the one that took them is gone', async () => {
    const { h } = await started()
    const turn = { job: 'report', key: 'all', period: '2026-01-01', owner: 'gone' }
    expect(unwrap(await h.mc.system.jobs.take(turn)).taken).toBe(true)
    expect(unwrap(await h.mc.system.jobs.take({ ...turn, owner: 'other' })).taken).toBe(false)
    h.clock.advance(3 * MINUTE_MS)
    expect(unwrap(await h.mc.system.jobs.take({ ...turn, owner: 'other' })).taken).toBe(true)
    expect(unwrap(await h.mc.system.jobs.finish({ ...turn, cursor: null })).finished).toBe(false)
    expect(unwrap(await h.mc.system.jobs.finish({ ...turn, owner: 'other', cursor: 'c' })).finished).toBe(true)
    const earlier = { ...turn, period: '2025-12-31', owner: 'late' }
    expect(unwrap(await h.mc.system.jobs.take(earlier))).toEqual({ taken: false, isDone: true, cursor: 'c' })
  })
})
