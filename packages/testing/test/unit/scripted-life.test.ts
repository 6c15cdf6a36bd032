import { unwrap, WorkStopped } from '@mission-control/core'
import { expect, test } from 'vitest'
import '../../src/vitest.ts'
import { agentOf, codeOf, createTask, eventKinds, MODEL, pathOf, scene, taskOf, USD, verified } from './scene.ts'

const SCRIPT = { plan: () => ['read', 'write', 'check'], model: MODEL, provider: 'acme' }
const WRITE = { path: 'src/guide.md', content: 'x' }
const WHY = { justification: 'the contract says so', rollbackPlan: 'ask for it back' }

test('R-87 a life: work under guard, changes asked for, a RED call approved, accepted, DONE', async () => {
  const s = await scene()
  const { h, ann } = s
  const bob = await h.operator('Bob')
  const worker = await h.agent({ name: 'Worker', workspacePath: '/srv/worker' })
  const ran: string[] = []
  const running = worker.script({
    ...SCRIPT,
    estimatedCostMicros: 200_000,
    handler: async (task, context) => {
      await context.usage({ tokens: { input: 1_000, output: 500 } })
      await context.guard('write_file', WRITE, {
        execute: async () => {
          ran.push(`write ${task.submission}`)
          return { ok: true, output: 'written' }
        },
      })
      if (task.submission === 0) return 'first draft'
      await context.progress('taking up the changes')
      await context.guard(
        'transfer_funds',
        { amount: 5 },
        {
          ...WHY,
          execute: async () => {
            ran.push('transfer')
            return { ok: true, output: 'done' }
          },
        },
      )
      const [review] = unwrap(await worker.client.reviews.list({ taskId: task.id })).data
      for (const item of review?.items.keys() ?? []) {
        const resolution = { reviewId: review?.id ?? '', item, resolution: 'added', epoch: task.epoch }
        unwrap(await worker.client.reviews.resolveItem(resolution))
      }
      return { content: 'second draft', checklist: verified(task.type) }
    },
  })
  const { id: taskId } = await createTask(h)

  expect(await running.step()).toMatchObject({ taskId, outcome: 'submitted', directive: 'CONTINUE' })
  expect(await taskOf(h, taskId)).toMatchObject({
    status: 'REVIEW',
    submission: 1,
    costSummary: { totalMicros: 2_000 },
  })
  const early = await ann.tasks.transition({ taskId, to: 'IN_PROGRESS', reason: 'again', workerId: worker.id })
  expect(codeOf(early)).toBe('ok')
  expect(await running.step()).toMatchObject({ outcome: 'waiting' })
  expect(ran).toEqual(['write 0', 'write 1'])
  expect((await taskOf(h, taskId)).status).toBe('NEEDS_APPROVAL')
  const [red] = unwrap(await ann.approvals.list({ status: 'PENDING' })).data
  for (const human of [ann, bob]) {
    unwrap(await human.approvals.decide({ approvalId: red?.id ?? '', verdict: 'APPROVE', reason: 'as agreed' }))
  }
  expect(await running.step()).toMatchObject({ taskId, outcome: 'submitted' })
  expect(ran).toEqual(['write 0', 'write 1', 'transfer'])

  const items = [{ file: 'src/guide.md', change: 'name the audience' }]
  unwrap(await ann.reviews.post({ taskId, verb: 'CHANGESET', summary: 'nearly', items }))
  expect((await taskOf(h, taskId)).status).toBe('IN_PROGRESS')
  const unresolved = await worker.client.tasks.complete({
    taskId,
    epoch: (await taskOf(h, taskId)).epoch,
    deliverable: { content: 'second draft' },
  })
  expect(unresolved).toMatchObject({ ok: false, error: { errors: [{ field: 'reviews' }] } })
  expect(await running.step()).toMatchObject({ outcome: 'waiting' })
  const [again] = unwrap(await ann.approvals.list({ status: 'PENDING' })).data
  expect(again?.id).not.toBe(red?.id)
  for (const human of [ann, bob]) {
    unwrap(await human.approvals.decide({ approvalId: again?.id ?? '', verdict: 'APPROVE', reason: 'once more' }))
  }
  expect(await running.step()).toMatchObject({ outcome: 'submitted' })

  const approval = { taskId, verb: 'APPROVE', summary: 'good', verified: verified('DOCS') } as const
  const { approvalId } = unwrap(await ann.reviews.post(approval))
  expect((await taskOf(h, taskId)).status).toBe('NEEDS_APPROVAL')
  unwrap(await bob.approvals.decide({ approvalId: approvalId ?? '', verdict: 'APPROVE', reason: 'accepted' }))
  const done = await taskOf(h, taskId)
  expect(done).toMatchObject({ status: 'DONE', submission: 3, reviewCycles: 2, claim: null, waitingFor: [] })
  expect(unwrap(await ann.approvals.get({ approvalId: approvalId ?? '' }))).toMatchObject({
    actionType: 'COMPLETE_TASK',
    status: 'APPROVED',
    usedAt: h.clock.now(),
  })
  const moves = unwrap(await ann.tasks.transitions({ taskId })).data
  expect(moves.at(-1)).toMatchObject({ from: 'NEEDS_APPROVAL', to: 'DONE', approvalId, actor: { kind: 'SYSTEM' } })
  await expect(h.admin).toHaveSpentLessThan(10_000, { taskId })
  expect(new Set(await eventKinds(s))).toEqual(
    new Set([
      ...(await eventKinds(s)),
      'TASK_CREATED',
      'CLAIM_GRANTED',
      'TASK_TRANSITION',
      'TASK_REFUSED',
      'RUN_STARTED',
      'RUN_COMPLETED',
      'USAGE_REPORTED',
      'BUDGET_RESERVED',
      'BUDGET_SETTLED',
      'TOOL_CALL',
      'POLICY_DECISION',
      'APPROVAL_REQUESTED',
      'APPROVAL_APPROVED',
      'MESSAGE_POSTED',
    ]),
  )
  const open = await s.storage.queries.balances({ projectId: h.projectId, limit: 100 })
  expect(open.filter(({ balance }) => balance.reserved !== 0)).toEqual([])
})

test('R-61 a budget stop: the work stops, a person approves more, the work goes on', async () => {
  const { h, ann } = await scene()
  const worker = await h.agent({ budgetDailyMicros: USD, budgetPerRunMicros: USD })
  const costs = [700_000, 350_000, 250_000]
  let stopped: unknown
  const running = worker.script({
    ...SCRIPT,
    estimatedCostMicros: 300_000,
    handler: async (_, context) => {
      try {
        await context.usage({ costMicros: costs.shift() ?? 0 })
        return 'the guide'
      } catch (error) {
        stopped = error
        throw error
      }
    },
  })
  const first = await createTask(h)
  expect(await running.step()).toMatchObject({ taskId: first.id, outcome: 'submitted' })
  const second = await createTask(h)
  expect(await running.step()).toMatchObject({ taskId: second.id, outcome: 'stopped' })
  expect(stopped).toBeInstanceOf(WorkStopped)
  expect(await taskOf(h, second.id)).toMatchObject({ status: 'NEEDS_APPROVAL', returnStatus: 'IN_PROGRESS' })
  expect(await agentOf(h, worker.id)).toMatchObject({ status: 'PAUSED', pausedBy: 'BUDGET' })
  expect(await running.step()).toMatchObject({ directive: 'PAUSED', outcome: 'idle' })

  const asked = unwrap(await ann.approvals.list({ status: 'PENDING' })).data
  expect(asked.map(({ actionType }) => actionType)).toEqual(['BUDGET_OVERRIDE'])
  const more = { approvalId: asked[0]?.id ?? '', verdict: 'APPROVE', reason: 'worth it' } as const
  unwrap(await ann.approvals.decide(more))
  expect(await agentOf(h, worker.id)).toMatchObject({ status: 'ACTIVE', pausedBy: null })
  expect((await taskOf(h, second.id)).status).toBe('IN_PROGRESS')
  expect(await running.step()).toMatchObject({ taskId: second.id, directive: 'CONTINUE', outcome: 'submitted' })
  expect(await pathOf(h, second.id)).toEqual([
    'INBOX',
    'ASSIGNED',
    'IN_PROGRESS',
    'NEEDS_APPROVAL',
    'IN_PROGRESS',
    'REVIEW',
  ])
})
