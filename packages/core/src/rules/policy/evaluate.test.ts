import { describe, expect, it } from 'vitest'
import { compilePolicy } from './compile.ts'
import { DEFAULT_POLICY } from './defaults.ts'
import { type EvaluationInput, evaluate } from './evaluate.ts'
import type { RiskLevel, ToolAssessment, Violation } from './types.ts'

const policy = compilePolicy([{ scopeType: 'GLOBAL', name: 'base', versionNo: 1, content: DEFAULT_POLICY }])
const strictPolicy = compilePolicy([
  { scopeType: 'GLOBAL', name: 'base', versionNo: 1, content: DEFAULT_POLICY },
  {
    scopeType: 'PROJECT',
    name: 'strict',
    versionNo: 1,
    content: { ...DEFAULT_POLICY, rules: { ...DEFAULT_POLICY.rules, yellowRequiresTask: true } as never },
  },
])

function assessed(
  riskLevel: RiskLevel,
  violations: readonly Violation[] = [],
  capability = 'fs.write',
): ToolAssessment {
  const facts = { tool: 'write', words: [], paths: [], hosts: [], amounts: [] }
  return { capability, riskLevel, violations, plan: null, facts }
}

const unlisted: Violation = {
  step: 7,
  code: 'SHELL_UNLISTED',
  detail: 'the command x is not listed',
  verdict: 'NEEDS_APPROVAL',
  overridable: true,
}

const base: EvaluationInput = {
  action: 'TOOL_CALL',
  identity: { isThisAgent: true, inProject: true, epochCurrent: true },
  policy,
  operatorMode: 'NORMAL',
  agent: {
    role: 'SPECIALIST',
    isCao: false,
    status: 'ACTIVE',
    pausedBy: null,
    draining: false,
    allowedTools: null,
    allowedTaskTypes: [],
  },
  run: { isStopped: false },
  task: { status: 'IN_PROGRESS', type: 'DOCS', heldByThisAgent: true },
  assessment: assessed('YELLOW'),
  budgets: [],
  extraViolations: [],
  grant: null,
}

const asAgent = (agent: Partial<EvaluationInput['agent']>): EvaluationInput => ({
  ...base,
  agent: { ...base.agent, ...agent },
})
const codes = (input: EvaluationInput) => evaluate(input).violations.map(({ code }) => code)

describe('who, under which policy, in which state', () => {
  it('allows a YELLOW call of a SPECIALIST on its own task', () => {
    expect(evaluate(base)).toMatchObject({ decision: 'ALLOW', riskLevel: 'YELLOW', usesGrant: false, hint: null })
  })

  it.each([
    ['another principal', { ...base, identity: { ...base.identity, isThisAgent: false } }, 'PRINCIPAL_MISMATCH'],
    ['another project', { ...base, identity: { ...base.identity, inProject: false } }, 'PROJECT_MISMATCH'],
    ['an old epoch', { ...base, identity: { ...base.identity, epochCurrent: false } }, 'EPOCH_STALE'],
    ['no policy', { ...base, policy: null }, 'NO_POLICY'],
    ['mode PAUSED', { ...base, operatorMode: 'PAUSED' }, 'OPERATOR_MODE'],
    ['mode QUARANTINED', { ...base, operatorMode: 'QUARANTINED' }, 'OPERATOR_MODE'],
    ['a quarantined agent', asAgent({ status: 'QUARANTINED' }), 'AGENT_NOT_ACTIVE'],
    ['an agent paused by an operator', asAgent({ status: 'PAUSED', pausedBy: 'OPERATOR' }), 'AGENT_NOT_ACTIVE'],
    ['a stopped run', { ...base, run: { isStopped: true } }, 'RUN_STOPPED'],
    [
      'a task of another',
      { ...base, task: { status: 'IN_PROGRESS', type: 'DOCS', heldByThisAgent: false } },
      'TASK_NOT_HELD',
    ],
    ['a blocked task', { ...base, task: { status: 'BLOCKED', type: 'DOCS', heldByThisAgent: true } }, 'TASK_NOT_HELD'],
    ['a tool it may not use', asAgent({ allowedTools: ['fs.read'] }), 'TOOL_NOT_ALLOWED'],
    ['a task type it may not work on', asAgent({ allowedTaskTypes: ['OPS'] }), 'TASK_TYPE_NOT_ALLOWED'],
    ['a call that nobody assessed', { ...base, assessment: null }, 'TOOL_NOT_ASSESSED'],
  ] as const)('denies %s', (_, input, code) => {
    expect(evaluate(input as EvaluationInput).decision).toBe('DENY')
    expect(codes(input as EvaluationInput)).toContain(code)
  })

  it('lets an open run go on under a pause by the budget, and nothing new begin', () => {
    const paused = asAgent({ status: 'PAUSED', pausedBy: 'BUDGET' })
    expect(evaluate(paused).decision).toBe('ALLOW')
    expect(evaluate({ ...paused, run: null }).decision).toBe('DENY')
    expect(evaluate({ ...paused, action: 'RUN_START', assessment: null, riskLevel: 'GREEN' }).decision).toBe('DENY')
  })

  it('lets work in progress finish while draining', () => {
    const draining: EvaluationInput = { ...base, operatorMode: 'DRAINING' }
    expect(evaluate(draining).decision).toBe('ALLOW')
    expect(evaluate({ ...draining, task: null }).decision).toBe('DENY')
    expect(evaluate({ ...draining, action: 'SPAWN' }).decision).toBe('DENY')
    expect(evaluate({ ...asAgent({ draining: true }), task: null }).decision).toBe('DENY')
  })

  it('lets GREEN calls be made whatever the task, and YELLOW ones only ask while it waits', () => {
    const waiting: EvaluationInput = {
      ...base,
      task: { status: 'NEEDS_APPROVAL', type: 'DOCS', heldByThisAgent: true },
    }
    expect(evaluate({ ...waiting, assessment: assessed('GREEN', [], 'fs.read') }).decision).toBe('ALLOW')
    const grant = { covers: ['TASK_WAITING', 'RISK_RED'] }
    expect(evaluate({ ...waiting, grant }).decision).toBe('NEEDS_APPROVAL')
  })
})

describe('risk, role and grants', () => {
  it.each([
    ['INTERN', 'GREEN', 'ALLOW'],
    ['INTERN', 'YELLOW', 'NEEDS_APPROVAL'],
    ['INTERN', 'RED', 'NEEDS_APPROVAL'],
    ['SPECIALIST', 'RED', 'NEEDS_APPROVAL'],
    ['LEAD', 'YELLOW', 'ALLOW'],
    ['LEAD', 'RED', 'NEEDS_APPROVAL'],
  ] as const)('%s and %s: %s', (role, risk, decision) => {
    expect(evaluate({ ...asAgent({ role }), assessment: assessed(risk) }).decision).toBe(decision)
  })

  it('allows no RED to the CAO either', () => {
    const input = { ...asAgent({ role: 'LEAD', isCao: true }), assessment: assessed('RED') }
    expect(evaluate(input).decision).toBe('NEEDS_APPROVAL')
  })

  it('asks for a YELLOW call that names no task where the policy wants one', () => {
    expect(evaluate({ ...base, policy: strictPolicy, task: null }).decision).toBe('NEEDS_APPROVAL')
    expect(evaluate({ ...base, policy: strictPolicy }).decision).toBe('ALLOW')
  })

  it('uses a grant only when it covers every reason', () => {
    const red = { ...base, assessment: assessed('RED', [unlisted]) }
    expect(evaluate({ ...red, grant: { covers: ['RISK_RED'] } }).decision).toBe('NEEDS_APPROVAL')
    expect(evaluate({ ...red, grant: { covers: ['RISK_RED', 'SHELL_UNLISTED'] } })).toMatchObject({
      decision: 'ALLOW',
      usesGrant: true,
    })
  })

  it('leaves a grant that is not needed unused', () => {
    expect(evaluate({ ...base, grant: { covers: ['RISK_RED'] } }).usesGrant).toBe(false)
  })

  it('lifts neither a DENY nor steps 1 to 6 nor the budget', () => {
    const hard: Violation = { step: 6, code: 'SHELL_PRIVILEGE', detail: 'sudo', verdict: 'DENY', overridable: false }
    const mild: Violation = { ...unlisted, step: 5, code: 'MILD' }
    const grant = { covers: ['SHELL_PRIVILEGE', 'MILD', 'RISK_RED', 'BUDGET_EXCEEDED'] }
    expect(evaluate({ ...base, assessment: assessed('RED', [hard]), grant }).decision).toBe('DENY')
    expect(evaluate({ ...base, assessment: assessed('RED', [mild]), grant }).decision).toBe('NEEDS_APPROVAL')
    const budgets = [{ scopeType: 'AGENT', accountId: 'a', remainingMicros: 5, neededMicros: 6 }] as const
    expect(evaluate({ ...base, budgets, grant })).toMatchObject({
      decision: 'NEEDS_APPROVAL',
      hint: { actionType: 'BUDGET_OVERRIDE' },
    })
  })

  it('never lets an INTERN spawn', () => {
    const spawn: EvaluationInput = {
      ...asAgent({ role: 'INTERN' }),
      action: 'SPAWN',
      assessment: null,
      riskLevel: 'GREEN',
    }
    expect(evaluate(spawn)).toMatchObject({ decision: 'DENY' })
    expect(evaluate({ ...spawn, agent: { ...spawn.agent, role: 'SPECIALIST' } }).decision).toBe('ALLOW')
  })
})

describe('what fails closed', () => {
  it('counts money that is no number as no room', () => {
    for (const neededMicros of [Number.NaN, -1, 11]) {
      const budgets = [{ scopeType: 'RUN', accountId: 'r', remainingMicros: 10, neededMicros }] as const
      expect(evaluate({ ...base, budgets }).decision).toBe('NEEDS_APPROVAL')
    }
  })

  it('counts an action of unknown risk as RED', () => {
    expect(evaluate({ ...base, action: 'RUN_START', assessment: null })).toMatchObject({ riskLevel: 'RED' })
  })

  it('R-51 denies when a rule throws', () => {
    const broken = {
      ...base,
      get budgets(): never {
        throw new Error('broken')
      },
    }
    expect(evaluate(broken)).toMatchObject({ decision: 'DENY', riskLevel: 'RED' })
    expect(codes(broken)).toEqual(['RULE_ERROR'])
  })
})

it('keeps the hint of an answer that is copied or written out', () => {
  const answer = evaluate({ ...base, assessment: assessed('RED', [unlisted]) })
  expect(answer.hint).not.toBeNull()
  expect({ ...answer }.hint).toEqual(answer.hint)
  expect(JSON.parse(JSON.stringify(answer)).hint).toEqual(answer.hint)
})
