import { unwrap } from '@mission-control/core'
import { afterEach, describe, expect, test } from 'vitest'
import {
  agentOf,
  BEAT,
  codeOf,
  createTask,
  MINUTE_MS,
  PLAN,
  RUN,
  type Scene,
  scene,
  startedTask,
  taskOf,
  USD,
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

/** An agent that has spent its day and is paused for it. */
async function brokeAgent({ h }: Scene) {
  const agent = await h.agent({ budgetDailyMicros: USD, budgetPerRunMicros: USD })
  const { run } = unwrap(await agent.client.runs.start(RUN))
  const usage = { callId: 'all', label: 'api', costMicros: USD } as const
  unwrap(await agent.client.runs.complete({ runId: run.id, lines: [usage] }))
  expect(codeOf(await agent.client.runs.start(RUN))).toBe('BUDGET_EXCEEDED')
  expect(await agentOf(h, agent.id)).toMatchObject({ status: 'PAUSED', pausedBy: 'BUDGET' })
  return agent
}

describe('all agents at once', () => {
  test('R-31: resumeAll revives only those that an operator paused', async () => {
    const s = await started()
    const { h, ann } = s
    const [free, isolated, failing] = [await h.agent(), await h.agent(), await h.agent()]
    const broke = await brokeAgent(s)
    unwrap(await ann.agents.control({ agentId: isolated.id, action: 'QUARANTINE', reason: 'odd' }))
    for (let beat = 0; beat < 3; beat++) {
      unwrap(await failing.client.agents.heartbeat({ ...BEAT, health: 'ERROR' }))
      h.clock.advance(MINUTE_MS)
    }
    const paused = unwrap(await ann.agents.controlAll({ action: 'PAUSE_ALL', reason: 'lunch' }))
    expect(paused.paused).toBe(3)
    for (const { id } of [free, broke, failing]) {
      expect(await agentOf(h, id)).toMatchObject({ status: 'PAUSED', pausedBy: 'OPERATOR' })
    }
    unwrap(await free.client.agents.heartbeat(BEAT))
    expect((await agentOf(h, free.id)).status).toBe('PAUSED')

    const resumed = unwrap(await ann.agents.controlAll({ action: 'RESUME_ALL', reason: 'back' }))
    expect(resumed).toMatchObject({ resumed: 1, stillPaused: { budget: 1, error: 1, quarantined: 1 } })
    expect(await agentOf(h, free.id)).toMatchObject({ status: 'ACTIVE', pausedBy: null })
    expect(await agentOf(h, broke.id)).toMatchObject({ status: 'PAUSED', pausedBy: 'BUDGET' })
    expect(await agentOf(h, failing.id)).toMatchObject({ status: 'PAUSED', pausedBy: 'ERROR' })
    expect((await agentOf(h, isolated.id)).status).toBe('QUARANTINED')
  })

  test('R-31: a pause for money alone is not touched', async () => {
    const s = await started()
    const broke = await brokeAgent(s)
    expect(unwrap(await s.ann.agents.controlAll({ action: 'RESUME_ALL', reason: 'go' })).resumed).toBe(0)
    expect(await agentOf(s.h, broke.id)).toMatchObject({ status: 'PAUSED', pausedBy: 'BUDGET' })
  })

  test('is for people', async () => {
    const { h } = await started()
    const cao = await h.agent({ role: 'LEAD', isCao: true })
    const stop = { reason: 'mutiny' }
    expect(codeOf(await cao.client.agents.controlAll({ action: 'PAUSE_ALL', ...stop }))).toBe('FORBIDDEN')
    expect(codeOf(await cao.client.projects.emergencyStop(stop))).toBe('FORBIDDEN')
    expect(codeOf(await cao.client.system.setOperatorMode({ mode: 'PAUSED', ...stop }))).toBe('FORBIDDEN')
    expect(codeOf(await (await h.viewer()).projects.emergencyStop(stop))).toBe('FORBIDDEN')
    expect(codeOf(await (await h.operator()).system.setOperatorMode({ mode: 'PAUSED', ...stop }))).toBe('FORBIDDEN')
  })
})

describe('emergency stop', () => {
  test('stops mode, agents, runs and tasks in one act, and leaves requests to be decided', async () => {
    const { h, ann } = await started()
    const ada = await h.agent()
    const busy = await startedTask(h, ada)
    const { run } = unwrap(await ada.client.runs.start({ ...busy, ...RUN, estimatedCostMicros: 1 }))
    const assigned = await createTask(h)
    unwrap(await ann.tasks.assign({ taskId: assigned.id, assigneeIds: [ada.id], expectedVersion: 1 }))
    const waiting = await startedTask(h, ada)
    const asked = unwrap(
      await ada.client.toolCalls.gate({
        sessionKey: 's',
        taskId: waiting.taskId,
        epoch: waiting.epoch,
        tool: 'deploy',
        input: { to: 'staging' },
        justification: 'it is time',
        rollbackPlan: 'deploy the old one',
      }),
    )
    expect(asked.decision).toBe('NEEDS_APPROVAL')
    const inbox = await createTask(h)

    const stopped = unwrap(await ann.projects.emergencyStop({ reason: 'smoke' }))
    expect(stopped).toEqual({ agentsPaused: 1, runsStopped: 1, tasksBlocked: 3, isPartial: false })
    expect(unwrap(await h.admin.projects.get({ project: h.projectId })).operatorMode).toBe('PAUSED')
    expect(await agentOf(h, ada.id)).toMatchObject({ status: 'PAUSED', pausedBy: 'OPERATOR' })
    expect(unwrap(await h.admin.runs.get({ runId: run.id }))).toMatchObject({
      status: 'RUNNING',
      stopReason: 'OPERATOR',
    })
    for (const id of [busy.taskId, assigned.id, waiting.taskId]) expect((await taskOf(h, id)).status).toBe('BLOCKED')
    expect((await taskOf(h, inbox.id)).status).toBe('INBOX')
    const approval = unwrap(await h.admin.approvals.get({ approvalId: asked.approvalId ?? '' }))
    expect(approval.status).toBe('PENDING')
    expect(unwrap(await ada.client.agents.heartbeat(BEAT)).directive).toBe('STOP')
    unwrap(await ada.client.runs.complete({ runId: run.id }))
    expect(unwrap(await h.admin.runs.get({ runId: run.id })).status).toBe('STOPPED')
    expect(codeOf(await ada.client.tasks.claim({ taskId: inbox.id }))).toBe('AGENT_NOT_ACTIVE')

    const again = unwrap(await ann.projects.emergencyStop({ reason: 'smoke' }))
    expect(again).toEqual({ agentsPaused: 0, runsStopped: 0, tasksBlocked: 0, isPartial: false })
  })
})

describe('operator modes', () => {
  test('QUARANTINED stops the runs', async () => {
    const { h, ann } = await started()
    const ada = await h.agent()
    const { run } = unwrap(await ada.client.runs.start({ ...RUN, estimatedCostMicros: 1 }))
    unwrap(await ann.projects.setOperatorMode({ mode: 'QUARANTINED', reason: 'odd' }))
    expect(unwrap(await h.admin.runs.get({ runId: run.id })).stopReason).toBe('OPERATOR')
    expect(unwrap(await ada.client.agents.heartbeat(BEAT)).directive).toBe('QUARANTINED')
  })

  test('that of the installation holds for every project, and its quarantine stops runs by the clock', async () => {
    const { h } = await started()
    const ada = await h.agent()
    const { run } = unwrap(await ada.client.runs.start({ ...RUN, estimatedCostMicros: 1 }))
    unwrap(await h.admin.system.setOperatorMode({ mode: 'PAUSED', reason: 'move' }))
    expect(codeOf(await ada.client.runs.start(RUN))).toBe('OPERATOR_MODE')
    await h.advance(5_000)
    expect(unwrap(await h.admin.runs.get({ runId: run.id })).stopReason).toBeNull()
    unwrap(await h.admin.system.setOperatorMode({ mode: 'QUARANTINED', reason: 'odd' }))
    await h.advance(5_000)
    expect(unwrap(await h.admin.runs.get({ runId: run.id })).stopReason).toBe('OPERATOR')
    unwrap(await h.admin.system.setOperatorMode({ mode: 'NORMAL', reason: 'well' }))
    expect(codeOf(await ada.client.runs.start({ ...RUN, estimatedCostMicros: 1 }))).toBe('ok')
  })

  test('DRAINING gives back what was claimed and not begun, and lets work end', async () => {
    const { h, ann } = await started()
    const ada = await h.agent()
    const begun = await startedTask(h, ada)
    const claimed = await createTask(h)
    unwrap(await ada.client.tasks.claim({ taskId: claimed.id }))
    unwrap(await ann.projects.setOperatorMode({ mode: 'DRAINING', reason: 'upgrade' }))
    expect((await taskOf(h, claimed.id)).status).toBe('INBOX')
    expect(codeOf(await ada.client.tasks.claim({ taskId: claimed.id }))).not.toBe('ok')
    expect(codeOf(await ada.client.runs.start({ ...begun, ...RUN, estimatedCostMicros: 1 }))).toBe('ok')
  })
})

describe('one agent', () => {
  test('R-33: a draining agent claims nothing and has drained when its work ends', async () => {
    const { h, ann } = await started()
    const ada = await h.agent()
    const begun = await startedTask(h, ada)
    const claimed = await createTask(h)
    unwrap(await ada.client.tasks.claim({ taskId: claimed.id }))
    unwrap(await ann.agents.control({ agentId: ada.id, action: 'DRAIN', reason: 'upgrade' }))
    expect((await taskOf(h, claimed.id)).status).toBe('INBOX')
    expect(codeOf(await ada.client.tasks.claim({ taskId: claimed.id }))).not.toBe('ok')
    expect((await agentOf(h, ada.id)).status).toBe('ACTIVE')
    unwrap(await ada.client.tasks.complete({ ...begun, deliverable: { content: 'done' } }))
    expect((await agentOf(h, ada.id)).status).toBe('DRAINED')
  })

  test('R-33: one that is silent or paused drains as well, and does not begin anew when it comes back', async () => {
    const { h, ann } = await started()
    const [silent, paused] = [await h.agent(), await h.agent()]
    const begun = await startedTask(h, silent)
    h.clock.advance(46 * MINUTE_MS)
    await h.mc.jobs.runDue()
    expect((await agentOf(h, silent.id)).status).toBe('OFFLINE')
    unwrap(await ann.agents.control({ agentId: silent.id, action: 'DRAIN', reason: 'upgrade' }))
    expect(unwrap(await silent.client.agents.heartbeat(BEAT)).directive).toBe('DRAIN')
    expect(codeOf(await silent.client.tasks.claim({ taskId: (await createTask(h)).id }))).not.toBe('ok')
    unwrap(await silent.client.tasks.complete({ ...begun, deliverable: { content: 'done' } }))
    expect((await agentOf(h, silent.id)).status).toBe('DRAINED')

    unwrap(await ann.agents.control({ agentId: paused.id, action: 'PAUSE', reason: 'lunch' }))
    unwrap(await ann.agents.control({ agentId: paused.id, action: 'DRAIN', reason: 'upgrade' }))
    expect((await agentOf(h, paused.id)).status).toBe('DRAINED')
  })

  test('R-32: a quarantined agent only leaves what another one holds', async () => {
    const { h, ann } = await started()
    const [ada, bob] = [await h.agent(), await h.agent()]
    const shared = await createTask(h)
    unwrap(await ann.tasks.assign({ taskId: shared.id, assigneeIds: [ada.id, bob.id], expectedVersion: 1 }))
    unwrap(await bob.client.tasks.start({ taskId: shared.id, workPlan: PLAN }))
    unwrap(await ann.agents.control({ agentId: ada.id, action: 'QUARANTINE', reason: 'odd' }))
    expect(await taskOf(h, shared.id)).toMatchObject({ status: 'IN_PROGRESS', assigneeIds: [bob.id] })
    expect(unwrap(await h.admin.agents.get({ agentId: ada.id })).workload?.activeTaskIds).toEqual([])
  })

  test('R-30: the third error pauses and the fifth isolates, one beat a minute; a good one counts from none', async () => {
    const { h } = await started()
    const ada = await h.agent()
    const beat = async (health: 'ERROR' | 'IDLE') => {
      unwrap(await ada.client.agents.heartbeat({ ...BEAT, health }))
      h.clock.advance(MINUTE_MS)
    }
    await beat('ERROR')
    await beat('ERROR')
    await beat('IDLE')
    await beat('ERROR')
    await beat('ERROR')
    expect((await agentOf(h, ada.id)).status).toBe('ACTIVE')
    await beat('ERROR')
    expect(await agentOf(h, ada.id)).toMatchObject({ status: 'PAUSED', pausedBy: 'ERROR' })
    await beat('ERROR')
    await beat('ERROR')
    expect((await agentOf(h, ada.id)).status).toBe('QUARANTINED')
    expect(codeOf(await h.admin.agents.control({ agentId: ada.id, action: 'RESUME', reason: 'x' }))).toBe(
      'AGENT_NOT_ACTIVE',
    )
    unwrap(await h.admin.agents.control({ agentId: ada.id, action: 'LIFT', reason: 'mended' }))
    expect(await agentOf(h, ada.id)).toMatchObject({ status: 'PAUSED', pausedBy: 'OPERATOR' })
  })
})
