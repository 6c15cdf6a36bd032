import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type PolicyContent, policyContent } from '../../model/policy.ts'
import { assessToolCall } from './assess.ts'
import { type CompiledPolicy, compilePolicy } from './compile.ts'
import { EVERYDAY_COMMANDS } from './corpus/everyday-commands.ts'
import { FORBIDDEN_COMMANDS } from './corpus/forbidden-commands.ts'
import { EVERYDAY_READS, FORBIDDEN_READS } from './corpus/paths.ts'
import { DEFAULT_POLICY } from './defaults.ts'
import { type Evaluation, type EvaluationInput, evaluate } from './evaluate.ts'
import { unbashParser } from './shell/parser.ts'
import type { ToolCall, Violation } from './types.ts'

const compile = (...contents: readonly PolicyContent[]) =>
  compilePolicy(contents.map((content, at) => ({ scopeType: 'GLOBAL', name: `p${at}`, versionNo: 1, content })))

const policy = compile(DEFAULT_POLICY)
const commands = [...EVERYDAY_COMMANDS, ...FORBIDDEN_COMMANDS].flatMap((group) => group.commands)

/** Pieces that mean something to shells, to the programs we list, or to us. */
const PIECES = [
  ...[';', '&&', '||', '|', '&', '\n', ' ', "'", '"', '\\', '$', '`', '(', ')', '{', '}', '<', '>', '*', '?', '[', ']'],
  ...['~', '#', '!', '=', '--', '-o x', '-c', '-e', '-i', '-exec', '$(', '<<E\n', "<<'E'\n", '2>&1', '> /dev/null'],
  ...['.env', '../', '/etc/passwd', 'sudo ', 'sh -c ', 'cd src', 'ls', 'cat', 'git log', 'rm -rf /', 'main', 'prod'],
]

const mutated: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom(...commands),
    fc.array(fc.tuple(fc.nat(), fc.constantFrom(...PIECES), fc.nat(3)), { maxLength: 4 }),
  )
  .map(([command, edits]) =>
    edits.reduce((text, [at, piece, cut]) => {
      const place = at % (text.length + 1)
      return text.slice(0, place) + piece + text.slice(place + cut)
    }, command),
  )

const call: fc.Arbitrary<ToolCall> = fc
  .oneof(
    mutated.map((command) => ({ tool: 'exec', input: { command } })),
    fc.constantFrom(...EVERYDAY_READS, ...FORBIDDEN_READS).map((path) => ({ tool: 'read', input: { path } })),
    fc
      .constantFrom(...EVERYDAY_READS, ...FORBIDDEN_READS)
      .map((path) => ({ tool: 'write', input: { path, content: 'x' } })),
    fc.record({ tool: fc.constantFrom('think', 'nope', 'message', 'web_fetch', 'git_push'), input: fc.object() }),
  )
  .map((made) => ({ ...made, cwd: null, workspacePath: '/workspace/app', home: '/home/agent', resolved: null }))

const violation: fc.Arbitrary<Violation> = fc.record({
  step: fc.integer({ min: 1, max: 12 }),
  code: fc.constantFrom('A', 'B', 'RISK_RED'),
  detail: fc.constant('because'),
  verdict: fc.constantFrom('DENY', 'NEEDS_APPROVAL'),
  overridable: fc.boolean(),
})

const ROLES = ['INTERN', 'SPECIALIST', 'LEAD'] as const

const situation = fc.record({
  action: fc.constantFrom('TOOL_CALL', 'RUN_START', 'SPAWN', 'TRANSITION'),
  identity: fc.record({ isThisAgent: fc.boolean(), inProject: fc.boolean(), epochCurrent: fc.boolean() }),
  operatorMode: fc.constantFrom('NORMAL', 'NORMAL', 'PAUSED', 'DRAINING', 'QUARANTINED'),
  agent: fc.record({
    role: fc.constantFrom(...ROLES),
    isCao: fc.boolean(),
    status: fc.constantFrom('ACTIVE', 'ACTIVE', 'PAUSED', 'QUARANTINED'),
    pausedBy: fc.constantFrom(null, 'BUDGET', 'OPERATOR'),
    draining: fc.boolean(),
    allowedTools: fc.option(fc.subarray(['fs.read', 'fs.write', 'shell.exec', 'plan.write'])),
    allowedTaskTypes: fc.subarray(['DOCS', 'OPS']),
  }),
  run: fc.option(fc.record({ isStopped: fc.boolean() })),
  task: fc.option(
    fc.record({
      status: fc.constantFrom('IN_PROGRESS', 'NEEDS_APPROVAL', 'BLOCKED'),
      type: fc.constantFrom('DOCS', 'OPS'),
      heldByThisAgent: fc.boolean(),
    }),
  ),
  budgets: fc.array(
    fc.record({
      scopeType: fc.constantFrom('RUN', 'AGENT'),
      accountId: fc.constant('acc'),
      remainingMicros: fc.option(fc.integer({ min: 0, max: 10 })),
      neededMicros: fc.integer({ min: 0, max: 10 }),
    }),
    { maxLength: 2 },
  ),
  extraViolations: fc.array(violation, { maxLength: 2 }),
  grant: fc.option(fc.record({ covers: fc.subarray(['A', 'B', 'RISK_RED', 'ROLE_INTERN', 'SHELL_UNLISTED']) })),
  riskLevel: fc.constantFrom('GREEN', 'YELLOW', 'RED'),
}) as fc.Arbitrary<Omit<EvaluationInput, 'policy' | 'assessment'>>

function decide(
  compiled: CompiledPolicy,
  made: ToolCall,
  around: Omit<EvaluationInput, 'policy' | 'assessment'>,
): Evaluation {
  const assessment = around.action === 'TOOL_CALL' ? assessToolCall(compiled, made) : null
  return evaluate({ ...around, policy: compiled, assessment })
}

/** More than anybody may use as a step towards ALLOW. */
const RANK: Readonly<Record<Evaluation['decision'], number>> = { DENY: 0, NEEDS_APPROVAL: 1, ALLOW: 2 }

const additions: fc.Arbitrary<PolicyContent> = fc
  .record({
    denyWrite: fc.subarray(['src/**', 'docs/**', '**/*.ts']),
    denyRead: fc.subarray(['**/*.md', 'src/**', '**']),
    secretRead: fc.subarray(['**/*.ts', 'docs/**']),
    deny: fc.subarray(['ls', 'cat', 'git log', 'npm']),
    forbid: fc.subarray(['ls', 'grep', 'git status']),
    productionNames: fc.subarray(['src', 'foo', 'main']),
  })
  .map(({ denyWrite, denyRead, secretRead, deny, forbid, productionNames }) =>
    policyContent.parse({
      files: { denyWrite, denyRead, secretRead },
      shell: { deny, forbid },
      rules: { productionNames, yellowRequiresTask: productionNames.length > 1 },
    }),
  )

describe('a decision', () => {
  it('is the same for the same input', () => {
    fc.assert(
      fc.property(call, situation, (made, around) => {
        const before = JSON.stringify([made, around])
        expect(decide(policy, made, around)).toEqual(decide(policy, made, around))
        expect(JSON.stringify([made, around])).toBe(before)
      }),
      { numRuns: 300 },
    )
  })

  it('is never opened by one more policy of the same level', () => {
    fc.assert(
      fc.property(call, situation, additions, (made, around, added) => {
        const stricter = decide(compile(DEFAULT_POLICY, added), made, around)
        expect(RANK[stricter.decision]).toBeLessThanOrEqual(RANK[decide(policy, made, around).decision])
      }),
      { numRuns: 150 },
    )
  })

  it('is never opened by one more reason against it', () => {
    fc.assert(
      fc.property(call, situation, violation, (made, around, reason) => {
        const more = { ...around, extraViolations: [...around.extraViolations, reason] }
        expect(RANK[decide(policy, made, more).decision]).toBeLessThanOrEqual(
          RANK[decide(policy, made, around).decision],
        )
      }),
      { numRuns: 500 },
    )
  })

  it('is never opened by a lower role', () => {
    fc.assert(
      fc.property(call, situation, fc.constantFrom(...ROLES), (made, around, role) => {
        fc.pre(ROLES.indexOf(role) <= ROLES.indexOf(around.agent.role))
        const lower = { ...around, agent: { ...around.agent, role } }
        expect(RANK[decide(policy, made, lower).decision]).toBeLessThanOrEqual(
          RANK[decide(policy, made, around).decision],
        )
      }),
      { numRuns: 500 },
    )
  })

  it('is never opened by taking a grant away or by telling less', () => {
    fc.assert(
      fc.property(call, situation, (made, around) => {
        const decision = RANK[decide(policy, made, around).decision]
        expect(RANK[decide(policy, made, { ...around, grant: null }).decision]).toBeLessThanOrEqual(decision)
        expect(evaluate({ ...around, policy: null, assessment: null }).decision).toBe('DENY')
      }),
      { numRuns: 300 },
    )
  })

  it('is a DENY whatever throws', () => {
    const poison = new Proxy({} as CompiledPolicy, {
      get() {
        throw new Error('broken')
      },
    })
    fc.assert(
      fc.property(call, situation, (made, around) => {
        const assessment = assessToolCall(poison, made)
        expect(evaluate({ ...around, action: 'TOOL_CALL', policy, assessment }).decision).toBe('DENY')
      }),
      { numRuns: 100 },
    )
  })
})

describe('an allowed command', () => {
  it('has a plan, and nothing left that a shell would expand', () => {
    fc.assert(
      fc.property(mutated, (command) => {
        const { violations, plan } = assessToolCall(policy, {
          tool: 'exec',
          input: { command },
          cwd: null,
          workspacePath: '/workspace/app',
          home: '/home/agent',
          resolved: null,
        })
        if (violations.length > 0) return
        expect(plan).not.toBeNull()
        const bare = command.replace(/'[^']*'|"(?:[^"\\]|\\.)*"|\\.|#.*$/gm, '')
        expect(/[`]|\$[({A-Za-z_]/.test(bare.replace(/<<-?\s*\S+[\s\S]*/, ''))).toBe(false)
      }),
      { numRuns: 2000 },
    )
  })

  it('is read by a parser that never throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ maxLength: 200 }), fc.string({ unit: 'binary', maxLength: 200 }), mutated),
        (text) => {
          const { script, refusal } = unbashParser.read(text, 10_000)
          expect((script === null) === (refusal !== null)).toBe(true)
        },
      ),
      { numRuns: 2000 },
    )
  })
})
