import { type MissionControlClient, unwrap } from '@mission-control/core'
import { describe, expect, test } from 'vitest'
import { codeOf, type Scene, scene, startedTask, statusOf, YELLOW_CALL } from './governed-task.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

describe('overrides', () => {
  const START = { sessionKey: 's', model: 'local' }
  const PRICES = { prices: { fallback: { inputMicrosPerMillion: 1, outputMicrosPerMillion: 1 } } }

  /** An agent whose day holds one run: the second start has no room. */
  async function spent() {
    const s = await scene(PRICES)
    const worker = await s.h.agent({ name: 'Spender', budgetDailyMicros: 400_000, budgetPerRunMicros: 300_000 })
    const { taskId, epoch } = await startedTask(s.h, worker)
    const start = () => worker.client.runs.start({ ...START, taskId, epoch })
    unwrap(await start())
    return { ...s, worker, taskId, epoch, start, approvalId: overrideOf(await start()) }
  }

  function overrideOf(outcome: Awaited<ReturnType<MissionControlClient['runs']['start']>>): string {
    const [approvalId, ...others] = outcome.ok ? [] : (outcome.error.approvalIds ?? [])
    if (approvalId === undefined || others.length > 0)
      throw new Error(`expected one override, got ${JSON.stringify(outcome)}`)
    return approvalId
  }

  async function pauseOf({ h, worker }: Pick<Scene, 'h' | 'worker'>) {
    const page = unwrap(await h.admin.agents.list({})).data
    return page.find(({ id }) => id === worker.id)?.pausedBy ?? null
  }

  test('approved, the account is extended, the pause ends and the task goes on', async () => {
    const s = await spent()
    expect([await statusOf(s.h, s.taskId), await pauseOf(s)]).toEqual(['NEEDS_APPROVAL', 'BUDGET'])
    const tooMuch = await s.ann.approvals.decide({
      approvalId: s.approvalId,
      verdict: 'APPROVE',
      amountMicros: 10_000_000,
    })
    expect(codeOf(tooMuch)).toBe('VALIDATION')
    const approved = unwrap(await s.ann.approvals.decide({ approvalId: s.approvalId, verdict: 'APPROVE' }))
    expect(approved.usedAt).not.toBeNull()
    expect([await statusOf(s.h, s.taskId), await pauseOf(s)]).toEqual(['IN_PROGRESS', null])
    expect(codeOf(await s.start())).toBe('ok')
  })

  test('the CAO hears of it at once', async () => {
    const s = await scene(PRICES)
    const cao = await s.h.agent({ name: 'Cleo', role: 'LEAD', isCao: true })
    const worker = await s.h.agent({ name: 'Spender', budgetDailyMicros: 400_000, budgetPerRunMicros: 300_000 })
    const { taskId, epoch } = await startedTask(s.h, worker)
    unwrap(await worker.client.runs.start({ ...START, taskId, epoch }))
    const approvalId = overrideOf(await worker.client.runs.start({ ...START, taskId, epoch }))
    const { notifications } = unwrap(
      await cao.client.agents.heartbeat({ sessionKey: 's', health: 'IDLE', currentTaskId: null }),
    )
    expect(notifications.map(({ refs }) => refs.approvalId)).toContain(approvalId)
  })

  test('denied, the pause stays and the task is blocked', async () => {
    const s = await spent()
    unwrap(await s.ann.approvals.decide({ approvalId: s.approvalId, verdict: 'DENY', reason: 'enough for today' }))
    expect([await statusOf(s.h, s.taskId), await pauseOf(s)]).toEqual(['BLOCKED', 'BUDGET'])
  })

  test('R-116 every task that waits for the money goes on with it', async () => {
    const s = await scene(PRICES)
    unwrap(await s.h.admin.budgets.set({ scopeType: 'PROJECT', scopeId: s.h.projectId, capMicros: 800_000 }))
    unwrap(await s.worker.client.runs.start({ ...START, taskId: s.taskId, epoch: s.epoch }))
    const other = await s.h.agent({ name: 'Other' })
    const second = await startedTask(s.h, other)
    const crossings = [
      await s.worker.client.runs.start({ ...START, taskId: s.taskId, epoch: s.epoch }),
      await other.client.runs.start({ ...START, ...second }),
    ].map(overrideOf)
    expect(new Set(crossings).size).toBe(1)
    const tasks = [s.taskId, second.taskId]
    expect(await Promise.all(tasks.map((id) => statusOf(s.h, id)))).toEqual(['NEEDS_APPROVAL', 'NEEDS_APPROVAL'])
    unwrap(await s.ann.approvals.decide({ approvalId: crossings[0] ?? '', verdict: 'APPROVE' }))
    expect(await Promise.all(tasks.map((id) => statusOf(s.h, id)))).toEqual(['IN_PROGRESS', 'IN_PROGRESS'])
  })

  test('R-115 the CAO extends an account once per window; then a human is needed', async () => {
    const s = await spent()
    const cao = await s.h.agent({ name: 'Cleo', role: 'LEAD', isCao: true })
    unwrap(await cao.client.approvals.decide({ approvalId: s.approvalId, verdict: 'APPROVE' }))
    unwrap(await s.start())
    const second = overrideOf(await s.start())
    expect(codeOf(await cao.client.approvals.decide({ approvalId: second, verdict: 'APPROVE' }))).toBe('FORBIDDEN')
    expect(codeOf(await s.ann.approvals.decide({ approvalId: second, verdict: 'APPROVE' }))).toBe('ok')
  })

  test('when its window is over, an override is decided by nobody', async () => {
    const s = await spent()
    s.h.clock.advance(23 * HOUR_MS + 59 * MINUTE_MS)
    expect(codeOf(await s.ann.approvals.decide({ approvalId: s.approvalId, verdict: 'APPROVE' }))).toBe(
      'APPROVAL_EXPIRED',
    )
  })

  test('a call that costs more than is left asks for the money, and then is allowed', async () => {
    const s = await scene()
    const call = { ...YELLOW_CALL, taskId: s.taskId, epoch: s.epoch, estimatedCostMicros: 5_500_000 }
    const asked = unwrap(await s.worker.client.toolCalls.gate(call))
    expect(asked).toMatchObject({ decision: 'NEEDS_APPROVAL', hint: { actionType: 'BUDGET_OVERRIDE' } })
    // Task and day both lack the room; the call waits until the last of them has it.
    for (let asking = asked; asking.decision === 'NEEDS_APPROVAL'; ) {
      unwrap(await s.ann.approvals.decide({ approvalId: asking.approvalId ?? '', verdict: 'APPROVE' }))
      asking = unwrap(await s.worker.client.toolCalls.gate(call))
      expect(asking.toolCallId).toBe(asked.toolCallId)
      if (asking.decision !== 'NEEDS_APPROVAL') expect(asking.decision).toBe('ALLOW')
    }
    expect(await statusOf(s.h, s.taskId)).toBe('IN_PROGRESS')
  })
})
