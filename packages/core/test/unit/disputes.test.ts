import { type MissionControlClient, unwrap } from '@mission-control/core'
import type { TestAgent } from '@mission-control/testing'
import { describe, expect, test } from 'vitest'
import { codeOf, type Scene, scene, statusOf, submit } from './governed-task.ts'

const REFUTE = {
  verb: 'REFUTE',
  summary: 'the third step fails',
  claim: 'the guide cannot be followed',
  evidence: 'I followed it and the third step stopped',
  severity: 'MAJOR',
} as const

interface Dispute extends Scene {
  readonly lead: TestAgent
  readonly reviewId: string
}

async function dispute(cao: 'with a CAO' | 'without' = 'without'): Promise<Dispute & { cao: TestAgent | null }> {
  const s = await scene()
  const lead = await s.h.agent({ name: 'Lea', role: 'LEAD' })
  const chief = cao === 'without' ? null : await s.h.agent({ name: 'Cleo', role: 'LEAD', isCao: true })
  await submit(s)
  const { review } = unwrap(await lead.client.reviews.post({ taskId: s.taskId, ...REFUTE }))
  return { ...s, lead, cao: chief, reviewId: review.id }
}

type Answer = Parameters<MissionControlClient['reviews']['respond']>[0]['answer']

function say(s: Dispute, who: MissionControlClient, answer: Answer, reason = `${answer} because`) {
  const epoch = who === s.worker.client ? { epoch: s.epoch } : {}
  return who.reviews.respond({ reviewId: s.reviewId, answer, reason, ...epoch })
}

/** Both sides stay where they are, twice. */
async function escalate(s: Dispute): Promise<void> {
  unwrap(await say(s, s.worker.client, 'REJECT', 'step three works here'))
  unwrap(await say(s, s.lead.client, 'INSIST', 'not on a fresh machine'))
  expect(unwrap(await say(s, s.worker.client, 'REJECT', 'it does on mine')).status).toBe('ESCALATED')
}

async function reviewOf({ h, taskId, reviewId }: Dispute) {
  return unwrap(await h.admin.reviews.list({ taskId })).data.find(({ id }) => id === reviewId)
}

async function notesOf(agent: TestAgent): Promise<string[]> {
  const reply = unwrap(await agent.client.agents.heartbeat({ sessionKey: 's', health: 'HEALTHY', currentTaskId: null }))
  return reply.notifications.map(({ title }) => title)
}

describe('the two sides', () => {
  test('accepted, the work goes back with one more cycle and the review is closed', async () => {
    const s = await dispute()
    unwrap(await say(s, s.worker.client, 'ACCEPT'))
    const task = unwrap(await s.h.admin.tasks.get({ taskId: s.taskId }))
    expect(task).toMatchObject({ status: 'IN_PROGRESS', reviewCycles: 1, claim: { agentId: s.worker.id } })
    expect(await reviewOf(s)).toMatchObject({ status: 'ACCEPTED', round: 1 })
    const moves = unwrap(await s.h.admin.tasks.transitions({ taskId: s.taskId })).data
    expect(moves.find(({ to, from }) => from === 'REVIEW' && to === 'IN_PROGRESS')?.actor.kind).toBe('SYSTEM')
  })

  test('rejected and closed, the work may be accepted by others', async () => {
    const s = await dispute()
    unwrap(await say(s, s.worker.client, 'REJECT'))
    expect(codeOf(await s.ann.tasks.transition({ taskId: s.taskId, to: 'DONE', reason: 'fine' }))).toBe(
      'TRANSITION_REFUSED',
    )
    unwrap(await say(s, s.lead.client, 'CLOSE'))
    expect(await reviewOf(s)).toMatchObject({ status: 'REJECTED' })
    expect(codeOf(await s.ann.tasks.transition({ taskId: s.taskId, to: 'DONE', reason: 'fine' }))).toBe('ok')
  })

  test('only the holder of the work and the reviewer answer, each in turn', async () => {
    const s = await dispute()
    const other = await s.h.agent({ name: 'Other', role: 'LEAD' })
    expect(codeOf(await say(s, other.client, 'ACCEPT'))).toBe('FORBIDDEN')
    expect(codeOf(await say(s, s.ann, 'ACCEPT'))).toBe('FORBIDDEN')
    expect(codeOf(await say(s, s.lead.client, 'CLOSE'))).toBe('REVIEW_REFUSED')
    const old = await s.worker.client.reviews.respond({
      reviewId: s.reviewId,
      answer: 'REJECT',
      reason: 'no',
      epoch: s.epoch + 1,
    })
    expect(codeOf(old)).toBe('LEASE_LOST')
    const silent = await s.worker.client.reviews.respond({ reviewId: s.reviewId, answer: 'REJECT', epoch: s.epoch })
    expect(codeOf(silent)).toBe('VALIDATION')
    expect(await reviewOf(s)).toMatchObject({ status: 'OPEN', response: null })
  })

  test('the same answer again has no second effect, also at the same moment', async () => {
    const s = await dispute()
    await Promise.all([say(s, s.worker.client, 'ACCEPT'), say(s, s.worker.client, 'ACCEPT')])
    unwrap(await say(s, s.worker.client, 'ACCEPT'))
    expect(unwrap(await s.h.admin.tasks.get({ taskId: s.taskId })).reviewCycles).toBe(1)
  })

  test('every word is in the thread, and the other side is told', async () => {
    const s = await dispute()
    unwrap(await say(s, s.worker.client, 'REJECT', 'step three works here'))
    expect(await notesOf(s.lead)).toContainEqual(expect.stringContaining('Dispute OPEN, round 1'))
    const thread = unwrap(await s.h.admin.messages.list({ taskId: s.taskId })).data
    expect(thread.filter(({ type }) => type === 'REVIEW').map(({ content }) => content)).toContainEqual(
      expect.stringContaining('step three works here'),
    )
  })
})

describe('the decision', () => {
  test('upheld, it is as if the author had accepted; overruled, the claim is dismissed', async () => {
    for (const [verdict, status, at] of [
      ['UPHOLD', 'ACCEPTED', 'IN_PROGRESS'],
      ['OVERRULE', 'REJECTED', 'REVIEW'],
    ] as const) {
      const s = await dispute('with a CAO')
      await escalate(s)
      expect(await notesOf(s.cao as TestAgent), verdict).toContainEqual(expect.stringContaining('To decide'))
      const decide = { reviewId: s.reviewId, verdict, reason: 'I tried it' }
      unwrap(await (s.cao as TestAgent).client.disputes.decide(decide))
      expect([(await reviewOf(s))?.status, await statusOf(s.h, s.taskId)], verdict).toEqual([status, at])
      const thread = unwrap(await s.h.admin.messages.list({ taskId: s.taskId })).data
      expect(thread.filter(({ type }) => type === 'DECISION')).toHaveLength(1)
      unwrap(await (s.cao as TestAgent).client.disputes.decide(decide))
      expect(unwrap(await s.h.admin.tasks.get({ taskId: s.taskId })).reviewCycles).toBe(verdict === 'UPHOLD' ? 1 : 0)
    }
  })

  test('is for the CAO and humans, and only once two rounds have failed', async () => {
    const s = await dispute('with a CAO')
    const early = { reviewId: s.reviewId, verdict: 'OVERRULE', reason: 'enough' } as const
    expect(codeOf(await s.ann.disputes.decide(early))).toBe('REVIEW_REFUSED')
    await escalate(s)
    const other = await s.h.agent({ name: 'Other', role: 'LEAD' })
    expect(codeOf(await other.client.disputes.decide(early))).toBe('FORBIDDEN')
    expect(codeOf(await (await s.h.viewer()).disputes.decide(early))).toBe('FORBIDDEN')
    expect(codeOf(await s.ann.disputes.decide(early))).toBe('ok')
  })

  test('is never made by who reviewed; the operators hear of it where the CAO is a side', async () => {
    const s = await scene()
    const cao = await s.h.agent({ name: 'Cleo', role: 'LEAD', isCao: true })
    await submit(s)
    const { review } = unwrap(await cao.client.reviews.post({ taskId: s.taskId, ...REFUTE }))
    const d: Dispute = { ...s, lead: cao, reviewId: review.id }
    await escalate(d)
    const decision = { reviewId: review.id, verdict: 'UPHOLD', reason: 'I am right' } as const
    expect(codeOf(await cao.client.disputes.decide(decision))).toBe('SEPARATION_OF_DUTIES')
    expect(await notesOf(cao)).not.toContainEqual(expect.stringContaining('To decide'))
    const refused = unwrap(await s.h.admin.events.list({ taskId: s.taskId })).data
    expect(refused.some(({ kind, summary }) => kind === 'POLICY_DECISION' && summary.includes('dispute'))).toBe(true)
    expect(codeOf(await s.bob.disputes.decide({ ...decision, verdict: 'OVERRULE' }))).toBe('ok')
  })

  test('a human does not decide on an own review either', async () => {
    const s = await scene()
    await submit(s)
    const { review } = unwrap(await s.ann.reviews.post({ taskId: s.taskId, ...REFUTE }))
    const d = { ...s, reviewId: review.id }
    const respond = (answer: Answer) =>
      s.worker.client.reviews.respond({ reviewId: d.reviewId, answer, reason: answer, epoch: s.epoch })
    unwrap(await respond('REJECT'))
    unwrap(await s.ann.reviews.respond({ reviewId: d.reviewId, answer: 'INSIST', reason: 'look again' }))
    unwrap(await respond('REJECT'))
    const decision = { reviewId: d.reviewId, verdict: 'UPHOLD', reason: 'so' } as const
    expect(codeOf(await s.ann.disputes.decide(decision))).toBe('SEPARATION_OF_DUTIES')
    expect(codeOf(await s.bob.disputes.decide(decision))).toBe('ok')
  })
})

describe('a dispute whose reviewer has gone', () => {
  type Leave = (s: Dispute) => Promise<unknown>
  const leaves: readonly (readonly [string, Leave])[] = [
    ['retired', async (s) => unwrap(await s.h.admin.agents.retire({ agentId: s.lead.id, reason: 'done' }))],
    [
      'in quarantine',
      async (s) =>
        unwrap(
          await s.h.admin.agents.control({
            agentId: s.lead.id,
            action: 'QUARANTINE',
            reason: 'odd',
          }),
        ),
    ],
    [
      'without a key',
      async (s) => {
        for (const { id, principalId } of unwrap(await s.h.admin.keys.list({ limit: 200 })).data)
          if (principalId === s.lead.principalId) unwrap(await s.h.admin.keys.revoke({ credentialId: id }))
      },
    ],
  ]

  test.each(leaves)('%s, after the author has answered, is for a human or the CAO to settle', async (_, leave) => {
    for (const [verdict, done] of [
      ['OVERRULE', 'ok'],
      ['UPHOLD', 'TRANSITION_REFUSED'],
    ] as const) {
      const s = await dispute('with a CAO')
      const decide = { reviewId: s.reviewId, verdict, reason: 'I looked at it' }
      await leave(s)
      // The author has the first word, whoever asks.
      expect(codeOf(await s.ann.disputes.decide(decide))).toBe('REVIEW_REFUSED')
      unwrap(await say(s, s.worker.client, 'REJECT'))
      expect(await notesOf(s.cao as TestAgent)).toContainEqual(expect.stringContaining('To decide'))
      expect(codeOf(await s.ann.tasks.transition({ taskId: s.taskId, to: 'DONE', reason: 'fine' }))).toBe(
        'TRANSITION_REFUSED',
      )
      expect(codeOf(await s.worker.client.disputes.decide(decide))).toBe('FORBIDDEN')
      const judge = verdict === 'OVERRULE' ? s.ann : (s.cao as TestAgent).client
      unwrap(await judge.disputes.decide(decide))
      expect(codeOf(await s.ann.tasks.transition({ taskId: s.taskId, to: 'DONE', reason: 'fine' })), verdict).toBe(done)
    }
  })

  test('is not settled over the head of a reviewer who is there', async () => {
    const s = await dispute('with a CAO')
    unwrap(await say(s, s.worker.client, 'REJECT'))
    const decide = { reviewId: s.reviewId, verdict: 'OVERRULE', reason: 'enough' } as const
    expect(codeOf(await s.ann.disputes.decide(decide))).toBe('REVIEW_REFUSED')
    expect(codeOf(await (s.cao as TestAgent).client.disputes.decide(decide))).toBe('REVIEW_REFUSED')
  })
})

test('R-68 a dispute that is accepted once too often blocks the task, with a report of what went back and forth', async () => {
  const s = await dispute()
  for (let cycle = 1; cycle <= 3; cycle++) {
    const { data: open } = unwrap(await s.h.admin.reviews.list({ taskId: s.taskId }))
    const reviewId = open.find(({ status }) => status === 'OPEN')?.id ?? ''
    unwrap(await say({ ...s, reviewId }, s.worker.client, 'ACCEPT', `true, ${cycle}`))
    await submit(s, `version ${cycle}`)
    unwrap(await s.lead.client.reviews.post({ taskId: s.taskId, ...REFUTE, claim: `claim ${cycle}` }))
  }
  const last = unwrap(await s.h.admin.reviews.list({ taskId: s.taskId })).data.find(({ status }) => status === 'OPEN')
  unwrap(await say({ ...s, reviewId: last?.id ?? '' }, s.worker.client, 'ACCEPT', 'true again'))
  expect(unwrap(await s.h.admin.tasks.get({ taskId: s.taskId }))).toMatchObject({ status: 'BLOCKED', reviewCycles: 3 })
  const { data: events } = unwrap(await s.h.admin.events.list({ taskId: s.taskId }))
  const created = events.find(({ kind }) => kind === 'REPORT_CREATED')
  const documentId = created?.subject.replace('document/', '') ?? ''
  const { content, type } = unwrap(await s.h.admin.documents.get({ documentId }))
  expect(type).toBe('REPORT')
  for (const part of [
    'REVIEW_PING_PONG',
    'Lea, ',
    'Worker, ',
    '## Positions',
    '## Recent transitions',
    'REVIEW → IN_PROGRESS',
    '## Proposal',
    '## Next steps',
  ]) {
    expect(content).toContain(part)
  }
})
