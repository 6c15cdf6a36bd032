import { unwrap } from '@mission-control/core'
import { expect, test } from 'vitest'
import { codeOf, GREEN_CALL, RED_CALL, type Scene, scene, startedTask, submit } from './governed-task.ts'

const MINUTE_MS = 60_000
/** Of the usual interval of 15 minutes. */
const LEASE_MS = 45 * MINUTE_MS
const QUIET_MS = 20 * MINUTE_MS

const tokens = { input: 1, output: 1 }
const line = { callId: 'c', costMicros: 1, tokens }
const START = { sessionKey: 's', model: 'a-model', estimatedCostMicros: 1_000 }
const PRICED = {
  prices: { models: [{ provider: 'p', model: 'a-model', inputMicrosPerMillion: 1, outputMicrosPerMillion: 1 }] },
}

async function standing({ h, worker, taskId }: Scene) {
  const task = unwrap(await h.admin.tasks.get({ taskId }))
  const { liveness } = unwrap(await h.admin.agents.get({ agentId: worker.id }))
  return { leaseUntil: task.claim?.leaseUntil ?? null, silentAt: liveness?.silentAt ?? null }
}

type Act = (s: Scene, prepared: string) => Promise<unknown>

/** Each fenced command of a holder, and what has to be there before. */
const ACTS: Readonly<Record<string, { readonly prepare?: (s: Scene) => Promise<string>; readonly act: Act }>> = {
  'toolCalls.gate': {
    act: async ({ worker, taskId, epoch }) =>
      unwrap(await worker.client.toolCalls.gate({ ...GREEN_CALL, taskId, epoch })),
  },
  'toolCalls.gate, denied': {
    act: async ({ worker, taskId, epoch }) => {
      const call = { tool: 'exec', input: { command: 'curl x | sh' }, sessionKey: 's', taskId, epoch }
      expect(unwrap(await worker.client.toolCalls.gate(call)).decision).toBe('DENY')
    },
  },
  'toolCalls.begin': {
    prepare: async ({ worker, taskId, epoch }) =>
      unwrap(await worker.client.toolCalls.gate({ ...GREEN_CALL, taskId, epoch })).toolCallId,
    act: async ({ worker, epoch }, toolCallId) => unwrap(await worker.client.toolCalls.begin({ toolCallId, epoch })),
  },
  'toolCalls.end': {
    prepare: async ({ worker, taskId, epoch }) => {
      const { toolCallId } = unwrap(await worker.client.toolCalls.gate({ ...GREEN_CALL, taskId, epoch }))
      unwrap(await worker.client.toolCalls.begin({ toolCallId, epoch }))
      return toolCallId
    },
    act: async ({ worker, epoch }, toolCallId) =>
      unwrap(await worker.client.toolCalls.end({ toolCallId, epoch, status: 'SUCCESS' })),
  },
  'runs.start': {
    act: async ({ worker, taskId, epoch }) => unwrap(await worker.client.runs.start({ ...START, taskId, epoch })),
  },
  'runs.report': {
    prepare: async ({ worker, taskId, epoch }) =>
      unwrap(await worker.client.runs.start({ ...START, taskId, epoch })).run.id,
    act: async ({ worker, epoch }, runId) => unwrap(await worker.client.runs.report({ runId, epoch, lines: [line] })),
  },
  'runs.complete': {
    prepare: async ({ worker, taskId, epoch }) =>
      unwrap(await worker.client.runs.start({ ...START, taskId, epoch })).run.id,
    act: async ({ worker, epoch }, runId) => unwrap(await worker.client.runs.complete({ runId, epoch, lines: [line] })),
  },
  'runs.fail': {
    prepare: async ({ worker, taskId, epoch }) =>
      unwrap(await worker.client.runs.start({ ...START, taskId, epoch })).run.id,
    act: async ({ worker, epoch }, runId) => unwrap(await worker.client.runs.fail({ runId, epoch, error: 'no luck' })),
  },
  'messages.post': {
    act: async ({ worker, taskId, epoch }) =>
      unwrap(await worker.client.messages.post({ taskId, epoch, content: 'half way' })),
  },
  'documents.create': {
    act: async ({ worker, taskId, epoch }) =>
      unwrap(
        await worker.client.documents.create({ taskId, epoch, name: 'notes', type: 'DELIVERABLE', content: 'half' }),
      ),
  },
}

test.each(Object.entries(ACTS))('%s of the holder renews its lease and is heard', async (_, { prepare, act }) => {
  const s = await scene(PRICED)
  const prepared = (await prepare?.(s)) ?? ''
  s.h.clock.advance(QUIET_MS)
  const due = s.h.clock.now() + LEASE_MS
  expect((await standing(s)).leaseUntil).toBe(due - QUIET_MS)
  await act(s, prepared)
  expect(await standing(s)).toEqual({ leaseUntil: due, silentAt: due })
})

test('a task that waits for a human has no lease to renew, but its agent is heard', async () => {
  const s = await scene()
  s.h.clock.advance(QUIET_MS)
  const request = {
    actionType: 'TOOL_CALL' as const,
    payload: { tool: RED_CALL.tool, input: RED_CALL.input },
    justification: 'it has to be done',
    rollbackPlan: 'undo it',
  }
  unwrap(await s.worker.client.approvals.request({ ...request, taskId: s.taskId, epoch: s.epoch }))
  expect(await standing(s)).toEqual({ leaseUntil: null, silentAt: s.h.clock.now() + LEASE_MS })
})

test('handing in is heard', async () => {
  const s = await scene()
  s.h.clock.advance(QUIET_MS)
  await submit(s)
  expect(await standing(s)).toEqual({ leaseUntil: null, silentAt: s.h.clock.now() + LEASE_MS })
})

test('an agent that works without a beat is not taken for OFFLINE, and keeps its task', async () => {
  const s = await scene()
  for (let at = 0; at < 6; at++) {
    await s.h.advance(15 * MINUTE_MS)
    unwrap(await s.worker.client.toolCalls.gate({ ...GREEN_CALL, callId: `c${at}`, taskId: s.taskId, epoch: s.epoch }))
  }
  expect(unwrap(await s.h.admin.agents.get({ agentId: s.worker.id })).agent.status).toBe('ACTIVE')
  expect(unwrap(await s.h.admin.tasks.get({ taskId: s.taskId }))).toMatchObject({
    status: 'IN_PROGRESS',
    claim: { agentId: s.worker.id, epoch: s.epoch },
  })
})

test('what another agent says of the task renews nothing', async () => {
  const s = await scene()
  const other = await s.h.agent({ name: 'Other' })
  const before = await standing(s)
  s.h.clock.advance(QUIET_MS)
  unwrap(await other.client.messages.post({ taskId: s.taskId, content: 'how is it going?' }))
  expect(await standing(s)).toEqual(before)
})

test('R-19 the holder of now, with the epoch of an earlier claim, starts nothing', async () => {
  const s = await scene()
  const stale = await s.worker.client.tasks.start({
    taskId: s.taskId,
    epoch: s.epoch - 1,
    workPlan: { bullets: ['read', 'write', 'check'] },
  })
  expect(codeOf(stale)).toBe('LEASE_LOST')
  const again = { taskId: s.taskId, epoch: s.epoch, workPlan: { bullets: ['read', 'write', 'check'] } }
  expect(codeOf(await s.worker.client.tasks.start(again))).toBe('ok')
  const second = await startedTask(s.h, s.worker)
  expect(codeOf(await s.worker.client.tasks.start({ ...again, taskId: second.taskId, epoch: 99 }))).toBe('LEASE_LOST')
})
