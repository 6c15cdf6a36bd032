import { type MissionControlClient, unwrap } from '@mission-control/core'
import { describe, expect, test } from 'vitest'
import { codeOf, RED_CALL, type Scene, scene, statusOf, submit, WHY } from './governed-task.ts'

const DOCS = [
  'audience',
  'prerequisites',
  'steps',
  'testedExamples',
  'images',
  'troubleshooting',
  'links',
  'versionDate',
]
const VERIFIED = DOCS.map((key) => ({ key, checked: true }))
const CHANGES = {
  verb: 'CHANGESET' as const,
  summary: 'not yet',
  items: [{ file: 'guide.md', change: 'say why', lineNumber: 3 }],
}
const DISPUTE = {
  verb: 'REFUTE',
  summary: 'wrong',
  claim: 'it fails',
  evidence: 'I ran it',
  severity: 'MAJOR',
} as const

async function inReview(sections = {}): Promise<Scene & { lead: MissionControlClient; leadPrincipalId: string }> {
  const s = await scene(sections)
  const lead = await s.h.agent({ name: 'Lea', role: 'LEAD' })
  await submit(s)
  return { ...s, lead: lead.client, leadPrincipalId: lead.principalId }
}

/** Resolves what was asked for and hands in something new. */
async function rework(s: Scene, content: string): Promise<void> {
  const [review] = unwrap(await s.h.admin.reviews.list({ taskId: s.taskId })).data.filter(
    ({ status }) => status === 'OPEN',
  )
  unwrap(
    await s.worker.client.reviews.resolveItem({
      reviewId: review?.id ?? '',
      item: 0,
      resolution: 'said',
      epoch: s.epoch,
    }),
  )
  await submit(s, content)
}

async function reviewsOf({ h, taskId }: Scene) {
  return unwrap(await h.admin.reviews.list({ taskId })).data
}

describe('who reviews what', () => {
  test('R-65 the author does not review, nor a former holder', async () => {
    const s = await inReview()
    expect(
      codeOf(await s.worker.client.reviews.post({ taskId: s.taskId, verb: 'PRAISE', summary: 'mine is good' })),
    ).toBe('REVIEW_REFUSED')
    const other = await scene()
    const former = await other.h.agent({ name: 'Former', role: 'LEAD' })
    unwrap(await other.ann.tasks.handover({ taskId: other.taskId, toAgentId: former.id, reason: 'a' }))
    unwrap(await other.ann.tasks.handover({ taskId: other.taskId, toAgentId: other.worker.id, reason: 'b' }))
    const { epoch } = unwrap(await other.h.admin.tasks.get({ taskId: other.taskId }))
    await submit({ ...other, epoch })
    expect(codeOf(await former.client.reviews.post({ taskId: other.taskId, verb: 'PRAISE', summary: 'good' }))).toBe(
      'REVIEW_REFUSED',
    )
  })

  test('R-65 only a task in REVIEW is reviewed', async () => {
    const s = await scene()
    const fresh = unwrap(await s.h.admin.tasks.create({ title: 'New', type: 'DOCS' }))
    for (const taskId of [fresh.id, s.taskId]) {
      expect(codeOf(await s.ann.reviews.post({ taskId, verb: 'PRAISE', summary: 'good' }))).toBe('REVIEW_REFUSED')
    }
    await submit(s)
    unwrap(await s.ann.tasks.transition({ taskId: s.taskId, to: 'DONE', reason: 'good' }))
    expect(codeOf(await s.ann.reviews.post({ taskId: s.taskId, verb: 'PRAISE', summary: 'good' }))).toBe(
      'REVIEW_REFUSED',
    )
  })

  test('a LEAD, a human and whoever is named review; others do not', async () => {
    const s = await inReview()
    const named = await s.h.agent({ name: 'Nina', role: 'INTERN' })
    const other = await s.h.agent({ name: 'Otto' })
    const praise = { taskId: s.taskId, verb: 'PRAISE', summary: 'good', score: 8 } as const
    expect(codeOf(await other.client.reviews.post(praise))).toBe('REVIEW_REFUSED')
    expect(codeOf(await named.client.reviews.post(praise))).toBe('REVIEW_REFUSED')
    expect(codeOf(await (await s.h.viewer()).reviews.post(praise))).toBe('FORBIDDEN')
    unwrap(await s.ann.tasks.update({ taskId: s.taskId, reviewerId: named.principalId }))
    for (const reviewer of [s.lead, s.ann, named.client]) expect(codeOf(await reviewer.reviews.post(praise))).toBe('ok')
  })

  test('each verb brings what it needs and nothing else', async () => {
    const s = await inReview()
    const wrong = [
      { verb: 'PRAISE', summary: 'good', items: CHANGES.items },
      { verb: 'CHANGESET', summary: 'no' },
      { ...CHANGES, items: [] },
      { ...CHANGES, score: 3 },
      { verb: 'REFUTE', summary: 'no', claim: 'c', evidence: 'e' },
      { verb: 'PRAISE', summary: ' ' },
      { verb: 'PRAISE', summary: 'good', score: 11 },
      { verb: 'APPROVE', summary: 'good' },
    ]
    for (const review of wrong) {
      const refused = await s.lead.reviews.post({ taskId: s.taskId, ...review } as never)
      expect(codeOf(refused), JSON.stringify(review)).toBe('VALIDATION')
    }
    expect(await reviewsOf(s)).toHaveLength(0)
  })
})

describe('PRAISE', () => {
  test('is closed at once, leaves the task where it is and shows in the thread', async () => {
    const s = await inReview()
    const { review } = unwrap(
      await s.lead.reviews.post({ taskId: s.taskId, verb: 'PRAISE', summary: 'good', score: 9 }),
    )
    expect(review).toMatchObject({ status: 'CLOSED', score: 9, submission: 1, reviewer: s.leadPrincipalId })
    expect(await statusOf(s.h, s.taskId)).toBe('REVIEW')
    const thread = unwrap(await s.h.admin.messages.list({ taskId: s.taskId })).data
    expect(thread.map(({ type }) => type)).toEqual(['REVIEW'])
  })
})

describe('CHANGESET', () => {
  test('R-66 sent twice, also at the same moment, it is one cycle and one transition', async () => {
    const s = await inReview()
    const changes = { taskId: s.taskId, ...CHANGES }
    await Promise.all([s.lead.reviews.post(changes), s.lead.reviews.post(changes)])
    unwrap(await s.lead.reviews.post(changes))
    const task = unwrap(await s.h.admin.tasks.get({ taskId: s.taskId }))
    expect(task).toMatchObject({ status: 'IN_PROGRESS', reviewCycles: 1, claim: { agentId: s.worker.id } })
    expect(await reviewsOf(s)).toHaveLength(1)
    const moves = unwrap(await s.h.admin.tasks.transitions({ taskId: s.taskId })).data
    expect(moves.filter(({ from, to }) => from === 'REVIEW' && to === 'IN_PROGRESS')).toHaveLength(1)
  })

  test('the work is handed in again only when each item is resolved', async () => {
    const s = await inReview()
    const items = [...CHANGES.items, { file: 'b.md', change: 'shorter' }]
    const { review } = unwrap(await s.lead.reviews.post({ taskId: s.taskId, ...CHANGES, items }))
    const early = await s.worker.client.tasks.complete({ taskId: s.taskId, epoch: s.epoch, deliverable: 'again' })
    expect(codeOf(early)).toBe('TRANSITION_REFUSED')
    const resolve = { reviewId: review.id, resolution: 'done', epoch: s.epoch }
    expect(unwrap(await s.worker.client.reviews.resolveItem({ ...resolve, item: 0 })).status).toBe('OPEN')
    expect(codeOf(await s.worker.client.reviews.resolveItem({ ...resolve, item: 5 }))).toBe('NOT_FOUND')
    expect(unwrap(await s.worker.client.reviews.resolveItem({ ...resolve, item: 1 })).status).toBe('RESOLVED')
    expect(codeOf(await s.lead.reviews.resolveItem({ ...resolve, item: 1 }))).toBe('LEASE_LOST')
    unwrap(await s.worker.client.tasks.complete({ taskId: s.taskId, epoch: s.epoch, deliverable: 'again' }))
    expect(unwrap(await s.h.admin.tasks.get({ taskId: s.taskId })).submission).toBe(2)
  })

  test('R-68 the fourth blocks the task with a summary, and the count stays', async () => {
    const s = await inReview()
    for (let cycle = 1; cycle <= 3; cycle++) {
      unwrap(await s.lead.reviews.post({ taskId: s.taskId, ...CHANGES, summary: `reason ${cycle}` }))
      await rework(s, `version ${cycle}`)
    }
    unwrap(await s.lead.reviews.post({ taskId: s.taskId, ...CHANGES, summary: 'reason 4' }))
    const task = unwrap(await s.h.admin.tasks.get({ taskId: s.taskId }))
    expect(task).toMatchObject({ status: 'BLOCKED', reviewCycles: 3 })
    for (const cycle of [1, 2, 3, 4]) expect(task.blockedReason).toContain(`reason ${cycle}`)
    const alerts = unwrap(await s.h.admin.alerts.list({})).data.map(({ type }) => type)
    expect(alerts).toEqual(expect.arrayContaining(['LOOP_DETECTED', 'TASK_BLOCKED']))
  })
})

describe('REFUTE', () => {
  test('an open dispute blocks DONE and any approval of the work', async () => {
    const s = await inReview()
    const { review } = unwrap(await s.lead.reviews.post({ taskId: s.taskId, ...DISPUTE }))
    expect(review).toMatchObject({ status: 'OPEN', round: 1, severity: 'MAJOR' })
    expect(codeOf(await s.ann.tasks.transition({ taskId: s.taskId, to: 'DONE', reason: 'fine' }))).toBe(
      'TRANSITION_REFUSED',
    )
    const approve = { taskId: s.taskId, verb: 'APPROVE', summary: 'fine', verified: VERIFIED } as const
    expect(codeOf(await s.ann.reviews.post(approve))).toBe('REVIEW_REFUSED')
  })

  test('one open review each: the same again is the same, another one is refused', async () => {
    const s = await inReview()
    const first = unwrap(await s.lead.reviews.post({ taskId: s.taskId, ...DISPUTE })).review
    expect(unwrap(await s.lead.reviews.post({ taskId: s.taskId, ...DISPUTE })).review.id).toBe(first.id)
    expect(codeOf(await s.lead.reviews.post({ taskId: s.taskId, ...CHANGES }))).toBe('REVIEW_REFUSED')
    expect(await reviewsOf(s)).toHaveLength(1)
  })
})

describe('APPROVE', () => {
  const approve = (taskId: string) => ({ taskId, verb: 'APPROVE', summary: 'good work', verified: VERIFIED }) as const

  test('verifies or notes every item itself', async () => {
    const s = await inReview()
    const missing = { ...approve(s.taskId), verified: VERIFIED.slice(1) }
    const refused = await s.lead.reviews.post(missing)
    expect(refused).toMatchObject({
      ok: false,
      error: { code: 'VALIDATION', errors: [{ message: expect.stringContaining('audience') }] },
    })
    const blank = [{ key: 'audience', checked: false, note: ' ' }, ...VERIFIED.slice(1)]
    expect(codeOf(await s.lead.reviews.post({ ...missing, verified: blank }))).toBe('VALIDATION')
    const noted = [{ key: 'audience', checked: false, note: 'could not tell' }, ...VERIFIED.slice(1)]
    unwrap(await s.lead.reviews.post({ ...missing, verified: noted }))
    const items = unwrap(await s.h.admin.tasks.get({ taskId: s.taskId })).checklist?.items ?? []
    expect(items.filter(({ verifiedBy }) => verifiedBy === s.leadPrincipalId)).toHaveLength(DOCS.length - 1)
  })

  test('asks a human for the completion of this deliverable, and the yes finishes the task', async () => {
    const s = await inReview()
    const { approvalId } = unwrap(await s.lead.reviews.post(approve(s.taskId)))
    const task = unwrap(await s.h.admin.tasks.get({ taskId: s.taskId }))
    expect(task).toMatchObject({ status: 'NEEDS_APPROVAL', returnStatus: 'REVIEW', waitingFor: [approvalId] })
    const approval = unwrap(await s.h.admin.approvals.get({ approvalId: approvalId ?? '' }))
    expect(approval).toMatchObject({
      actionType: 'COMPLETE_TASK',
      riskLevel: 'YELLOW',
      requesterId: 'system',
      onBehalfOfAgentId: s.worker.id,
      payload: { submission: 1, deliverableHash: task.deliverable?.hash },
    })
    expect(unwrap(await s.lead.reviews.post(approve(s.taskId))).review.verb).toBe('APPROVE')
    expect(await reviewsOf(s)).toHaveLength(1)
    const cao = await s.h.agent({ name: 'Cleo', role: 'LEAD', isCao: true })
    const decide = { approvalId: approvalId ?? '', verdict: 'APPROVE' } as const
    expect(codeOf(await cao.client.approvals.decide(decide))).toBe('FORBIDDEN')
    expect(unwrap(await s.ann.approvals.decide(decide)).usedAt).not.toBeNull()
    expect(await statusOf(s.h, s.taskId)).toBe('DONE')
  })

  test('denied, the task is BLOCKED; withdrawn, it is in REVIEW and may be approved again', async () => {
    const denied = await inReview()
    const first = unwrap(await denied.lead.reviews.post(approve(denied.taskId))).approvalId ?? ''
    unwrap(await denied.ann.approvals.decide({ approvalId: first, verdict: 'DENY', reason: 'not ready' }))
    expect(await statusOf(denied.h, denied.taskId)).toBe('BLOCKED')
    const s = await inReview()
    const approvalId = unwrap(await s.lead.reviews.post(approve(s.taskId))).approvalId ?? ''
    unwrap(await s.ann.approvals.cancel({ approvalId }))
    expect(await statusOf(s.h, s.taskId)).toBe('REVIEW')
    const again = unwrap(await s.lead.reviews.post(approve(s.taskId)))
    expect(again.approvalId).not.toBe(approvalId)
    expect(await statusOf(s.h, s.taskId)).toBe('NEEDS_APPROVAL')
  })

  test('where the word of the reviewer suffices, the task is DONE at once', async () => {
    const s = await inReview({
      rules: { reviewerApprovalSuffices: true, reviewToDoneRequiresHuman: false, leadMayDecide: true },
    })
    unwrap(await s.lead.reviews.post(approve(s.taskId)))
    expect(await statusOf(s.h, s.taskId)).toBe('DONE')
    const human = await inReview({ rules: { reviewerApprovalSuffices: true } })
    unwrap(await human.lead.reviews.post(approve(human.taskId)))
    expect(await statusOf(human.h, human.taskId)).toBe('NEEDS_APPROVAL')
  })

  /** The work is approved, but its task waits for something else too, so the permission is left unused. */
  async function approvedAndUnused() {
    const s = await inReview({ rules: { reviewToDoneRequiresHuman: false } })
    const approvalId = unwrap(await s.lead.reviews.post(approve(s.taskId))).approvalId ?? ''
    const payload = { model: 'local', estimatedCostMicros: 1 }
    const other = unwrap(
      await s.worker.client.approvals.request({
        actionType: 'RUN_START',
        payload,
        taskId: s.taskId,
        epoch: s.epoch,
        justification: 'more',
      }),
    )
    for (const id of [approvalId, other.id])
      unwrap(await s.ann.approvals.decide({ approvalId: id, verdict: 'APPROVE' }))
    expect(await statusOf(s.h, s.taskId)).toBe('REVIEW')
    return { ...s, approvalId }
  }

  test('a yes while the task waits for something else leaves a permission that finishes it once', async () => {
    const s = await approvedAndUnused()
    unwrap(await s.lead.tasks.transition({ taskId: s.taskId, to: 'DONE', reason: 'approved' }))
    expect(await statusOf(s.h, s.taskId)).toBe('DONE')
  })

  test('R-67 a new deliverable voids the approval of the one before', async () => {
    const s = await approvedAndUnused()
    unwrap(await s.lead.reviews.post({ taskId: s.taskId, ...CHANGES }))
    await rework(s, 'another guide')
    const statuses = (await reviewsOf(s)).map(({ verb, status }) => `${verb} ${status}`).sort()
    expect(statuses).toEqual(['APPROVE SUPERSEDED', 'CHANGESET RESOLVED'])
    const finish = await s.lead.tasks.transition({ taskId: s.taskId, to: 'DONE', reason: 'approved' })
    expect(codeOf(finish)).toBe('APPROVAL_REQUIRED')
    expect(await statusOf(s.h, s.taskId)).toBe('REVIEW')
  })

  test('R-67 the same deliverable handed in again needs a new approval too', async () => {
    const s = await approvedAndUnused()
    unwrap(await s.lead.reviews.post({ taskId: s.taskId, ...CHANGES }))
    await rework(s, 'the guide')
    expect(codeOf(await s.lead.tasks.transition({ taskId: s.taskId, to: 'DONE', reason: 'approved' }))).toBe(
      'APPROVAL_REQUIRED',
    )
  })
})

test('R-67 another deliverable under the same submission sets what was said of the one before aside', async () => {
  const s = await inReview()
  unwrap(await s.lead.reviews.post({ taskId: s.taskId, ...DISPUTE }))
  unwrap(await s.ann.tasks.transition({ taskId: s.taskId, to: 'NEEDS_APPROVAL', reason: 'please decide' }))
  const deliverable = { content: 'another guide' }
  unwrap(await s.ann.tasks.transition({ taskId: s.taskId, to: 'REVIEW', reason: 'mended', deliverable }))
  expect((await reviewsOf(s)).map(({ status }) => status)).toEqual(['SUPERSEDED'])
  expect(unwrap(await s.h.admin.approvals.list({ taskId: s.taskId })).data.map(({ status }) => status)).toEqual([
    'CANCELED',
  ])
})

test('a dispute is not lost behind any number of other reviews, nor a request behind other requests', async () => {
  const s = await inReview()
  for (let nth = 0; nth < 101; nth++) {
    unwrap(await s.ann.reviews.post({ taskId: s.taskId, verb: 'PRAISE', summary: `good ${nth}` }))
  }
  unwrap(await s.lead.reviews.post({ taskId: s.taskId, ...DISPUTE }))
  expect(codeOf(await s.ann.tasks.transition({ taskId: s.taskId, to: 'DONE', reason: 'fine' }))).toBe(
    'TRANSITION_REFUSED',
  )
  const working = await scene()
  const call = (amount: number) => ({
    ...RED_CALL,
    ...WHY,
    input: { amount },
    taskId: working.taskId,
    epoch: working.epoch,
  })
  for (let nth = 0; nth < 101; nth++) {
    const { approvalId } = unwrap(await working.worker.client.toolCalls.gate({ ...call(nth), sessionKey: `s${nth}` }))
    unwrap(await working.worker.client.approvals.cancel({ approvalId: approvalId ?? '' }))
  }
  const { approvalId } = unwrap(await working.worker.client.toolCalls.gate({ ...call(999), sessionKey: 'last' }))
  unwrap(await working.ann.tasks.transition({ taskId: working.taskId, to: 'CANCELED', reason: 'not needed' }))
  expect(unwrap(await working.h.admin.approvals.get({ approvalId: approvalId ?? '' })).status).toBe('CANCELED')
})
