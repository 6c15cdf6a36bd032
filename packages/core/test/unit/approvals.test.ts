import { unwrap } from '@mission-control/core'
import { describe, expect, test } from 'vitest'
import {
  approveByBoth,
  askRed,
  askYellow,
  codeOf,
  decidedNotes,
  RED_CALL,
  type Scene,
  scene,
  statusOf,
  submit,
  WHY,
} from './governed-task.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const REQUEST = { actionType: 'TOOL_CALL', payload: { tool: RED_CALL.tool, input: RED_CALL.input }, ...WHY } as const

describe('requesting', () => {
  test('parks the task, binds the act, tells the operators and shows in the thread', async () => {
    const s = await scene()
    const approval = unwrap(await s.worker.client.approvals.request({ ...REQUEST, taskId: s.taskId, epoch: s.epoch }))
    expect(approval).toMatchObject({
      status: 'PENDING',
      riskLevel: 'RED',
      taskEpoch: s.epoch,
      requesterId: s.worker.principalId,
      onBehalfOfAgentId: s.worker.id,
      payload: { tool: 'transfer_funds', capability: 'unknown', input: { amount: 5 }, cwd: '/srv/worker' },
    })
    expect(approval.covers).toEqual(expect.arrayContaining(['TOOL_UNKNOWN', 'RISK_RED']))
    const task = unwrap(await s.h.admin.tasks.get({ taskId: s.taskId }))
    expect(task).toMatchObject({ status: 'NEEDS_APPROVAL', returnStatus: 'IN_PROGRESS', waitingFor: [approval.id] })
    const thread = unwrap(await s.h.admin.messages.list({ taskId: s.taskId })).data
    expect(thread.map(({ type }) => type)).toContain('APPROVAL_REQUEST')
    const [note] = unwrap(await s.h.admin.notifications.list({})).data.filter(
      ({ type }) => type === 'APPROVAL_REQUESTED',
    )
    expect(note).toMatchObject({ targetKind: 'OPERATORS', refs: { approvalId: approval.id } })
    const moves = unwrap(await s.h.admin.tasks.transitions({ taskId: s.taskId })).data
    expect(moves.at(-1) ?? moves[0]).toBeDefined()
    expect(moves.find(({ to }) => to === 'NEEDS_APPROVAL')).toMatchObject({
      actor: { kind: 'SYSTEM' },
      approvalId: approval.id,
    })
  })

  test('R-62 an equal request is the same row; a blank justification is refused', async () => {
    const s = await scene()
    const request = { ...REQUEST, taskId: s.taskId, epoch: s.epoch }
    const twice = await Promise.all([
      s.worker.client.approvals.request(request),
      s.worker.client.approvals.request(request),
    ])
    expect(new Set(twice.map((outcome) => unwrap(outcome).id)).size).toBe(1)
    expect(unwrap(await s.h.admin.approvals.list({})).data).toHaveLength(1)
    expect(codeOf(await s.worker.client.approvals.request({ ...request, justification: '  ' }))).toBe('VALIDATION')
  })

  test('the gate finds what was asked for before the call', async () => {
    const s = await scene()
    const { id } = unwrap(await s.worker.client.approvals.request({ ...REQUEST, taskId: s.taskId, epoch: s.epoch }))
    const call = { ...RED_CALL, taskId: s.taskId, epoch: s.epoch }
    expect(unwrap(await s.worker.client.toolCalls.gate(call)).approvalId).toBe(id)
    await approveByBoth(s, id)
    expect(unwrap(await s.worker.client.toolCalls.gate(call))).toMatchObject({ decision: 'ALLOW', approvalId: id })
  })

  test('R-56 nobody tells the status, the risk or the requester', async () => {
    const s = await scene()
    for (const field of [{ status: 'APPROVED' }, { riskLevel: 'YELLOW' }, { requesterId: 'x' }, { covers: [] }]) {
      const request = { ...REQUEST, ...field, taskId: s.taskId, epoch: s.epoch } as never
      expect(codeOf(await s.worker.client.approvals.request(request)), JSON.stringify(field)).toBe('VALIDATION')
    }
  })

  test('RED needs a rollback plan; payloads are checked by kind', async () => {
    const s = await scene()
    const { rollbackPlan: _, ...bare } = REQUEST
    const refused = await s.worker.client.approvals.request({ ...bare, taskId: s.taskId, epoch: s.epoch })
    expect(refused).toMatchObject({ ok: false, error: { code: 'VALIDATION', errors: [{ field: 'rollbackPlan' }] } })
    const wrong = await s.worker.client.approvals.request({
      ...REQUEST,
      actionType: 'RUN_START',
      taskId: s.taskId,
      epoch: s.epoch,
    })
    expect(wrong).toMatchObject({ ok: false, error: { code: 'VALIDATION' } })
  })

  test('what no approval can lift is denied at once, and recorded', async () => {
    const s = await scene()
    const payload = { tool: 'exec', input: { command: 'sudo ls' } }
    const refused = await s.worker.client.approvals.request({ ...REQUEST, payload, taskId: s.taskId, epoch: s.epoch })
    expect(codeOf(refused)).toBe('POLICY_DENIED')
    expect(await statusOf(s.h, s.taskId)).toBe('IN_PROGRESS')
    const events = unwrap(await s.h.admin.events.list({ taskId: s.taskId })).data.map(({ kind }) => kind)
    expect(events).toContain('POLICY_DECISION')
  })

  test('R-64 a request of no task is in the list of the project', async () => {
    const s = await scene()
    const { id } = unwrap(await s.worker.client.approvals.request(REQUEST))
    expect(unwrap(await s.ann.approvals.list({ status: 'PENDING' })).data.map((entry) => entry.id)).toEqual([id])
  })

  test('only an agent asks, and only on a task it holds', async () => {
    const s = await scene()
    const other = await s.h.agent({ name: 'Other' })
    expect(codeOf(await s.ann.approvals.request({ ...REQUEST, taskId: s.taskId }))).toBe('FORBIDDEN')
    expect(codeOf(await s.h.admin.approvals.request({ ...REQUEST, taskId: s.taskId }))).toBe('FORBIDDEN')
    expect(codeOf(await other.client.approvals.request({ ...REQUEST, taskId: s.taskId }))).toBe('LEASE_LOST')
  })
})

describe('deciding', () => {
  test('R-55 RED takes two people: the same one twice is still one', async () => {
    const s = await scene()
    const approvalId = await askRed(s)
    const decide = { approvalId, verdict: 'APPROVE', reason: 'fine' } as const
    expect(unwrap(await s.ann.approvals.decide(decide)).status).toBe('PENDING')
    const again = unwrap(await s.ann.approvals.decide(decide))
    expect(again).toMatchObject({ status: 'PENDING', decisions: [{ name: 'Ann' }] })
    expect(unwrap(await s.bob.approvals.decide(decide))).toMatchObject({ status: 'APPROVED', usedAt: null })
    expect(unwrap(await s.bob.approvals.decide(decide)).decisions).toHaveLength(2)
  })

  test('one denial ends it, also by who approved before', async () => {
    const s = await scene()
    const approvalId = await askRed(s)
    unwrap(await s.ann.approvals.decide({ approvalId, verdict: 'APPROVE', reason: 'fine' }))
    expect(unwrap(await s.ann.approvals.decide({ approvalId, verdict: 'DENY', reason: 'no' })).status).toBe('DENIED')
    const late = await s.bob.approvals.decide({ approvalId, verdict: 'APPROVE', reason: 'yes' })
    expect(late).toMatchObject({ ok: false, error: { code: 'ALREADY_DECIDED', status: 'DENIED' } })
    expect(await statusOf(s.h, s.taskId)).toBe('BLOCKED')
  })

  test('who says again what they said before is told what became of it, and changes nothing', async () => {
    const s = await scene()
    const approvalId = await askRed(s)
    const approve = { approvalId, verdict: 'APPROVE', reason: 'fine' } as const
    unwrap(await s.ann.approvals.decide(approve))
    unwrap(await s.bob.approvals.decide({ approvalId, verdict: 'DENY', reason: 'no' }))
    expect(unwrap(await s.ann.approvals.decide(approve))).toMatchObject({ status: 'DENIED' })
    expect(unwrap(await s.ann.approvals.get({ approvalId }))).toMatchObject({ status: 'DENIED', version: 3 })
  })

  test('a denial, and the approval of RED, say why', async () => {
    const s = await scene()
    const approvalId = await askRed(s)
    for (const verdict of ['APPROVE', 'DENY'] as const) {
      const refused = await s.ann.approvals.decide({ approvalId, verdict })
      expect(refused).toMatchObject({ ok: false, error: { code: 'VALIDATION', errors: [{ field: 'reason' }] } })
    }
  })

  test('R-53 the requester and other parties are refused, and the attempt is an event', async () => {
    const s = await scene()
    const approvalId = await askRed(s)
    const refused = await s.worker.client.approvals.decide({ approvalId, verdict: 'APPROVE', reason: 'I need it' })
    expect(codeOf(refused)).toBe('SEPARATION_OF_DUTIES')
    const events = unwrap(await s.h.admin.events.list({ taskId: s.taskId })).data
    expect(events.some(({ summary }) => summary.includes('may not decide'))).toBe(true)
  })

  test('R-53 a former holder is a party, whatever its role', async () => {
    const s = await scene()
    const cao = await s.h.agent({ name: 'Cleo', role: 'LEAD', isCao: true, workspacePath: '/srv/c' })
    unwrap(await s.ann.tasks.handover({ taskId: s.taskId, toAgentId: cao.id, reason: 'look' }))
    unwrap(await s.ann.tasks.handover({ taskId: s.taskId, toAgentId: s.worker.id, reason: 'back' }))
    const { epoch } = unwrap(await s.h.admin.tasks.get({ taskId: s.taskId }))
    const approvalId = await askRed({ ...s, epoch })
    const refused = await cao.client.approvals.decide({ approvalId, verdict: 'APPROVE', reason: 'fine' })
    expect(codeOf(refused)).toBe('SEPARATION_OF_DUTIES')
  })

  test('R-54 other agents, viewers and the system do not decide', async () => {
    const s = await scene()
    const approvalId = await askRed(s)
    const other = await s.h.agent({ name: 'Other' })
    const lead = await s.h.agent({ name: 'Lea', role: 'LEAD' })
    const viewer = await s.h.viewer()
    for (const client of [other.client, lead.client, viewer, s.h.mc.system.inProject(s.h.projectId)]) {
      expect(codeOf(await client.approvals.decide({ approvalId, verdict: 'APPROVE', reason: 'x' }))).toBe('FORBIDDEN')
    }
    expect(codeOf(await s.ann.approvals.decide({ approvalId: 'apr_unknown', verdict: 'DENY', reason: 'x' }))).toBe(
      'NOT_FOUND',
    )
    const forged = { approvalId, verdict: 'APPROVE', reason: 'x', principalId: 'prn_invented' } as never
    expect(codeOf(await s.ann.approvals.decide(forged))).toBe('VALIDATION')
  })

  test('the CAO decides YELLOW, and is one of two on RED', async () => {
    const s = await scene()
    const cao = await s.h.agent({ name: 'Cleo', role: 'LEAD', isCao: true })
    const yellow = await askYellow(s)
    expect(unwrap(await cao.client.approvals.decide({ approvalId: yellow, verdict: 'APPROVE' })).status).toBe(
      'APPROVED',
    )
    const red = await askRed(s)
    expect(
      unwrap(await cao.client.approvals.decide({ approvalId: red, verdict: 'APPROVE', reason: 'ok' })).status,
    ).toBe('PENDING')
    expect(unwrap(await s.ann.approvals.decide({ approvalId: red, verdict: 'APPROVE', reason: 'ok' })).status).toBe(
      'APPROVED',
    )
  })

  test('R-59 what has expired by the clock is decided by nobody, swept or not', async () => {
    const s = await scene()
    const approvalId = await askRed(s)
    s.h.clock.advance(HOUR_MS)
    for (const verdict of ['APPROVE', 'DENY'] as const) {
      expect(codeOf(await s.ann.approvals.decide({ approvalId, verdict, reason: 'late' }))).toBe('APPROVAL_EXPIRED')
    }
    await s.h.advance(MINUTE_MS)
    expect(unwrap(await s.h.admin.approvals.get({ approvalId })).status).toBe('EXPIRED')
    expect(codeOf(await s.ann.approvals.decide({ approvalId, verdict: 'APPROVE', reason: 'late' }))).toBe(
      'APPROVAL_EXPIRED',
    )
    expect(await statusOf(s.h, s.taskId)).toBe('BLOCKED')
    const alerts = unwrap(await s.h.admin.alerts.list({})).data.map(({ type }) => type)
    expect(alerts).toContain('APPROVAL_TIMEOUT')
  })

  test('R-60 approvals and denials at the same moment have one outcome and one effect', async () => {
    const s = await scene()
    const approvalId = await askYellow(s)
    const people = await Promise.all(Array.from({ length: 6 }, () => s.h.operator()))
    const outcomes = await Promise.all(
      people.map((human, index) =>
        human.approvals.decide({ approvalId, verdict: index % 2 === 0 ? 'APPROVE' : 'DENY', reason: 'mine' }),
      ),
    )
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1)
    const events = unwrap(await s.h.admin.events.list({ taskId: s.taskId })).data
    expect(events.filter(({ kind }) => kind === 'APPROVAL_APPROVED' || kind === 'APPROVAL_DENIED')).toHaveLength(1)
    const moves = unwrap(await s.h.admin.tasks.transitions({ taskId: s.taskId })).data
    expect(moves.filter(({ from }) => from === 'NEEDS_APPROVAL')).toHaveLength(1)
  })

  test('a second factor that is owed and cannot be given refuses RED', async () => {
    const s = await scene({ rules: { redRequiresSecondFactor: true } })
    const approvalId = await askRed(s)
    expect(codeOf(await s.ann.approvals.decide({ approvalId, verdict: 'APPROVE', reason: 'x' }))).toBe(
      'SECOND_FACTOR_REQUIRED',
    )
  })
})

describe('the outcome', () => {
  test('R-61 each outcome moves the waiting task and wakes who asked', async () => {
    const outcomes = {
      APPROVED: (s: Scene, approvalId: string) => s.ann.approvals.decide({ approvalId, verdict: 'APPROVE' }),
      DENIED: (s: Scene, approvalId: string) => s.ann.approvals.decide({ approvalId, verdict: 'DENY', reason: 'no' }),
      CANCELED: (s: Scene, approvalId: string) => s.ann.approvals.cancel({ approvalId }),
      EXPIRED: async (s: Scene) => {
        await s.h.advance(24 * HOUR_MS + MINUTE_MS)
        return { ok: true } as const
      },
    }
    for (const [status, act] of Object.entries(outcomes)) {
      const s = await scene()
      const approvalId = await askYellow(s)
      expect(await statusOf(s.h, s.taskId)).toBe('NEEDS_APPROVAL')
      expect(codeOf(await act(s, approvalId)), status).toBe('ok')
      expect(unwrap(await s.h.admin.approvals.get({ approvalId })).status).toBe(status)
      const isYes = status === 'APPROVED' || status === 'CANCELED'
      expect(await statusOf(s.h, s.taskId), status).toBe(isYes ? 'IN_PROGRESS' : 'BLOCKED')
      expect(await decidedNotes(s), status).toEqual([status])
      const decisions = unwrap(await s.h.admin.messages.list({ taskId: s.taskId })).data.filter(
        ({ type }) => type === 'DECISION',
      )
      expect(decisions, status).toHaveLength(1)
    }
  })

  test('a task that waits for two goes on only after both, and one denial blocks it', async () => {
    for (const second of ['APPROVE', 'DENY'] as const) {
      const s = await scene()
      const first = await askYellow(s, 'One')
      const other = await askYellow(s, 'Two')
      unwrap(await s.ann.approvals.decide({ approvalId: first, verdict: 'APPROVE' }))
      expect(await statusOf(s.h, s.taskId)).toBe('NEEDS_APPROVAL')
      unwrap(await s.ann.approvals.decide({ approvalId: other, verdict: second, reason: 'so' }))
      expect(await statusOf(s.h, s.taskId)).toBe(second === 'APPROVE' ? 'IN_PROGRESS' : 'BLOCKED')
    }
  })

  test('two last decisions at the same moment do not pass each other', async () => {
    const s = await scene()
    const ids = [await askYellow(s, 'One'), await askYellow(s, 'Two')]
    await Promise.all(ids.map((approvalId) => s.ann.approvals.decide({ approvalId, verdict: 'APPROVE' })))
    expect(await statusOf(s.h, s.taskId)).toBe('IN_PROGRESS')
  })

  test('onDeny RETURN sends the task back to where it was', async () => {
    const s = await scene({ rules: { onDeny: 'RETURN' } })
    const approvalId = await askYellow(s)
    unwrap(await s.ann.approvals.decide({ approvalId, verdict: 'DENY', reason: 'no' }))
    expect(await statusOf(s.h, s.taskId)).toBe('IN_PROGRESS')
  })

  test('R-112 a BLOCKED task stays, whatever its agent asks, withdraws or is granted', async () => {
    const s = await scene()
    unwrap(await s.ann.tasks.transition({ taskId: s.taskId, to: 'BLOCKED', reason: 'stop' }))
    const approvalId = await askYellow(s)
    expect(await statusOf(s.h, s.taskId)).toBe('BLOCKED')
    unwrap(await s.worker.client.approvals.cancel({ approvalId }))
    expect(await statusOf(s.h, s.taskId)).toBe('BLOCKED')
    unwrap(await s.ann.approvals.decide({ approvalId: await askYellow(s), verdict: 'APPROVE' }))
    expect(await statusOf(s.h, s.taskId)).toBe('BLOCKED')
  })

  test('R-63 requests end with their task, and unused grants with them', async () => {
    const s = await scene()
    const approvalId = await askRed(s)
    unwrap(await s.ann.tasks.transition({ taskId: s.taskId, to: 'CANCELED', reason: 'not needed' }))
    expect(unwrap(await s.h.admin.approvals.get({ approvalId })).status).toBe('CANCELED')
    expect(await decidedNotes(s)).toEqual(['CANCELED'])
  })

  test('who asked, or an operator, withdraws a request; others do not', async () => {
    const s = await scene()
    const other = await s.h.agent({ name: 'Other' })
    const approvalId = await askYellow(s)
    expect(codeOf(await other.client.approvals.cancel({ approvalId }))).toBe('FORBIDDEN')
    expect(codeOf(await (await s.h.viewer()).approvals.cancel({ approvalId }))).toBe('FORBIDDEN')
    unwrap(await s.worker.client.approvals.cancel({ approvalId }))
    expect(codeOf(await s.ann.approvals.cancel({ approvalId }))).toBe('ok')
    const decided = await askYellow(s)
    unwrap(await s.ann.approvals.decide({ approvalId: decided, verdict: 'APPROVE' }))
    expect(codeOf(await s.worker.client.approvals.cancel({ approvalId: decided }))).toBe('ALREADY_DECIDED')
  })

  test('a human who finishes a task records the completion approval, used at once', async () => {
    const s = await scene()
    await submit(s)
    unwrap(await s.ann.tasks.transition({ taskId: s.taskId, to: 'DONE', reason: 'well done' }))
    const [approval] = unwrap(await s.h.admin.approvals.list({ taskId: s.taskId })).data
    expect(approval).toMatchObject({
      actionType: 'COMPLETE_TASK',
      status: 'APPROVED',
      requesterId: 'system',
      decisions: [{ name: 'Ann' }],
    })
    expect(approval?.usedAt).not.toBeNull()
    const moves = unwrap(await s.h.admin.tasks.transitions({ taskId: s.taskId })).data
    expect(moves.find(({ to }) => to === 'DONE')?.approvalId).toBe(approval?.id)
  })

  test('R-57 an approval for another act finishes no task', async () => {
    const s = await scene()
    unwrap(await s.ann.approvals.decide({ approvalId: await askYellow(s), verdict: 'APPROVE' }))
    await submit(s)
    const lead = await s.h.agent({ name: 'Lea', role: 'LEAD' })
    const refused = await lead.client.tasks.transition({ taskId: s.taskId, to: 'DONE', reason: 'fine' })
    expect(refused.ok).toBe(false)
    expect(await statusOf(s.h, s.taskId)).toBe('REVIEW')
  })
})
