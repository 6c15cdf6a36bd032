import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Approval } from '../model/approval.ts'
import type { PolicyRules } from '../model/policy.ts'
import {
  approvalTtlMs,
  authorityProblem,
  type DecisionQuestion,
  dutyProblem,
  type GrantUse,
  hasExpired,
  isLiveGrant,
  outcomeOf,
  requiredDecisions,
} from './approval.ts'
import { ancestryOf } from './parties.ts'
import { completionPayload, payloadHash } from './payload-hash.ts'
import { DEFAULT_POLICY } from './policy/defaults.ts'

const RULES = DEFAULT_POLICY.rules as unknown as PolicyRules
const NOW = 1_000_000

function approval(fields: Partial<Approval> = {}): Approval {
  return {
    id: 'apr_1',
    version: 1,
    createdAt: 0,
    updatedAt: 0,
    projectId: 'prj_1',
    requesterId: 'prn_worker',
    onBehalfOfAgentId: 'worker',
    taskId: 'tsk_1',
    taskEpoch: 1,
    runId: null,
    toolCallId: null,
    covers: [],
    riskLevel: 'RED',
    actionType: 'TOOL_CALL',
    actionSummary: 'act',
    payload: {},
    payloadHash: 'hash',
    justification: 'why',
    rollbackPlan: 'undo',
    estimatedCostMicros: null,
    policyVersion: 'p@1',
    expiresAt: NOW,
    ttlMs: 1000,
    escalationLevel: 0,
    escalatesAt: null,
    status: 'PENDING',
    requiredDecisions: 2,
    decidedAt: null,
    decisions: [],
    maxUses: 1,
    grantExpiresAt: null,
    usedAt: null,
    redactedFields: [],
    ...fields,
  }
}

/** parent → worker → child; a stranger, a former holder, the CAO. */
const ANCESTRY = ancestryOf([
  { id: 'grandparent', parentAgentId: null },
  { id: 'parent', parentAgentId: 'grandparent' },
  { id: 'worker', parentAgentId: 'parent' },
  { id: 'child', parentAgentId: 'worker' },
  { id: 'former', parentAgentId: null },
  { id: 'child-of-former', parentAgentId: 'former' },
  { id: 'sibling', parentAgentId: 'parent' },
  { id: 'stranger', parentAgentId: null },
])
const TASK = { type: 'DOCS', assigneeIds: ['worker'], workedBy: ['former', 'worker'] } as const

function question(fields: Partial<DecisionQuestion> = {}): DecisionQuestion {
  return {
    approval: approval(),
    requesterAgentId: 'worker',
    task: { ...TASK, assigneeIds: [...TASK.assigneeIds], workedBy: [...TASK.workedBy] },
    decider: { principalId: 'prn_ann', mayDecide: true, agent: null },
    verdict: 'APPROVE',
    rules: RULES,
    ancestry: ANCESTRY,
    isSecondOverride: false,
    ...fields,
  }
}

function agentDecider(id: string, fields: Partial<NonNullable<DecisionQuestion['decider']['agent']>> = {}) {
  const agent: NonNullable<DecisionQuestion['decider']['agent']> = {
    id,
    role: 'LEAD',
    isCao: false,
    allowedTaskTypes: [],
    ...fields,
  }
  return { principalId: `prn_${id}`, mayDecide: agent.isCao, agent }
}

describe('separation of duties', () => {
  test('R-53 the requester, its spawn line, workers of the task and theirs may not decide', () => {
    for (const id of ['worker', 'parent', 'grandparent', 'child', 'former', 'child-of-former']) {
      expect(dutyProblem(question({ decider: agentDecider(id, { isCao: true }) })), id).not.toBeNull()
    }
    for (const id of ['stranger', 'sibling']) {
      expect(dutyProblem(question({ decider: agentDecider(id, { isCao: true }) })), id).toBeNull()
    }
  })

  test('R-53 also when the system asks for the agent, and for a human who asked', () => {
    const bySystem = approval({ requesterId: 'system' })
    const decider = agentDecider('parent', { isCao: true })
    expect(dutyProblem(question({ approval: bySystem, requesterAgentId: null, task: null, decider }))).not.toBeNull()
    const byAnn = approval({ requesterId: 'prn_ann' })
    expect(dutyProblem(question({ approval: byAnn, requesterAgentId: null }))).not.toBeNull()
  })

  test('R-53 an agent whose spawn line cannot be told does not decide', () => {
    const decider = agentDecider('unknown', { isCao: true })
    expect(dutyProblem(question({ decider, ancestry: new Map() }))).not.toBeNull()
    const cut = new Map([...ANCESTRY].filter(([id]) => id !== 'grandparent'))
    expect(dutyProblem(question({ decider: agentDecider('stranger'), ancestry: cut }))).not.toBeNull()
    expect(dutyProblem(question({ ancestry: new Map() }))).toBeNull()
  })
})

describe('authority', () => {
  const cao = agentDecider('stranger', { isCao: true })
  const lead = agentDecider('stranger', { allowedTaskTypes: ['DOCS'] })
  const yellow = approval({ riskLevel: 'YELLOW', requiredDecisions: 1 })
  const may = (fields: Partial<DecisionQuestion>) => authorityProblem(question(fields)) === null

  test('R-54 whoever lacks the permission decides nothing', () => {
    expect(may({ decider: { principalId: 'prn_v', mayDecide: false, agent: null } })).toBe(false)
    expect(may({ approval: yellow, decider: agentDecider('stranger', { role: 'SPECIALIST' }) })).toBe(false)
    expect(may({ approval: yellow, decider: lead })).toBe(false)
  })

  test('a human decides everything', () => {
    expect(may({})).toBe(true)
    for (const actionType of ['COMPLETE_TASK', 'BUDGET_OVERRIDE', 'SPAWN'] as const) {
      expect(may({ approval: approval({ actionType }), isSecondOverride: true })).toBe(true)
    }
  })

  test('the CAO: YELLOW, SPAWN, one of two on RED, never the only one, and completions only where no human is needed', () => {
    expect(may({ approval: yellow, decider: cao })).toBe(true)
    expect(may({ approval: { ...yellow, actionType: 'SPAWN' }, decider: cao })).toBe(true)
    expect(may({ decider: cao })).toBe(true)
    expect(may({ approval: approval({ requiredDecisions: 1 }), decider: cao })).toBe(false)
    expect(may({ approval: approval({ requiredDecisions: 1 }), decider: cao, verdict: 'DENY' })).toBe(true)
    const completion = { ...yellow, actionType: 'COMPLETE_TASK' } as const
    expect(may({ approval: completion, decider: cao })).toBe(false)
    expect(may({ approval: completion, decider: cao, rules: null })).toBe(false)
    expect(may({ approval: completion, decider: cao, rules: { ...RULES, reviewToDoneRequiresHuman: false } })).toBe(
      true,
    )
  })

  test('R-115 the CAO approves one override per account and window', () => {
    const override = { ...yellow, actionType: 'BUDGET_OVERRIDE' } as const
    expect(may({ approval: override, decider: cao })).toBe(true)
    expect(may({ approval: override, decider: cao, isSecondOverride: true })).toBe(false)
  })

  test('a LEAD: YELLOW of its types where the policy lets it, and never money', () => {
    const rules = { ...RULES, leadMayDecide: true }
    expect(may({ approval: yellow, decider: lead, rules })).toBe(true)
    expect(may({ decider: lead, rules })).toBe(false)
    expect(may({ approval: yellow, decider: agentDecider('stranger', { allowedTaskTypes: ['OPS'] }), rules })).toBe(
      false,
    )
    expect(may({ approval: yellow, decider: lead, rules, task: null })).toBe(false)
    for (const actionType of ['BUDGET_OVERRIDE', 'SPAWN', 'COMPLETE_TASK'] as const) {
      expect(may({ approval: { ...yellow, actionType }, decider: lead, rules }), actionType).toBe(false)
    }
    const open = { ...rules, caoApprovalRequired: false, reviewToDoneRequiresHuman: false }
    for (const actionType of ['SPAWN', 'COMPLETE_TASK'] as const) {
      expect(may({ approval: { ...yellow, actionType }, decider: lead, rules: open }), actionType).toBe(true)
    }
  })
})

describe('quorum', () => {
  type Entry = Approval['decisions'][number]
  const entry = fc.record({
    who: fc.integer({ min: 0, max: 3 }),
    kind: fc.constantFrom('HUMAN', 'HUMAN', 'AGENT'),
    verdict: fc.constantFrom('APPROVE', 'APPROVE', 'APPROVE', 'DENY'),
  })
  const decisions = fc.array(entry, { maxLength: 6 }).map((entries) =>
    entries.map(
      ({ who, kind, verdict }): Entry => ({
        principalId: `${kind}-${who}`,
        kind: kind as Entry['kind'],
        name: 'n',
        verdict: verdict as Entry['verdict'],
        reason: 'r',
        secondFactor: false,
        at: 0,
      }),
    ),
  )

  test('R-55 RED is never approved by fewer distinct principals than its quorum, nor without a human', () => {
    fc.assert(
      fc.property(decisions, fc.constantFrom(1, 2), (given, required) => {
        const outcome = outcomeOf({ riskLevel: 'RED', requiredDecisions: required, decisions: given })
        if (outcome !== 'APPROVED') return
        const yes = given.filter(({ verdict }) => verdict === 'APPROVE')
        expect(new Set(yes.map(({ principalId }) => principalId)).size).toBeGreaterThanOrEqual(required)
        expect(yes.some(({ kind }) => kind === 'HUMAN')).toBe(true)
      }),
    )
  })

  test('one denial wins, whatever else was said and in whatever order', () => {
    fc.assert(
      fc.property(decisions, fc.constantFrom<'RED' | 'YELLOW'>('RED', 'YELLOW'), (given, riskLevel) => {
        const isDenied = given.some(({ verdict }) => verdict === 'DENY')
        expect(outcomeOf({ riskLevel, requiredDecisions: 2, decisions: given }) === 'DENIED').toBe(isDenied)
      }),
    )
  })

  test('the yes of somebody who became a party counts no longer', () => {
    const yes = (principalId: string, kind: Entry['kind']): Entry => ({
      principalId,
      kind,
      name: 'n',
      verdict: 'APPROVE',
      reason: 'r',
      secondFactor: false,
      at: 0,
    })
    const given = {
      riskLevel: 'RED',
      requiredDecisions: 2,
      decisions: [yes('cao', 'AGENT'), yes('ann', 'HUMAN')],
    } as const
    const both = { ...given, decisions: [...given.decisions] }
    expect(outcomeOf(both)).toBe('APPROVED')
    expect(outcomeOf(both, (id) => id !== 'cao')).toBe('PENDING')
  })

  test('how many and how long follow from risk and policy; without one, strictly', () => {
    expect(requiredDecisions('RED', null)).toBe(2)
    expect(requiredDecisions('RED', { ...RULES, redQuorum: 1 })).toBe(1)
    expect(requiredDecisions('YELLOW', RULES)).toBe(1)
    expect(approvalTtlMs('TOOL_CALL', 'RED', null)).toBe(3_600_000)
    expect(approvalTtlMs('TOOL_CALL', 'YELLOW', null)).toBe(86_400_000)
    expect(approvalTtlMs('BUDGET_OVERRIDE', 'YELLOW', { ...RULES, yellowTtlMs: 60_000 })).toBe(86_400_000)
  })
})

describe('grants', () => {
  const granted = approval({ status: 'APPROVED', grantExpiresAt: NOW + 1000, estimatedCostMicros: 10 })
  const use: GrantUse = {
    actionType: 'TOOL_CALL',
    payloadHash: 'hash',
    agentId: 'worker',
    taskId: 'tsk_1',
    taskEpoch: 1,
    estimatedCostMicros: 10,
    policyVersion: 'p@1',
  }

  test('R-58 a grant is for one agent, task, epoch, payload and policy, at no higher estimate, until it runs out, once', () => {
    expect(isLiveGrant(granted, use, NOW)).toBe(true)
    const others: Partial<GrantUse>[] = [
      { actionType: 'RUN_START' },
      { payloadHash: 'other' },
      { agentId: 'child' },
      { taskId: null },
      { taskId: 'tsk_2' },
      { taskEpoch: 2 },
      { taskEpoch: null },
      { estimatedCostMicros: 11 },
      { policyVersion: 'p@2' },
      { policyVersion: null },
    ]
    for (const other of others)
      expect(isLiveGrant(granted, { ...use, ...other }, NOW), JSON.stringify(other)).toBe(false)
    expect(isLiveGrant(granted, use, NOW + 1000)).toBe(false)
    expect(isLiveGrant({ ...granted, usedAt: NOW }, use, NOW)).toBe(false)
    for (const status of ['PENDING', 'DENIED', 'EXPIRED', 'CANCELED'] as const) {
      expect(isLiveGrant({ ...granted, status }, use, NOW), status).toBe(false)
    }
    expect(isLiveGrant(granted, { ...use, estimatedCostMicros: null }, NOW)).toBe(true)
  })

  test('R-59 the clock ends a request to the millisecond', () => {
    expect(hasExpired(approval(), NOW - 1)).toBe(false)
    expect(hasExpired(approval(), NOW)).toBe(true)
    expect(hasExpired(approval({ status: 'APPROVED' }), NOW)).toBe(false)
  })

  test('the hash binds every part of the act', () => {
    const act = {
      projectId: 'p',
      agentId: 'a',
      taskId: 't',
      actionType: 'TOOL_CALL',
      payload: { x: 1, y: [2] },
    } as const
    const hash = payloadHash(act)
    expect(payloadHash({ ...act, payload: { y: [2], x: 1 } })).toBe(hash)
    const others = [
      { projectId: 'q' },
      { agentId: 'b' },
      { taskId: null },
      { actionType: 'SPAWN' as const },
      { payload: { x: 1, y: [3] } },
    ]
    for (const other of others) expect(payloadHash({ ...act, ...other })).not.toBe(hash)
    expect(completionPayload({ submission: 2, deliverable: null })).toEqual({ submission: 2, deliverableHash: null })
  })
})
