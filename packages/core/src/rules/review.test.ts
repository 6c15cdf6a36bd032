import { describe, expect, test } from 'vitest'
import type { Review } from '../model/review.ts'
import { CHECKLISTS } from './checklists.ts'
import { ancestryOf } from './parties.ts'
import {
  isOpenDispute,
  loopSummary,
  reviewContentHash,
  reviewProblem,
  verificationErrors,
  verifiedChecklist,
} from './review.ts'

const TASK = { id: 'tsk_1', status: 'REVIEW', reviewerId: null, assigneeIds: ['worker'], workedBy: ['former'] } as const
const ANCESTRY = ancestryOf([
  { id: 'parent', parentAgentId: null },
  { id: 'worker', parentAgentId: 'parent' },
  { id: 'former', parentAgentId: null },
  { id: 'child', parentAgentId: 'former' },
  { id: 'lead', parentAgentId: null },
  { id: 'intern', parentAgentId: null },
])

function task(fields: Partial<Parameters<typeof reviewProblem>[0]> = {}) {
  return { ...TASK, assigneeIds: [...TASK.assigneeIds], workedBy: [...TASK.workedBy], ...fields }
}

function by(agentId: string | null, mayReview = true) {
  return { principalId: `prn_${agentId}`, mayReview, agent: agentId === null ? null : { id: agentId } }
}

const REVIEW: Review = {
  id: 'rvw_1',
  version: 1,
  createdAt: 0,
  updatedAt: 0,
  projectId: 'prj_1',
  taskId: 'tsk_1',
  submission: 1,
  reviewer: 'prn_lead',
  verb: 'CHANGESET',
  deliverableHash: 'h',
  summary: 'why',
  score: null,
  status: 'OPEN',
  round: 1,
  response: null,
  claim: null,
  evidence: null,
  severity: null,
  items: [{ file: 'a', change: 'b', lineNumber: null, resolution: null, resolvedAt: null }],
  redactedFields: [],
}

describe('who reviews', () => {
  test('R-65 no party: author, former holder, spawn line of these', () => {
    for (const id of ['worker', 'former', 'parent', 'child'])
      expect(reviewProblem(task(), by(id), ANCESTRY), id).not.toBeNull()
    expect(reviewProblem(task(), by('lead'), ANCESTRY)).toBeNull()
    expect(reviewProblem(task(), by(null), ANCESTRY)).toBeNull()
    expect(reviewProblem(task(), by('stranger'), ANCESTRY), 'an agent of an unknown line').not.toBeNull()
  })

  test('R-65 not even where it is named', () => {
    expect(reviewProblem(task({ reviewerId: 'prn_former' }), by('former'), ANCESTRY)).not.toBeNull()
  })

  test('without the permission only whoever is named, and only in REVIEW', () => {
    expect(reviewProblem(task(), by('intern', false), ANCESTRY)).not.toBeNull()
    expect(reviewProblem(task({ reviewerId: 'prn_intern' }), by('intern', false), ANCESTRY)).toBeNull()
    for (const status of ['INBOX', 'IN_PROGRESS', 'NEEDS_APPROVAL', 'BLOCKED', 'DONE'] as const) {
      expect(reviewProblem(task({ status }), by('lead'), ANCESTRY), status).not.toBeNull()
    }
  })
})

describe('what a review says', () => {
  test('an approval verifies or notes each item of the type and no other', () => {
    const all = CHECKLISTS.OPS.map(([key]) => ({ key, checked: true }))
    expect(verificationErrors('OPS', all)).toEqual([])
    expect(verificationErrors('OPS', all.slice(1))).toHaveLength(1)
    expect(verificationErrors('OPS', [...all, { key: 'style', checked: true }])).toHaveLength(1)
    expect(verificationErrors('OPS', [{ key: 'changeRecord', checked: false, note: 'n/a' }, ...all.slice(1)])).toEqual(
      [],
    )
    expect(verificationErrors('OPS', [{ key: 'changeRecord', checked: false }, ...all.slice(1)])).toHaveLength(1)
  })

  test('the name of the reviewer is on what it verified only', () => {
    const items = CHECKLISTS.OPS.map(([key, label]) => ({
      key,
      label,
      checked: true,
      note: null,
      verifiedBy: null,
      verifiedAt: null,
    }))
    const verified = [
      { key: 'changeRecord', checked: true },
      { key: 'backup', checked: false, note: 'no access' },
    ]
    const after = verifiedChecklist({ type: 'OPS', items }, verified, 'prn_lead', 5)
    expect(after?.items.filter(({ verifiedBy }) => verifiedBy !== null)).toMatchObject([
      { key: 'changeRecord', verifiedBy: 'prn_lead', verifiedAt: 5 },
    ])
    expect(verifiedChecklist(null, verified, 'prn_lead', 5)).toBeNull()
  })

  test('R-66 the same words are the same review, resolved or not; any other word is another', () => {
    const resolved = {
      ...REVIEW,
      status: 'RESOLVED',
      items: REVIEW.items.map((item) => ({ ...item, resolvedAt: 1 })),
    } as const
    expect(reviewContentHash(resolved)).toBe(reviewContentHash(REVIEW))
    for (const other of [
      { summary: 'x' },
      { submission: 2 },
      { reviewer: 'prn_x' },
      { verb: 'PRAISE' as const },
      { items: [] },
    ]) {
      expect(reviewContentHash({ ...REVIEW, ...other })).not.toBe(reviewContentHash(REVIEW))
    }
  })

  test('a dispute is open until it is answered for good', () => {
    const dispute = (status: Review['status']) => isOpenDispute({ verb: 'REFUTE', status })
    expect([dispute('OPEN'), dispute('ESCALATED')]).toEqual([true, true])
    expect([dispute('ACCEPTED'), dispute('REJECTED'), dispute('SUPERSEDED')]).toEqual([false, false, false])
    expect(isOpenDispute({ verb: 'CHANGESET', status: 'OPEN' })).toBe(false)
  })

  test('R-68 the summary tells each request', () => {
    const summary = loopSummary(
      { reviewCycles: 3 },
      [REVIEW, { ...REVIEW, submission: 2, summary: 'again' }],
      '3. still',
    )
    expect(summary.split('\n').slice(1)).toEqual(['1. why', '2. again', '3. still'])
  })
})
