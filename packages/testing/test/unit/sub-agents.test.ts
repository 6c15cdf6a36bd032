import { unwrap } from '@mission-control/core'
import { afterEach, describe, expect, test } from 'vitest'
import type { TestAgent } from '../../src/index.ts'
import {
  agentOf,
  BEAT,
  codeOf,
  createTask,
  eventKinds,
  MINUTE_MS,
  PLAN,
  RUN,
  type Scene,
  scene,
  startedTask,
  taskOf,
  USD,
  verified,
} from './scene.ts'

let open: Scene | undefined
afterEach(async () => {
  await open?.h.close()
  open = undefined
})

async function started(): Promise<Scene> {
  open = await scene()
  return open
}

/** A LEAD with a task under way. */
async function leader(s: Scene) {
  const lead = await s.h.agent({ role: 'LEAD' })
  return { lead, ...(await startedTask(s.h, lead)) }
}

let names = 0
function wish(parentTaskId: string) {
  return { name: `helper ${++names}`, parentTaskId, purpose: 'look things up' }
}

async function clientOf(s: Scene, principalId: string) {
  return (await s.h.mc.as(principalId)).inProject(s.h.projectId)
}

describe('spawning', () => {
  test('makes an agent within its parent, that works, costs and is bound to a task and a time', async () => {
    const s = await started()
    const { lead, taskId } = await leader(s)
    const made = unwrap(await lead.client.agents.spawn(wish(taskId)))
    expect(made.key).not.toBeNull()
    expect(made.agent).toMatchObject({
      role: 'SPECIALIST',
      isCao: false,
      parentAgentId: lead.id,
      parentTaskId: taskId,
      purpose: 'look things up',
      ttlAt: s.h.clock.now() + 6 * 60 * MINUTE_MS,
      budgetDailyMicros: 5 * USD,
    })
    const child = await clientOf(s, made.principalId)
    expect(codeOf(await child.runs.start({ ...RUN, estimatedCostMicros: 1 }))).toBe('ok')
    expect((await eventKinds(s)).filter((kind) => kind === 'AGENT_SPAWNED')).toHaveLength(1)
  })

  test('R-34: refuses an INTERN, a missing task or purpose, what it does not hold, and too great a depth', async () => {
    const s = await started()
    const { h } = s
    const intern = await h.agent({ role: 'INTERN' })
    const ofIntern = await startedTask(h, intern)
    expect(codeOf(await intern.client.agents.spawn(wish(ofIntern.taskId)))).toBe('SPAWN_REFUSED')

    const { lead, taskId } = await leader(s)
    const { parentTaskId: _, ...noTask } = wish(taskId)
    expect(codeOf(await lead.client.agents.spawn(noTask))).toBe('SPAWN_REFUSED')
    const { purpose: __, ...noPurpose } = wish(taskId)
    expect(codeOf(await lead.client.agents.spawn(noPurpose))).toBe('SPAWN_REFUSED')
    const foreign = await createTask(h)
    expect(codeOf(await lead.client.agents.spawn(wish(foreign.id)))).toBe('SPAWN_REFUSED')

    let parent = lead.client
    let held = taskId
    for (const depth of [1, 2, 3]) {
      const outcome = await parent.agents.spawn(wish(held))
      if (depth === 3) {
        expect(codeOf(outcome)).toBe('SPAWN_REFUSED')
        break
      }
      const made = unwrap(outcome)
      parent = await clientOf(s, made.principalId)
      const task = await createTask(h)
      unwrap(await parent.tasks.claim({ taskId: task.id, workPlan: PLAN }))
      held = task.id
    }
    expect((await eventKinds(s)).filter((kind) => kind === 'POLICY_DECISION').length).toBeGreaterThanOrEqual(5)
  })

  test('never gives a child more than its parent has', async () => {
    const s = await started()
    const parent = await s.h.agent({
      role: 'SPECIALIST',
      allowedTools: ['fs.read', 'agent.spawn'],
      allowedTaskTypes: ['DOCS'],
      budgetDailyMicros: USD,
      budgetPerRunMicros: USD / 4,
    })
    const { taskId } = await startedTask(s.h, parent)
    const beyond = [
      { role: 'LEAD' },
      { allowedTools: ['fs.read', 'shell.exec'] },
      { allowedTaskTypes: ['OPS'] },
      { budgetDailyMicros: USD + 1 },
      { budgetPerRunMicros: USD / 4 + 1 },
    ] as const
    for (const more of beyond) {
      expect(codeOf(await parent.client.agents.spawn({ ...wish(taskId), ...more } as never))).toBe('SPAWN_REFUSED')
    }
    const made = unwrap(await parent.client.agents.spawn(wish(taskId)))
    expect(made.agent).toMatchObject({
      role: 'SPECIALIST',
      allowedTools: ['fs.read', 'agent.spawn'],
      allowedTaskTypes: ['DOCS'],
      budgetDailyMicros: USD,
      budgetPerRunMicros: USD / 4,
    })
  })

  test('R-34: beyond the quota it needs an approval, which serves once', async () => {
    const s = await started()
    const { lead, taskId } = await leader(s)
    for (let count = 0; count < 3; count++) unwrap(await lead.client.agents.spawn(wish(taskId)))
    const fourth = wish(taskId)
    expect(codeOf(await lead.client.agents.spawn(fourth))).toBe('APPROVAL_REQUIRED')
    const [asked] = unwrap(await s.h.admin.approvals.list({ status: 'PENDING' })).data
    expect(asked).toMatchObject({ actionType: 'SPAWN', riskLevel: 'YELLOW', covers: ['SUB_AGENTS_MAX'] })
    expect((await taskOf(s.h, taskId)).status).toBe('NEEDS_APPROVAL')
    unwrap(await s.ann.approvals.decide({ approvalId: asked?.id ?? '', verdict: 'APPROVE', reason: 'this once' }))
    const made = unwrap(await lead.client.agents.spawn(fourth))
    expect(made.agent.parentAgentId).toBe(lead.id)
    expect(codeOf(await lead.client.agents.spawn(wish(taskId)))).toBe('APPROVAL_REQUIRED')
  })

  test('R-34: of many that spawn at once none passes the quota', async () => {
    const s = await started()
    const { lead, taskId } = await leader(s)
    const outcomes = await Promise.all(Array.from({ length: 6 }, () => lead.client.agents.spawn(wish(taskId))))
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(3)
  })

  test('R-34: counts the active agents of the installation', async () => {
    const s = await started()
    const { lead, taskId } = await leader(s)
    for (let count = 0; count < 29; count++) await s.h.agent()
    expect(codeOf(await lead.client.agents.spawn(wish(taskId)))).toBe('APPROVAL_REQUIRED')
    const [asked] = unwrap(await s.h.admin.approvals.list({ status: 'PENDING' })).data
    expect(asked?.covers).toEqual(['ACTIVE_AGENTS_MAX'])
  })

  test('R-34: registration with a parent takes the same path', async () => {
    const s = await started()
    const { lead, taskId } = await leader(s)
    const given = { name: 'registered helper', parentAgentId: lead.id, purpose: 'look things up' }
    expect(codeOf(await s.h.admin.agents.register(given))).toBe('SPAWN_REFUSED')
    const made = unwrap(await s.h.admin.agents.register({ ...given, parentTaskId: taskId }))
    expect(made.agent).toMatchObject({ parentAgentId: lead.id, parentTaskId: taskId })
    expect(made.agent.ttlAt).not.toBeNull()
  })
})

describe('retiring', () => {
  async function family() {
    const s = await started()
    const { lead, taskId, epoch } = await leader(s)
    const made = unwrap(await lead.client.agents.spawn(wish(taskId)))
    const client = await clientOf(s, made.principalId)
    const child = { id: made.agentId, client } as Pick<TestAgent, 'id' | 'client'>
    const task = await createTask(s.h)
    unwrap(await client.tasks.claim({ taskId: task.id, workPlan: PLAN }))
    const { run } = unwrap(await client.runs.start({ ...RUN, taskId: task.id, estimatedCostMicros: 1 }))
    return { s, lead, taskId, epoch, child, key: made.key ?? '', childTaskId: task.id, runId: run.id }
  }

  async function expectRetired({ s, child, key, childTaskId, runId }: Awaited<ReturnType<typeof family>>) {
    const agent = await agentOf(s.h, child.id)
    expect(agent.status).toBe('DRAINED')
    expect(agent.retiredAt).not.toBeNull()
    expect(await taskOf(s.h, childTaskId)).toMatchObject({ status: 'INBOX', claim: null, assigneeIds: [] })
    expect(unwrap(await s.h.admin.runs.get({ runId })).stopReason).not.toBeNull()
    expect(codeOf(await s.h.mc.authenticate(key))).toBe('UNAUTHENTICATED')
    expect(codeOf(await child.client.tasks.claim({ taskId: childTaskId }))).not.toBe('ok')
    const resumed = await s.ann.agents.control({ agentId: child.id, action: 'RESUME', reason: 'come back' })
    expect(codeOf(resumed)).toBe('AGENT_NOT_ACTIVE')
  }

  test('happens when its time is over', async () => {
    const f = await family()
    f.s.h.clock.advance(6 * 60 * MINUTE_MS - 1)
    unwrap(await f.child.client.agents.heartbeat({ ...BEAT, intervalMs: 86_400_000 }))
    f.s.h.clock.advance(1)
    await f.s.h.mc.jobs.runDue()
    await expectRetired(f)
  })

  test('happens with the end of its parent task, in the same transaction', async () => {
    const f = await family()
    unwrap(
      await f.lead.client.tasks.complete({ taskId: f.taskId, epoch: f.epoch, deliverable: { content: 'the guide' } }),
    )
    const { version, type } = await taskOf(f.s.h, f.taskId)
    unwrap(
      await f.s.ann.tasks.transition({
        taskId: f.taskId,
        to: 'DONE',
        reason: 'well done',
        checklist: verified(type),
        expectedVersion: version,
      }),
    )
    await expectRetired(f)
  })

  test('is for its parent and for operators, and frees a place', async () => {
    const f = await family()
    const stranger = await f.s.h.agent()
    const over = { agentId: f.child.id, reason: 'no longer needed' }
    expect(codeOf(await stranger.client.agents.retire(over))).toBe('FORBIDDEN')
    expect(codeOf(await f.child.client.agents.retire(over))).toBe('FORBIDDEN')
    unwrap(await f.lead.client.agents.retire(over))
    await expectRetired(f)
    for (let count = 0; count < 3; count++) unwrap(await f.lead.client.agents.spawn(wish(f.taskId)))
  })

  test('R-110: what the children of a parent spend is spent of its day, however many come and go', async () => {
    const s = await started()
    const caps = { budgetDailyMicros: USD, budgetPerRunMicros: USD }
    const lead = await s.h.agent({ role: 'LEAD', ...caps })
    const { taskId } = await startedTask(s.h, lead)
    const first = unwrap(await lead.client.agents.spawn({ ...wish(taskId), ...caps }))
    const one = await clientOf(s, first.principalId)
    const { run } = unwrap(await one.runs.start({ ...RUN, estimatedCostMicros: USD }))
    const usage = { callId: 'all', label: 'api', costMicros: USD } as const
    unwrap(await one.runs.complete({ runId: run.id, lines: [usage] }))
    unwrap(await lead.client.agents.retire({ agentId: first.agentId, reason: 'spent' }))
    const second = unwrap(await lead.client.agents.spawn({ ...wish(taskId), ...caps }))
    const two = await clientOf(s, second.principalId)
    expect(codeOf(await two.runs.start({ ...RUN, estimatedCostMicros: 1 }))).toBe('BUDGET_EXCEEDED')
  })
})
