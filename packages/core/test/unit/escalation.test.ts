import { unwrap } from '@mission-control/core'
import type { TestAgent } from '@mission-control/testing'
import { describe, expect, test } from 'vitest'
import { activate, askRed, type Scene, scene } from './governed-task.ts'

const MINUTE_MS = 60_000

async function toldTo(agent: TestAgent): Promise<string[]> {
  const beat = { sessionKey: 's', health: 'IDLE', currentTaskId: null } as const
  const { notifications } = unwrap(await agent.client.agents.heartbeat(beat))
  return notifications.filter(({ type }) => type === 'APPROVAL_REQUESTED').map(({ title }) => title)
}

async function operatorsTold({ h }: Scene): Promise<string[]> {
  const { rows } = await h.storage.queries.page({
    kind: 'notification',
    projectId: h.projectId,
    filters: [
      { field: 'targetKind', op: 'eq', value: 'OPERATORS' },
      { field: 'type', op: 'eq', value: 'APPROVAL_REQUESTED' },
    ],
    order: [{ field: 'createdAt', direction: 'asc' }],
    limit: 100,
  })
  return rows.map(({ title }) => title)
}

async function levels({ h }: Scene): Promise<unknown[]> {
  const { data } = unwrap(await h.admin.events.list({}))
  return data.filter(({ kind }) => kind === 'APPROVAL_ESCALATED').map(({ data: facts }) => facts)
}

/** A RED request, which has an hour. */
async function waiting(): Promise<Scene & { cao: TestAgent; approvalId: string }> {
  const s = await scene()
  const cao = await s.h.agent({ name: 'Cleo', role: 'LEAD', isCao: true, heartbeatIntervalMs: 86_400_000 })
  return { ...s, cao, approvalId: await askRed(s) }
}

describe('escalation', () => {
  test('at half of its time to the CAO, at four fifths to all operators, once each', async () => {
    const s = await waiting()
    expect([await toldTo(s.cao), await operatorsTold(s)].map(({ length }) => length)).toEqual([1, 1])
    await s.h.advance(29 * MINUTE_MS)
    expect(await levels(s)).toEqual([])
    await s.h.advance(MINUTE_MS)
    expect(await levels(s)).toEqual([expect.objectContaining({ level: 1, urgent: true })])
    expect((await toldTo(s.cao)).at(-1)).toMatch(/^Urgent: RED/)
    expect(await operatorsTold(s)).toHaveLength(1)
    await s.h.advance(18 * MINUTE_MS)
    expect(await levels(s)).toHaveLength(2)
    expect((await operatorsTold(s)).at(-1)).toMatch(/^Urgent: RED/)
    await s.h.advance(5 * MINUTE_MS)
    expect(await levels(s)).toHaveLength(2)
    const approval = unwrap(await s.h.admin.approvals.get({ approvalId: s.approvalId }))
    expect(approval).toMatchObject({ status: 'PENDING', escalationLevel: 2, escalatesAt: null })
  })

  test('a sweep that comes late tells everybody it skipped', async () => {
    const s = await waiting()
    s.h.clock.advance(50 * MINUTE_MS)
    await s.h.mc.jobs.runDue()
    expect(await levels(s)).toEqual([expect.objectContaining({ level: 2, caoId: s.cao.id })])
    expect([await toldTo(s.cao), await operatorsTold(s)].map(({ length }) => length)).toEqual([2, 2])
  })

  test('where no CAO may decide it, the operators hear of it the first time already', async () => {
    const s = await scene()
    await askRed(s)
    await s.h.advance(31 * MINUTE_MS)
    expect(await operatorsTold(s)).toHaveLength(2)
    expect(await levels(s)).toEqual([expect.objectContaining({ level: 1, caoId: null })])
  })

  test('what has been decided, or has run out, is escalated no more', async () => {
    const s = await waiting()
    unwrap(await s.ann.approvals.decide({ approvalId: s.approvalId, verdict: 'DENY', reason: 'no' }))
    await s.h.advance(70 * MINUTE_MS)
    expect(await levels(s)).toEqual([])
    const late = await waiting()
    late.h.clock.advance(61 * MINUTE_MS)
    const unchanged = unwrap(
      await late.h.mc.system.approvals.escalate({ projectId: late.h.projectId, approvalId: late.approvalId }),
    )
    expect(unchanged.escalationLevel).toBe(0)
  })
})

test('those hear of a request who may decide it: LEADs where the policy lets them, never a party', async () => {
  const s = await scene()
  await activate(s.h, { rules: { leadMayDecide: true } })
  const lead = await s.h.agent({ name: 'Lea', role: 'LEAD' })
  const ofOtherTypes = await s.h.agent({ name: 'Otto', role: 'LEAD', allowedTaskTypes: ['OPS'] })
  await askRed(s)
  expect(await toldTo(lead)).toEqual([])
  const intern = await s.h.agent({ name: 'Ines', role: 'INTERN' })
  const task = unwrap(await s.h.admin.tasks.create({ title: 'Look', type: 'DOCS' }))
  unwrap(await intern.client.tasks.claim({ taskId: task.id, workPlan: { bullets: ['a', 'b', 'c'] } }))
  const asked = unwrap(
    await intern.client.toolCalls.gate({
      tool: 'write_file',
      input: { path: 'src/app.ts', content: 'x' },
      sessionKey: 's',
      taskId: task.id,
      epoch: 1,
      justification: 'it is needed',
    }),
  )
  expect(asked).toMatchObject({ decision: 'NEEDS_APPROVAL', riskLevel: 'YELLOW' })
  expect(await toldTo(lead)).toHaveLength(1)
  expect(await toldTo(ofOtherTypes)).toEqual([])
  expect(await toldTo(intern)).toEqual([])
})
