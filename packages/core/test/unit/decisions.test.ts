import {
  createMissionControl,
  type MissionControlClient,
  MissionControlError,
  unwrap,
  waitForDecision,
} from '@mission-control/core'
import type { Storage } from '@mission-control/core/storage'
import { describe, expect, test } from 'vitest'
import {
  askRed,
  askYellow,
  codeOf,
  decidedNotes,
  RED_CALL,
  type Scene,
  scene,
  startedTask,
  statusOf,
  submit,
  WHY,
} from './governed-task.ts'

describe('a batch', () => {
  test('decides each on its own; what one is refused for does not touch the others', async () => {
    const s = await scene()
    const two = [await askYellow(s, 'One'), await askYellow(s, 'Two')]
    const decided = await askYellow(s, 'Three')
    unwrap(await s.ann.approvals.cancel({ approvalId: decided }))
    const ids = [...two, decided, 'apr_unknown']
    const { results } = unwrap(await s.ann.approvals.decideBatch({ approvalIds: ids, verdict: 'APPROVE' }))
    expect(results.map((result) => (result.ok ? result.status : result.error.code))).toEqual([
      'APPROVED',
      'APPROVED',
      'ALREADY_DECIDED',
      'NOT_FOUND',
    ])
    expect(await statusOf(s.h, s.taskId)).toBe('IN_PROGRESS')
    expect(await decidedNotes(s)).toEqual(expect.arrayContaining(['APPROVED', 'CANCELED']))
  })

  test('has the same authority as one decision, denies once per task, and takes no RED', async () => {
    const s = await scene()
    const approvalIds = [await askYellow(s, 'One'), await askYellow(s, 'Two'), await askRed(s)]
    const own = unwrap(await s.worker.client.approvals.decideBatch({ approvalIds, verdict: 'APPROVE' }))
    expect(own.results.map((result) => (result.ok ? 'ok' : result.error.code))).toEqual([
      'SEPARATION_OF_DUTIES',
      'SEPARATION_OF_DUTIES',
      'FORBIDDEN',
    ])
    const silent = unwrap(await s.ann.approvals.decideBatch({ approvalIds, verdict: 'DENY' }))
    expect(silent.results.every((result) => !result.ok)).toBe(true)
    const denied = unwrap(await s.ann.approvals.decideBatch({ approvalIds, verdict: 'DENY', reason: 'no' }))
    expect(denied.results.map((result) => (result.ok ? result.status : result.error.code))).toEqual([
      'DENIED',
      'DENIED',
      'FORBIDDEN',
    ])
    expect(await statusOf(s.h, s.taskId)).toBe('BLOCKED')
    const blocks = unwrap(await s.h.admin.tasks.transitions({ taskId: s.taskId })).data.filter(
      ({ to }) => to === 'BLOCKED',
    )
    expect(blocks).toHaveLength(1)
  })
})

describe('who waits for a decision', () => {
  const soon = { timeoutMs: 5_000 }

  test('is woken by every outcome, and only a yes is a yes', async () => {
    for (const verdict of ['APPROVE', 'DENY'] as const) {
      const s = await scene()
      const approvalId = await askYellow(s)
      const waiting = waitForDecision(s.worker.client, approvalId, soon)
      unwrap(await s.ann.approvals.decide({ approvalId, verdict, reason: 'so it is' }))
      expect(await waiting).toEqual({
        approved: verdict === 'APPROVE',
        reason: 'so it is',
        deciders: [{ name: 'Ann', verdict }],
      })
    }
  })

  test('gets no yes from time, from silence or from a failure', async () => {
    const s = await scene()
    const approvalId = await askRed(s)
    unwrap(await s.ann.approvals.decide({ approvalId, verdict: 'APPROVE', reason: 'one of two' }))
    expect((await waitForDecision(s.worker.client, approvalId, { timeoutMs: 20 })).approved).toBe(false)
    expect((await waitForDecision(s.worker.client, 'apr_unknown', soon)).approved).toBe(false)
    const stop = AbortSignal.abort()
    expect((await waitForDecision(s.worker.client, approvalId, { ...soon, signal: stop })).approved).toBe(false)
  })

  test('R-61 finds every outcome in its heartbeat, after a restart and used up too', async () => {
    const s = await scene()
    const beat = async (mc = s.h.mc) => {
      const client = (await mc.as(s.worker.principalId)).inProject(s.h.projectId)
      const reply = unwrap(
        await client.agents.heartbeat({ sessionKey: 's', health: 'HEALTHY', currentTaskId: s.taskId }),
      )
      return reply.decidedApprovals.map(({ status }) => status)
    }
    const denied = await askYellow(s, 'One')
    const restarted = createMissionControl({ storage: s.h.storage })
    const ann = (await restarted.as(await principalIdOf(s, 'Ann'))).inProject(s.h.projectId)
    unwrap(await ann.approvals.decide({ approvalId: denied, verdict: 'DENY', reason: 'no' }))
    expect(await beat(createMissionControl({ storage: s.h.storage }))).toEqual(['DENIED'])
    unwrap(await s.ann.tasks.transition({ taskId: s.taskId, to: 'IN_PROGRESS', reason: 'go on' }))
    await submit(s)
    unwrap(await s.ann.tasks.transition({ taskId: s.taskId, to: 'DONE', reason: 'good' }))
    expect(await beat()).toEqual(['APPROVED', 'DENIED'])
  })
})

async function principalIdOf({ h }: Scene, name: string): Promise<string> {
  const { data } = unwrap(await h.admin.principals.list({}))
  return data.find(({ displayName }) => displayName === name)?.id ?? ''
}

describe('a human who moves a waiting task on', () => {
  test('R-114 meets the guards of the state it moves to', async () => {
    const s = await scene()
    const approvalId = await askYellow(s)
    const refused = await s.ann.tasks.transition({ taskId: s.taskId, to: 'REVIEW', reason: 'looks done' })
    expect(refused).toMatchObject({ ok: false, error: { code: 'TRANSITION_REFUSED' } })
    expect(refused.ok ? [] : refused.error.errors?.map(({ field }) => field)).toContain('deliverable')
    expect(unwrap(await s.h.admin.approvals.get({ approvalId })).status).toBe('PENDING')
    expect(await statusOf(s.h, s.taskId)).toBe('NEEDS_APPROVAL')
    unwrap(await s.ann.tasks.transition({ taskId: s.taskId, to: 'IN_PROGRESS', reason: 'go on' }))
    expect(unwrap(await s.h.admin.approvals.get({ approvalId })).status).toBe('CANCELED')
  })
})

test('R-69 a store that cannot be reached is no empty list of approvals', async () => {
  const s = await scene()
  await askYellow(s)
  const down: Storage = {
    ...s.h.storage,
    queries: {
      ...s.h.storage.queries,
      page: () => Promise.reject(new MissionControlError('UNAVAILABLE', 'the store is away')),
    },
  }
  const ann = (await createMissionControl({ storage: down }).as(await principalIdOf(s, 'Ann'))).inProject(s.h.projectId)
  await expect(ann.approvals.list({ status: 'PENDING' })).rejects.toMatchObject({ code: 'UNAVAILABLE' })
})

test('agents see in their heartbeat what they may decide, and nothing else', async () => {
  const s = await scene({ rules: { leadMayDecide: true } })
  const cao = await s.h.agent({ name: 'Cleo', role: 'LEAD', isCao: true })
  const lead = await s.h.agent({ name: 'Lea', role: 'LEAD' })
  const red = await askRed(s)
  const toDecide = async (client: MissionControlClient) => {
    const reply = unwrap(await client.agents.heartbeat({ sessionKey: 's', health: 'IDLE', currentTaskId: null }))
    return reply.approvalsToDecide.map(({ id }) => id)
  }
  expect([await toDecide(cao.client), await toDecide(lead.client), await toDecide(s.worker.client)]).toEqual([
    [red],
    [],
    [],
  ])
})

test('R-53 nobody above or below in the spawn line decides, nor reviews (R-65)', async () => {
  const s = await scene()
  const cao = await s.h.agent({ name: 'Cleo', role: 'LEAD', isCao: true })
  const { taskId, epoch } = await startedTask(s.h, cao)
  const child = unwrap(
    await cao.client.agents.spawn({ name: 'Chick', parentTaskId: taskId, epoch, purpose: 'helps', role: 'LEAD' }),
  )
  const helper = (await s.h.mc.as(child.principalId)).inProject(s.h.projectId)
  const verdict = { verdict: 'APPROVE', reason: 'fine' } as const
  const below = unwrap(await helper.toolCalls.gate({ ...RED_CALL, ...WHY }))
  expect(codeOf(await cao.client.approvals.decide({ approvalId: below.approvalId ?? '', ...verdict }))).toBe(
    'SEPARATION_OF_DUTIES',
  )
  const above = unwrap(await cao.client.toolCalls.gate({ ...RED_CALL, ...WHY, taskId, epoch }))
  expect(codeOf(await helper.approvals.decide({ approvalId: above.approvalId ?? '', ...verdict }))).toBe(
    'SEPARATION_OF_DUTIES',
  )
  unwrap(await cao.client.approvals.cancel({ approvalId: above.approvalId ?? '' }))
  unwrap(await cao.client.tasks.complete({ taskId, epoch, deliverable: { content: 'done' } }))
  const praise = { taskId, verb: 'PRAISE', summary: 'well done' } as const
  expect(codeOf(await helper.reviews.post(praise))).toBe('REVIEW_REFUSED')
  // What is outside of the line is free.
  unwrap(await s.ann.approvals.decide({ approvalId: below.approvalId ?? '', ...verdict }))
  expect(codeOf(await s.worker.client.reviews.post(praise))).toBe('REVIEW_REFUSED')
  expect(codeOf(await s.ann.reviews.post(praise))).toBe('ok')
})
