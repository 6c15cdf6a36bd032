import { unwrap } from '@mission-control/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { activate, RED_CALL, type Scene, scene, WHY } from './governed-task.ts'

const MINUTE_MS = 60_000

const at = fc.nat(5)
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      act: fc.constant('gate' as const),
      amount: fc.integer({ min: 1, max: 2 }),
      call: fc.integer({ min: 1, max: 4 }),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      act: fc.constant('decide' as const),
      who: fc.constantFrom('ann' as const, 'bob' as const, 'cao' as const, 'worker' as const),
      isYes: fc.nat(5).map((side) => side > 0),
      of: at,
    }),
  },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('begin' as const), of: at }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('wait' as const), minutes: fc.constantFrom(1, 30, 61) }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('policy' as const), mayLead: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('cancel' as const), of: at }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('unblock' as const) }) },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** The plain way: asked, approved by two, used, asked again by another call. */
const PLAIN: Step[] = [
  { act: 'gate', amount: 1, call: 1 },
  { act: 'decide', who: 'cao', isYes: true, of: 0 },
  { act: 'decide', who: 'ann', isYes: true, of: 0 },
  { act: 'gate', amount: 1, call: 1 },
  { act: 'begin', of: 0 },
  { act: 'gate', amount: 1, call: 2 },
  { act: 'gate', amount: 1, call: 1 },
  { act: 'begin', of: 1 },
]

/** Ids in the order they were made. */
async function idsOf(rows: Promise<{ data: readonly { id: string }[] }>): Promise<string[]> {
  return (await rows).data.map(({ id }) => id).sort()
}

/** One step of whoever it is; refusals are part of the game. */
async function take(s: Scene & { cao: Scene['worker'] }, given: Step): Promise<void> {
  const pick = (ids: readonly string[], at: number) => ids[at % Math.max(1, ids.length)] ?? 'none'
  if (given.act === 'gate') {
    const { epoch } = unwrap(await s.h.admin.tasks.get({ taskId: s.taskId }))
    const input = { amount: given.amount }
    await s.worker.client.toolCalls.gate({
      ...RED_CALL,
      ...WHY,
      input,
      callId: `c${given.call}`,
      taskId: s.taskId,
      epoch,
    })
    return
  }
  if (given.act === 'wait') return s.h.advance(given.minutes * MINUTE_MS)
  if (given.act === 'policy') return activate(s.h, { rules: { leadMayDecide: given.mayLead } })
  if (given.act === 'unblock') {
    await s.ann.tasks.transition({ taskId: s.taskId, to: 'IN_PROGRESS', reason: 'go on', workerId: s.worker.id })
    return
  }
  if (given.act === 'begin') {
    const toolCallId = pick(await idsOf(s.h.admin.toolCalls.list({}).then(unwrap)), given.of)
    await s.worker.client.toolCalls.begin({ toolCallId, input: { amount: 1 } })
    return
  }
  const approvalId = pick(await idsOf(s.h.admin.approvals.list({}).then(unwrap)), given.of)
  if (given.act === 'cancel') {
    await s.ann.approvals.cancel({ approvalId })
    return
  }
  const people = { ann: s.ann, bob: s.bob, cao: s.cao.client, worker: s.worker.client }
  await people[given.who].approvals.decide({ approvalId, verdict: given.isYes ? 'APPROVE' : 'DENY', reason: 'so' })
}

async function check(s: Scene): Promise<void> {
  const approvals = unwrap(await s.h.admin.approvals.list({ limit: 200 })).data
  const calls = unwrap(await s.h.admin.toolCalls.list({ limit: 200 })).data
  const events = unwrap(await s.h.admin.events.list({ taskId: s.taskId, limit: 200 })).data
  const grants = calls.flatMap(({ grantId }) => (grantId === null ? [] : [grantId]))
  expect(new Set(grants).size, 'no grant serves two calls').toBe(grants.length)
  for (const approval of approvals) {
    const used = events.filter(({ kind, subject }) => kind === 'APPROVAL_USED' && subject === `approval/${approval.id}`)
    expect(used.length, 'a grant is used at most once').toBeLessThanOrEqual(approval.usedAt === null ? 0 : 1)
    const yes = approval.decisions.filter(({ verdict }) => verdict === 'APPROVE')
    if (approval.status === 'APPROVED') {
      expect(new Set(yes.map(({ principalId }) => principalId)).size).toBeGreaterThanOrEqual(2)
      expect(yes.some(({ kind }) => kind === 'HUMAN')).toBe(true)
    }
    expect(
      approval.decisions.some(({ name }) => name === 'Worker'),
      'nobody decides on an own act',
    ).toBe(false)
    const isDenied = approval.decisions.some(({ verdict }) => verdict === 'DENY')
    expect(approval.status === 'DENIED', 'one denial wins').toBe(isDenied)
  }
  for (const call of calls) {
    const mayRun = call.decision === 'ALLOW'
    if (mayRun) expect(call.grantId, 'a RED call is allowed by a grant only').not.toBeNull()
    expect(call.status === 'RUNNING' && !mayRun).toBe(false)
    const grant = approvals.find(({ id }) => id === call.grantId)
    if (grant !== undefined) expect(grant.payloadHash, 'for the same payload').toBe(call.payloadHash)
  }
}

test('R-58 no sequence of requests, decisions, waits and activations uses a grant twice, or runs RED without its quorum', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 30 }), async (steps) => {
      const s = await scene()
      const cao = await s.h.agent({ name: 'Cleo', role: 'LEAD', isCao: true })
      for (const given of steps) await take({ ...s, cao }, given)
      await check(s)
      await s.h.close()
    }),
    { numRuns: 15, examples: [[PLAIN]] },
  )
})

test('R-58 the plain way runs the call once', async () => {
  const s = await scene()
  const cao = await s.h.agent({ name: 'Cleo', role: 'LEAD', isCao: true })
  for (const given of PLAIN) await take({ ...s, cao }, given)
  const calls = unwrap(await s.h.admin.toolCalls.list({})).data
  expect(calls.map(({ callId, status, decision }) => `${callId} ${decision} ${status}`).sort()).toEqual([
    'c1 ALLOW RUNNING',
    'c2 NEEDS_APPROVAL PENDING',
  ])
})
