import { type MissionControlClient, type OneTimeCodes, unwrap } from '@mission-control/core'
import { describe, expect, test } from 'vitest'
import { askRed, codeOf, type Scene, scene, WHY, YELLOW_CALL } from './governed-task.ts'

/** The code `code-7` is the seventh of everybody. */
const CODES: OneTimeCodes = {
  verify: async (_, code) => (/^code-\d+$/.test(code) ? Number(code.slice('code-'.length)) : null),
}
const YES = { verdict: 'APPROVE', reason: 'fine' } as const

async function enrolled(sections = {}): Promise<Scene> {
  const s = await scene(sections, { oneTimeCodes: CODES })
  expect(codeOf(await s.ann.principals.enrollSecondFactor({}))).toBe('SECOND_FACTOR_REQUIRED')
  expect(unwrap(await s.ann.principals.enrollSecondFactor({}, { oneTimeCode: 'code-1' })).totpEnrolled).toBe(true)
  return s
}

function decide(who: MissionControlClient, approvalId: string, oneTimeCode?: string) {
  return who.approvals.decide({ approvalId, ...YES }, oneTimeCode === undefined ? {} : { oneTimeCode })
}

async function principalId({ h }: Scene, name: string): Promise<string> {
  const { data } = unwrap(await h.admin.principals.list({}))
  return data.find(({ displayName }) => displayName === name)?.id ?? ''
}

describe('whoever is enrolled', () => {
  test('brings a right and unused code to each decision on a RED act', async () => {
    const s = await enrolled()
    const approvalId = await askRed(s)
    expect(codeOf(await decide(s.ann, approvalId))).toBe('SECOND_FACTOR_REQUIRED')
    expect(codeOf(await decide(s.ann, approvalId, 'guess'))).toBe('SECOND_FACTOR_REQUIRED')
    expect(codeOf(await decide(s.ann, approvalId, 'code-1'))).toBe('SECOND_FACTOR_REQUIRED')
    const counted = unwrap(await decide(s.ann, approvalId, 'code-2'))
    expect(counted.decisions).toMatchObject([{ name: 'Ann', secondFactor: true }])
    // Repeated, the verdict stands and takes no further code; Bob is not enrolled and owes none.
    expect(codeOf(await decide(s.ann, approvalId, 'code-2'))).toBe('ok')
    expect(unwrap(await decide(s.bob, approvalId))).toMatchObject({
      status: 'APPROVED',
      decisions: [{ secondFactor: true }, { secondFactor: false }],
    })
  })

  test('decides on one act with one code, also at the same moment', async () => {
    const s = await enrolled()
    const ids = [await askRed(s, { amount: 1 }), await askRed(s, { amount: 2 })]
    const outcomes = await Promise.all(ids.map((approvalId) => decide(s.ann, approvalId, 'code-5')))
    expect(outcomes.map(codeOf).sort()).toEqual(['SECOND_FACTOR_REQUIRED', 'ok'])
    expect(codeOf(await decide(s.ann, ids[0] ?? '', 'code-4'))).not.toBe(
      codeOf(await decide(s.ann, ids[1] ?? '', 'code-4')),
    )
  })

  test('brings one to a denial as well, and none to YELLOW', async () => {
    const s = await enrolled()
    const deny = { approvalId: await askRed(s), verdict: 'DENY', reason: 'no' } as const
    expect(codeOf(await s.ann.approvals.decide(deny))).toBe('SECOND_FACTOR_REQUIRED')
    expect(unwrap(await s.ann.approvals.decide(deny, { oneTimeCode: 'code-9' })).status).toBe('DENIED')
    const intern = await s.h.agent({ name: 'Ines', role: 'INTERN' })
    const { approvalId } = unwrap(await intern.client.toolCalls.gate({ ...YELLOW_CALL, ...WHY }))
    expect(unwrap(await decide(s.ann, approvalId ?? '')).status).toBe('APPROVED')
  })

  test('is let go only by another ADMIN', async () => {
    const s = await enrolled()
    const ann = { principalId: await principalId(s, 'Ann'), reason: 'lost her telephone' }
    expect(codeOf(await s.ann.principals.resetSecondFactor(ann))).toBe('FORBIDDEN')
    expect(codeOf(await s.bob.principals.resetSecondFactor(ann))).toBe('FORBIDDEN')
    const ada = { principalId: await principalId(s, 'Ada'), reason: 'so' }
    expect(codeOf(await s.h.admin.principals.resetSecondFactor(ada))).toBe('FORBIDDEN')
    expect(unwrap(await s.h.admin.principals.resetSecondFactor(ann)).totpEnrolled).toBe(false)
    // What was used stays used.
    expect(codeOf(await s.ann.principals.enrollSecondFactor({}, { oneTimeCode: 'code-1' }))).toBe(
      'SECOND_FACTOR_REQUIRED',
    )
  })
})

test('where the policy wants it, everybody brings one; agents have none and do not enrol', async () => {
  const s = await scene({ rules: { redRequiresSecondFactor: true } }, { oneTimeCodes: CODES })
  const cao = await s.h.agent({ name: 'Cleo', role: 'LEAD', isCao: true })
  const approvalId = await askRed(s)
  expect(codeOf(await cao.client.principals.enrollSecondFactor({}, { oneTimeCode: 'code-1' }))).toBe('FORBIDDEN')
  expect(codeOf(await decide(cao.client, approvalId))).toBe('SECOND_FACTOR_REQUIRED')
  expect(codeOf(await decide(s.ann, approvalId))).toBe('SECOND_FACTOR_REQUIRED')
  expect(codeOf(await decide(s.ann, approvalId, 'code-1'))).toBe('ok')
  expect(unwrap(await decide(s.bob, approvalId, 'code-1')).status).toBe('APPROVED')
})

test('a code never reaches the log', async () => {
  const s = await enrolled()
  unwrap(await decide(s.ann, await askRed(s), 'code-4242'))
  expect(JSON.stringify(unwrap(await s.h.admin.events.list({ limit: 200 })).data)).not.toContain('4242')
})
