import fc from 'fast-check'
import { expect, test } from 'vitest'
import { assessToolCall } from '../assess.ts'
import { unbashParser } from '../shell/parser.ts'
import { DENIED_COMMANDS, FORBIDDEN_COMMANDS } from './forbidden-commands.ts'
import { widePolicy } from './wide-policy.ts'

const bad = [...FORBIDDEN_COMMANDS, ...DENIED_COMMANDS].flatMap(({ commands }) => commands)

/** Changes that leave what a command does in it: whatever stands around it, it still runs. */
type Mutation = (command: string) => string

const ALLOWED = ['ls', 'git status', 'echo hi', 'cat README.md', "grep 'a b' src/a.ts", 'true', 'npm test']
const JOINS = ['; ', ';', ' && ', '&&', ' || ', '||', '\n', '\n\n', ' ; ', ' | ']

const before: fc.Arbitrary<Mutation> = fc.tuple(fc.constantFrom(...ALLOWED), fc.constantFrom(...JOINS)).map(
  ([allowed, join]) =>
    (command) =>
      `${allowed}${join}${command}`,
)

const after: fc.Arbitrary<Mutation> = fc.tuple(fc.constantFrom(...ALLOWED), fc.constantFrom(...JOINS)).map(
  ([allowed, join]) =>
    (command) =>
      `${command}${join}${allowed}`,
)

const wrapped: fc.Arbitrary<Mutation> = fc.constantFrom<Mutation>(
  (command) => `(${command})`,
  (command) => `( ${command}\n)`,
  (command) => `{ ${command}; }`,
  (command) => `! ${command}`,
  (command) => `if true; then ${command}; fi`,
  (command) => `for i in 1; do ${command}; done`,
  (command) => `time ${command}`,
  (command) => `command ${command}`,
  (command) => `env ${command}`,
  (command) => `A=1 ${command}`,
  (command) => `${command} &`,
  (command) => `\\${command}`,
  (command) => `./${command}`,
)

const trailing: fc.Arbitrary<Mutation> = fc
  .constantFrom(' 2>&1', ' >/dev/null', ' 2> /dev/null', ' </dev/null', ' # comment', '\n# comment', ' ', '\t', ' ;')
  .map((text) => (command) => `${command}${text}`)

const blanks: fc.Arbitrary<Mutation> = fc
  .constantFrom('  ', ' \t', '\t')
  .map((blank) => (command) => command.replaceAll(' ', blank))

const mutation = fc.oneof(before, after, wrapped, trailing, blanks)

function isAllowed(command: string): boolean {
  const { violations, riskLevel } = assessToolCall(widePolicy, {
    tool: 'exec',
    input: { command },
    cwd: '/workspace/app',
    workspacePath: '/workspace/app',
    home: '/home/agent',
    resolved: null,
  })
  return violations.length === 0 && riskLevel !== 'RED'
}

/** What is complete: unfinished text, or text that goes on in the next line, means something else with more behind it. */
function isRobust(command: string): boolean {
  const { refusal } = unbashParser.read(command, 10_000)
  const isUnfinished = refusal !== null && /^not valid shell|nothing to run|without a target|unterminated/.test(refusal)
  return !isUnfinished && !/<<|^\s*#|\n|\\$|[<>&|]\s*$/.test(command)
}

test('no mutation that keeps what a forbidden command does is ever allowed', { timeout: 120_000 }, () => {
  const robust = bad.filter(isRobust)
  expect(robust.length).toBeGreaterThan(700)
  fc.assert(
    fc.property(
      fc.constantFrom(...robust),
      fc.array(mutation, { minLength: 1, maxLength: 3 }),
      (command, mutations) => {
        const mutated = mutations.reduce((text, mutate) => mutate(text), command)
        expect(isAllowed(mutated), mutated).toBe(false)
      },
    ),
    { numRuns: 1500 },
  )
})
