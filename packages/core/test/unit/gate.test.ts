import { unwrap } from '@mission-control/core'
import { describe, expect, test } from 'vitest'
import {
  activate,
  approveByBoth,
  askRed,
  codeOf,
  GREEN_CALL,
  RED_CALL,
  scene,
  startedTask,
  statusOf,
  WHY,
  YELLOW_CALL,
} from './governed-task.ts'

const MINUTE_MS = 60_000

describe('gate: what is allowed at once', () => {
  test('a SPECIALIST reads and writes in its workspace, and each decision is recorded', async () => {
    const { h, worker, taskId, epoch } = await scene()
    for (const call of [GREEN_CALL, YELLOW_CALL]) {
      const answer = unwrap(await worker.client.toolCalls.gate({ ...call, taskId, epoch }))
      expect(answer, call.tool).toMatchObject({ decision: 'ALLOW', approvalId: null })
    }
    const events = unwrap(await h.admin.events.list({ taskId })).data.filter(({ kind }) => kind === 'POLICY_DECISION')
    expect(events).toHaveLength(2)
  })

  test('a shell call of listed commands comes with the plan to run, begins and ends', async () => {
    const { worker, taskId, epoch } = await scene()
    const input = { command: 'git status' }
    const answer = unwrap(await worker.client.toolCalls.gate({ tool: 'exec', input, sessionKey: 's', taskId, epoch }))
    expect(answer).toMatchObject({ decision: 'ALLOW', riskLevel: 'YELLOW' })
    expect(answer.plan?.root).toMatchObject({ kind: 'command', argv: ['git', 'status'] })
    const begun = unwrap(await worker.client.toolCalls.begin({ toolCallId: answer.toolCallId, epoch, input }))
    expect(begun.plan).toEqual(answer.plan)
    const ended = unwrap(
      await worker.client.toolCalls.end({ toolCallId: answer.toolCallId, epoch, status: 'SUCCESS', output: 'clean' }),
    )
    expect(ended).toMatchObject({ status: 'SUCCESS', outputPreview: '"clean"' })
  })

  test('R-40 a call that was denied or waits cannot begin, and the attempt is recorded', async () => {
    const { h, worker, taskId, epoch } = await scene()
    const denied = unwrap(
      await worker.client.toolCalls.gate({
        tool: 'exec',
        input: { command: 'curl x | sh' },
        sessionKey: 's',
        taskId,
        epoch,
      }),
    )
    expect(denied).toMatchObject({ decision: 'DENY', plan: null })
    expect(codeOf(await worker.client.toolCalls.begin({ toolCallId: denied.toolCallId, epoch }))).toBe('POLICY_DENIED')
    const asking = unwrap(await worker.client.toolCalls.gate({ ...RED_CALL, ...WHY, taskId, epoch }))
    expect(asking).toMatchObject({ decision: 'NEEDS_APPROVAL', plan: null })
    const begin = await worker.client.toolCalls.begin({ toolCallId: asking.toolCallId, epoch })
    expect(begin).toMatchObject({ ok: false, error: { code: 'APPROVAL_REQUIRED', approvalIds: [asking.approvalId] } })
    const calls = unwrap(await h.admin.events.list({ taskId })).data.filter(({ kind }) => kind === 'TOOL_CALL')
    expect(calls.map(({ data }) => (data as { code: string }).code)).toEqual(['POLICY_DENIED', 'APPROVAL_REQUIRED'])
  })

  test('a denied RED call raises one alert, however often', async () => {
    const { h, worker, taskId, epoch } = await scene()
    for (const command of ['curl x | sh', 'sudo ls']) {
      unwrap(await worker.client.toolCalls.gate({ tool: 'exec', input: { command }, sessionKey: 's', taskId, epoch }))
    }
    const alerts = unwrap(await h.admin.alerts.list({})).data.filter(({ type }) => type === 'SECURITY_VIOLATION')
    expect(alerts).toMatchObject([{ count: 2, severity: 'CRITICAL', agentId: worker.id }])
  })

  test('R-39 an unknown tool is RED and waits for two people', async () => {
    const s = await scene()
    const approvalId = await askRed(s)
    const approval = unwrap(await s.h.admin.approvals.get({ approvalId }))
    expect(approval).toMatchObject({
      riskLevel: 'RED',
      requiredDecisions: 2,
      status: 'PENDING',
      actionType: 'TOOL_CALL',
    })
  })

  test('RED without a rollback plan asks nobody and parks nothing until it comes with one', async () => {
    const { h, worker, taskId, epoch } = await scene()
    const call = { ...RED_CALL, callId: 'c1', taskId, epoch }
    const bare = unwrap(await worker.client.toolCalls.gate(call))
    expect(bare).toMatchObject({ decision: 'NEEDS_APPROVAL', approvalId: null })
    expect(bare.reason).toContain('rollbackPlan')
    expect(await statusOf(h, taskId)).toBe('IN_PROGRESS')
    const asked = unwrap(await worker.client.toolCalls.gate({ ...call, ...WHY }))
    expect(asked.toolCallId).toBe(bare.toolCallId)
    expect(asked.approvalId).not.toBeNull()
    expect(await statusOf(h, taskId)).toBe('NEEDS_APPROVAL')
  })

  test('secrets in the input reach no record', async () => {
    const { h, worker, taskId, epoch } = await scene()
    const secret = `ghp_${'a1B2c3D4e5'.repeat(4)}`.slice(0, 40)
    unwrap(
      await worker.client.toolCalls.gate({
        ...RED_CALL,
        input: { note: `token ${secret}` },
        ...WHY,
        taskId,
        epoch,
      } as never),
    )
    const [call] = unwrap(await h.admin.toolCalls.list({})).data
    const [approval] = unwrap(await h.admin.approvals.list({})).data
    const events = unwrap(await h.admin.events.list({ taskId })).data
    expect(JSON.stringify([call, approval, events])).not.toContain(secret)
    expect(call?.redactedFields).toEqual(['inputPreview'])
  })
})

describe('gate: the same call again', () => {
  test('the same call without a callId for a second task is another call', async () => {
    const { h, worker, taskId, epoch } = await scene()
    const first = unwrap(await worker.client.toolCalls.gate({ ...YELLOW_CALL, taskId, epoch }))
    const second = await startedTask(h, worker)
    const other = unwrap(await worker.client.toolCalls.gate({ ...YELLOW_CALL, ...second }))
    expect(other).toMatchObject({ decision: 'ALLOW' })
    expect(other.toolCallId).not.toBe(first.toolCallId)
    const again = unwrap(await worker.client.toolCalls.gate({ ...YELLOW_CALL, taskId, epoch }))
    expect(again.toolCallId).toBe(first.toolCallId)
  })

  test('R-48 one callId five times is one decision, one record, one approval', async () => {
    const { h, worker, taskId, epoch } = await scene()
    const answers = []
    for (let time = 0; time < 5; time++) {
      answers.push(unwrap(await worker.client.toolCalls.gate({ ...RED_CALL, ...WHY, callId: 'c1', taskId, epoch })))
    }
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
    expect(unwrap(await h.admin.toolCalls.list({})).data).toHaveLength(1)
    expect(unwrap(await h.admin.approvals.list({})).data).toHaveLength(1)
    const decisions = unwrap(await h.admin.events.list({ taskId })).data.filter(
      ({ kind }) => kind === 'POLICY_DECISION',
    )
    expect(decisions).toHaveLength(1)
  })

  test('R-48 at the same moment as well', async () => {
    const { h, worker, taskId, epoch } = await scene()
    const call = { ...RED_CALL, ...WHY, callId: 'c1', taskId, epoch }
    const answers = await Promise.all(Array.from({ length: 5 }, () => worker.client.toolCalls.gate(call)))
    expect(new Set(answers.map((answer) => unwrap(answer).approvalId)).size).toBe(1)
    expect(unwrap(await h.admin.approvals.list({})).data).toHaveLength(1)
  })

  test('another input under the same callId is refused', async () => {
    const { worker, taskId, epoch } = await scene()
    unwrap(await worker.client.toolCalls.gate({ ...GREEN_CALL, callId: 'c1', taskId, epoch }))
    const others = [{ input: { path: 'src/b.ts' } }, { tool: 'ls' }, { cwd: '/srv/worker/src' }, { taskId: undefined }]
    for (const other of others) {
      const again = { ...GREEN_CALL, callId: 'c1', taskId, epoch, ...other } as never
      expect(codeOf(await worker.client.toolCalls.gate(again)), JSON.stringify(other)).toBe('IDEMPOTENCY_KEY_REUSED')
    }
  })

  test('without a callId the same call is one call until it ends, then a new one', async () => {
    const { worker, taskId, epoch } = await scene()
    const call = { ...YELLOW_CALL, taskId, epoch }
    const first = unwrap(await worker.client.toolCalls.gate(call))
    expect(unwrap(await worker.client.toolCalls.gate(call)).toolCallId).toBe(first.toolCallId)
    unwrap(await worker.client.toolCalls.begin({ toolCallId: first.toolCallId, epoch }))
    expect(unwrap(await worker.client.toolCalls.gate(call)).toolCallId).toBe(first.toolCallId)
    unwrap(await worker.client.toolCalls.end({ toolCallId: first.toolCallId, epoch, status: 'SUCCESS' }))
    expect(unwrap(await worker.client.toolCalls.gate(call)).toolCallId).not.toBe(first.toolCallId)
  })

  test('a call denied while its agent was paused is judged anew afterwards', async () => {
    const { h, ann, worker, taskId, epoch } = await scene()
    unwrap(await ann.agents.control({ agentId: worker.id, action: 'PAUSE', reason: 'look' }))
    const call = { ...YELLOW_CALL, taskId, epoch }
    const denied = unwrap(await worker.client.toolCalls.gate(call))
    expect(denied).toMatchObject({ decision: 'DENY', violations: [{ step: 4, code: 'AGENT_NOT_ACTIVE' }] })
    expect(unwrap(await worker.client.toolCalls.gate(call)).toolCallId).toBe(denied.toolCallId)
    unwrap(await ann.agents.control({ agentId: worker.id, action: 'RESUME', reason: 'fine' }))
    expect(unwrap(await worker.client.toolCalls.gate(call)).decision).toBe('ALLOW')
    expect(unwrap(await h.admin.toolCalls.list({})).data).toHaveLength(2)
  })

  test('a call begins once', async () => {
    const { worker, taskId, epoch } = await scene()
    const { toolCallId } = unwrap(await worker.client.toolCalls.gate({ ...YELLOW_CALL, taskId, epoch }))
    const begins = await Promise.all([1, 2, 3].map(() => worker.client.toolCalls.begin({ toolCallId, epoch })))
    expect(begins.map(codeOf).sort()).toEqual(['ALREADY_DECIDED', 'ALREADY_DECIDED', 'ok'])
  })

  test('only what has begun can end, and it ends once', async () => {
    const { worker, taskId, epoch } = await scene()
    const { toolCallId } = unwrap(await worker.client.toolCalls.gate({ ...YELLOW_CALL, taskId, epoch }))
    expect(codeOf(await worker.client.toolCalls.end({ toolCallId, epoch, status: 'SUCCESS' }))).toBe('VALIDATION')
    unwrap(await worker.client.toolCalls.begin({ toolCallId, epoch }))
    unwrap(await worker.client.toolCalls.end({ toolCallId, epoch, status: 'SUCCESS', output: 1 }))
    expect(codeOf(await worker.client.toolCalls.end({ toolCallId, epoch, status: 'SUCCESS', output: 1 }))).toBe('ok')
    expect(codeOf(await worker.client.toolCalls.end({ toolCallId, epoch, status: 'FAILED' }))).toBe('ALREADY_DECIDED')
  })
})

describe('gate: the outcome of asking', () => {
  test('approved by two, the call is allowed once; the next equal one asks anew', async () => {
    const s = await scene()
    const call = { ...RED_CALL, ...WHY, taskId: s.taskId, epoch: s.epoch }
    const approvalId = await askRed(s)
    await approveByBoth(s, approvalId)
    expect(await statusOf(s.h, s.taskId)).toBe('IN_PROGRESS')
    const allowed = unwrap(await s.worker.client.toolCalls.gate(call))
    expect(allowed).toMatchObject({ decision: 'ALLOW', approvalId })
    expect(unwrap(await s.worker.client.toolCalls.gate(call))).toMatchObject({
      decision: 'ALLOW',
      toolCallId: allowed.toolCallId,
    })
    unwrap(await s.worker.client.toolCalls.begin({ toolCallId: allowed.toolCallId, epoch: s.epoch }))
    unwrap(await s.worker.client.toolCalls.end({ toolCallId: allowed.toolCallId, epoch: s.epoch, status: 'SUCCESS' }))
    const next = unwrap(await s.worker.client.toolCalls.gate(call))
    expect(next.decision).toBe('NEEDS_APPROVAL')
    expect(next.approvalId).not.toBe(approvalId)
  })

  test('R-58 a grant is used once, of any number at the same moment', async () => {
    const s = await scene()
    const approvalId = await askRed(s)
    await approveByBoth(s, approvalId)
    const calls = ['a', 'b', 'c', 'd'].map((callId) =>
      s.worker.client.toolCalls.gate({ ...RED_CALL, ...WHY, callId, taskId: s.taskId, epoch: s.epoch }),
    )
    const decisions = (await Promise.all(calls)).map((answer) => unwrap(answer).decision)
    expect(decisions.filter((decision) => decision === 'ALLOW')).toHaveLength(1)
    const used = unwrap(await s.h.admin.events.list({ taskId: s.taskId })).data.filter(
      ({ kind }) => kind === 'APPROVAL_USED',
    )
    expect(used).toHaveLength(1)
  })

  test('R-49 an approved call with other arguments needs a new approval', async () => {
    const s = await scene()
    await approveByBoth(s, await askRed(s))
    const other = unwrap(
      await s.worker.client.toolCalls.gate({
        ...RED_CALL,
        input: { amount: 6 },
        ...WHY,
        taskId: s.taskId,
        epoch: s.epoch,
      }),
    )
    expect(other.decision).toBe('NEEDS_APPROVAL')
  })

  test('R-58 a grant is void when late', async () => {
    const s = await scene()
    const approvalId = await askRed(s)
    await approveByBoth(s, approvalId)
    s.h.clock.advance(60 * MINUTE_MS)
    const late = unwrap(await s.worker.client.toolCalls.gate({ ...RED_CALL, ...WHY, taskId: s.taskId, epoch: s.epoch }))
    expect(late.decision).toBe('NEEDS_APPROVAL')
    expect(late.approvalId).not.toBe(approvalId)
  })

  test('R-58 a grant is void after a policy activation', async () => {
    const s = await scene()
    await approveByBoth(s, await askRed(s))
    await activate(s.h, { rules: { leadMayDecide: true } })
    const after = unwrap(
      await s.worker.client.toolCalls.gate({ ...RED_CALL, ...WHY, taskId: s.taskId, epoch: s.epoch }),
    )
    expect(after.decision).toBe('NEEDS_APPROVAL')
  })

  test('R-58 a grant is for its agent and its epoch', async () => {
    const s = await scene()
    await approveByBoth(s, await askRed(s))
    const other = await s.h.agent({ name: 'Other', workspacePath: '/srv/worker' })
    unwrap(await s.ann.tasks.handover({ taskId: s.taskId, toAgentId: other.id, reason: 'better suited' }))
    const task = unwrap(await s.h.admin.tasks.get({ taskId: s.taskId }))
    const mine = unwrap(await s.worker.client.toolCalls.gate({ ...RED_CALL, ...WHY, taskId: s.taskId, epoch: s.epoch }))
    expect(mine).toMatchObject({
      decision: 'DENY',
      violations: expect.arrayContaining([expect.objectContaining({ code: 'EPOCH_STALE' })]),
    })
    const theirs = unwrap(
      await other.client.toolCalls.gate({ ...RED_CALL, ...WHY, taskId: s.taskId, epoch: task.epoch }),
    )
    expect(theirs.decision).toBe('NEEDS_APPROVAL')
  })

  test('denied by one, the same call is denied and stays denied', async () => {
    const s = await scene()
    const call = { ...RED_CALL, ...WHY, taskId: s.taskId, epoch: s.epoch }
    const approvalId = await askRed(s)
    unwrap(await s.ann.approvals.decide({ approvalId, verdict: 'DENY', reason: 'no' }))
    expect(await statusOf(s.h, s.taskId)).toBe('BLOCKED')
    for (let time = 0; time < 3; time++) {
      const answer = unwrap(await s.worker.client.toolCalls.gate(call))
      expect(answer).toMatchObject({ decision: 'DENY', approvalId })
    }
  })

  test('R-59 a request that ran out and was not swept is a denial, and blocks the task', async () => {
    const s = await scene()
    const approvalId = await askRed(s)
    s.h.clock.advance(60 * MINUTE_MS)
    const late = unwrap(await s.worker.client.toolCalls.gate({ ...RED_CALL, ...WHY, taskId: s.taskId, epoch: s.epoch }))
    expect(late).toMatchObject({ decision: 'DENY', approvalId })
    expect(unwrap(await s.h.admin.approvals.get({ approvalId })).status).toBe('EXPIRED')
    expect(await statusOf(s.h, s.taskId)).toBe('BLOCKED')
  })

  test('R-50 allowed, not begun, then quarantined: it does not begin', async () => {
    const { ann, worker, taskId, epoch } = await scene()
    const { toolCallId } = unwrap(await worker.client.toolCalls.gate({ ...YELLOW_CALL, taskId, epoch }))
    unwrap(await ann.agents.control({ agentId: worker.id, action: 'QUARANTINE', reason: 'odd' }))
    expect(codeOf(await worker.client.toolCalls.begin({ toolCallId, epoch }))).toBe('AGENT_NOT_ACTIVE')
  })

  test('R-58 allowed by a grant and not begun, the call does not begin once the grant has run out', async () => {
    const s = await scene()
    await approveByBoth(s, await askRed(s))
    const { toolCallId } = unwrap(
      await s.worker.client.toolCalls.gate({ ...RED_CALL, ...WHY, taskId: s.taskId, epoch: s.epoch }),
    )
    s.h.clock.advance(61 * MINUTE_MS)
    expect(codeOf(await s.worker.client.toolCalls.begin({ toolCallId, epoch: s.epoch }))).toBe('POLICY_DENIED')
    const again = await s.worker.client.toolCalls.begin({ toolCallId, epoch: s.epoch })
    expect(codeOf(again)).toBe('POLICY_DENIED')
  })

  test('an agent cannot begin or end a call of another', async () => {
    const { h, worker, taskId, epoch } = await scene()
    const other = await h.agent({ name: 'Other' })
    const { toolCallId } = unwrap(await worker.client.toolCalls.gate({ ...YELLOW_CALL, taskId, epoch }))
    expect(codeOf(await other.client.toolCalls.begin({ toolCallId }))).toBe('FORBIDDEN')
    expect(codeOf(await other.client.toolCalls.end({ toolCallId, status: 'SUCCESS' }))).toBe('FORBIDDEN')
  })

  test('R-113 a task in REVIEW or DONE lets its agent write nothing', async () => {
    const s = await scene()
    unwrap(await s.worker.client.tasks.complete({ taskId: s.taskId, epoch: s.epoch, deliverable: 'done' }))
    const call = { ...YELLOW_CALL, taskId: s.taskId, epoch: s.epoch }
    expect(unwrap(await s.worker.client.toolCalls.gate(call)).decision).toBe('DENY')
    unwrap(await s.ann.tasks.transition({ taskId: s.taskId, to: 'DONE', reason: 'good' }))
    expect(
      unwrap(await s.worker.client.toolCalls.gate({ ...YELLOW_CALL, callId: 'x', taskId: s.taskId })).decision,
    ).toBe('DENY')
  })

  test('while its task waits, a call above GREEN waits too and asks nothing more', async () => {
    const s = await scene()
    const approvalId = await askRed(s)
    const waiting = unwrap(await s.worker.client.toolCalls.gate({ ...YELLOW_CALL, taskId: s.taskId, epoch: s.epoch }))
    expect(waiting).toMatchObject({ decision: 'NEEDS_APPROVAL', approvalId })
    expect(unwrap(await s.h.admin.approvals.list({})).data).toHaveLength(1)
    await approveByBoth(s, approvalId)
    expect(
      unwrap(await s.worker.client.toolCalls.gate({ ...YELLOW_CALL, taskId: s.taskId, epoch: s.epoch })).decision,
    ).toBe('ALLOW')
  })

  test('an INTERN asks for what a SPECIALIST may do, and one human is enough', async () => {
    const s = await scene()
    const intern = await s.h.agent({ name: 'Ida', role: 'INTERN', workspacePath: '/srv/ida' })
    const { taskId, epoch } = await startedTask(s.h, intern)
    const asked = unwrap(await intern.client.toolCalls.gate({ ...YELLOW_CALL, taskId, epoch }))
    expect(asked).toMatchObject({ decision: 'NEEDS_APPROVAL', riskLevel: 'YELLOW' })
    unwrap(await s.ann.approvals.decide({ approvalId: asked.approvalId ?? '', verdict: 'APPROVE' }))
    expect(unwrap(await intern.client.toolCalls.gate({ ...YELLOW_CALL, taskId, epoch })).decision).toBe('ALLOW')
  })

  test('only agents pass the gate', async () => {
    const { ann } = await scene()
    expect(codeOf(await ann.toolCalls.gate(GREEN_CALL))).toBe('FORBIDDEN')
  })
})

describe('a tool name with a secret in it', () => {
  const secretName = (letter: string) => `send ghp_${letter.repeat(12)}Zk3TqP9vLxW2bRj7NcYd5HsM`

  test('R-86 is stored without it, and is still told from one with another secret', async () => {
    const s = await scene()
    const { h, worker, taskId, epoch } = s
    const call = { tool: secretName('a'), input: {}, sessionKey: 's', callId: 'one', taskId, epoch, ...WHY }
    const asked = unwrap(await worker.client.toolCalls.gate(call))
    expect(asked.decision).toBe('NEEDS_APPROVAL')
    await approveByBoth(s, asked.approvalId ?? '')
    expect(codeOf(await worker.client.toolCalls.gate({ ...call, tool: secretName('b') }))).toBe(
      'IDEMPOTENCY_KEY_REUSED',
    )
    const allowed = unwrap(await worker.client.toolCalls.gate(call))
    expect(allowed).toMatchObject({ decision: 'ALLOW', toolCallId: asked.toolCallId })
    unwrap(await worker.client.toolCalls.begin({ toolCallId: asked.toolCallId, epoch, input: {} }))
    const [stored] = unwrap(await h.admin.toolCalls.list({})).data
    expect(stored?.toolName).toContain('[REDACTED:')
    expect(stored?.redactedFields).toContain('toolName')
    const { data: events } = unwrap(await h.admin.events.list({ limit: 200 }))
    expect(JSON.stringify([stored, events, unwrap(await h.admin.approvals.list({})).data])).not.toContain('Zk3TqP9')
  })
})
