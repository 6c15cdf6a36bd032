import { detectSecrets, redactText } from '../redaction.ts'
import type { CompiledPolicy } from './compile.ts'
import { asks, type Examination, examineCall, object, ReadCall } from './examine.ts'
import { type ReadInput, readInput } from './inputs.ts'
import { isPlainArgument } from './plain-argument.ts'
import { hitsProduction } from './production.ts'
import { literalWords } from './shell/judge.ts'
import { EMPTY } from './short-list.ts'
import { unwrapCall } from './tool-map.ts'
import type { ToolAssessment, ToolCall, ToolFacts, Violation } from './types.ts'

const FACTS_MAX = 200
const FACT_LENGTH_MAX = 500
/** Shorter inputs cannot hold a secret that has a shape. */
const SECRET_LENGTH_MIN = 16
/** Longer inputs are not scanned, so somebody has to look at them. */
const SCANNED_MAX = 262_144

/**
 * Judges one tool call by its text and what the machine found out: deny lists, allowlists and detectors (steps 6 to 8).
 * Whatever cannot be told is RED, and a fault inside a rule is a DENY.
 */
export function assessToolCall(policy: CompiledPolicy, call: ToolCall): ToolAssessment {
  try {
    return assess(policy, call)
  } catch (error) {
    const detail = `a rule failed: ${error instanceof Error ? error.message : 'unknown fault'}`
    const violation: Violation = { step: 6, code: 'RULE_ERROR', detail, verdict: 'DENY', overridable: false }
    const facts: ToolFacts = { tool: '', words: [], paths: [], hosts: [], amounts: [] }
    return { capability: 'unknown', riskLevel: 'RED', violations: [violation], plan: null, facts }
  }
}

function assess(policy: CompiledPolicy, call: ToolCall): ToolAssessment {
  const name = call.tool
  const { tool, input: rawInput } = unwrapCall(name, call.input)
  const input = readInput(rawInput)
  const mapped = tool === null ? undefined : policy.capabilities.get(tool)
  const capability = refinedCapability(mapped, tool, input)
  const found: Examination = {
    capability: capability ?? 'unknown',
    plan: null,
    violations: EMPTY,
    paths: EMPTY,
    hosts: EMPTY,
    reading: null,
    names: input.names,
  }
  if (capability === undefined) {
    object(found, asks(7, 'TOOL_UNKNOWN', `the tool ${name.slice(0, 60)} is not mapped`))
  } else {
    examineCall(capability, new ReadCall(policy, call, rawInput, input), found)
  }
  detect(policy, tool, rawInput, found)
  return new Assessment(policy, name, input, found)
}

/** Redaction is the dearest part of a decision and not every caller keeps a record, so facts are made when asked for. */
class Assessment implements ToolAssessment {
  readonly capability: string
  readonly riskLevel: ToolAssessment['riskLevel']
  readonly violations: readonly Violation[]
  readonly plan: ToolAssessment['plan']
  readonly #name: string
  readonly #input: ReadInput
  readonly #found: Examination
  #facts: ToolFacts | null = null

  constructor(policy: CompiledPolicy, name: string, input: ReadInput, found: Examination) {
    const isListed = found.violations.length === 0
    this.capability = found.capability
    this.riskLevel = isListed ? (policy.risks.get(found.capability) ?? 'RED') : 'RED'
    this.violations = found.violations
    this.plan = found.plan
    this.#name = name
    this.#input = input
    this.#found = found
  }

  get facts(): ToolFacts {
    this.#facts ??= factsOf(this.#name, this.#input, this.#found)
    return this.#facts
  }
}

const READING_ACTIONS = new Set([
  'get',
  'list',
  'read',
  'status',
  'health',
  'schema',
  'config.get',
  'config.schema',
  'show',
])

/** `gateway` configures unless its action is known to only read. */
function refinedCapability(mapped: string | undefined, tool: string | null, { action }: ReadInput): string | undefined {
  const isReading =
    mapped === 'gateway.configure' && tool === 'gateway' && action !== null && READING_ACTIONS.has(action)
  return isReading ? 'gateway.read' : mapped
}

/** Step 8: secrets by value, and anything that points at production, make every call RED. */
function detect(policy: CompiledPolicy, tool: string | null, rawInput: unknown, found: Examination): void {
  if (found.names.length > 0) {
    const hit = hitsProduction([tool ?? '', ...found.names], policy.rules.productionNames)
    if (hit !== null) object(found, asks(8, 'PRODUCTION', `the call points at production: ${hit}`))
  }
  if (rawInput === null || rawInput === undefined || isPlainArgument(rawInput)) return
  const text = JSON.stringify(rawInput)
  if (text.length < SECRET_LENGTH_MIN) return
  if (text.length > SCANNED_MAX) {
    object(found, asks(8, 'INPUT_TOO_LONG', 'the input is too long to be searched for secrets'))
    return
  }
  const [secret] = detectSecrets(text)
  if (secret !== undefined) {
    object(found, asks(8, 'SECRET_IN_INPUT', `the input holds a secret (${secret.kind})`))
  }
}

function factsOf(tool: string, { amounts }: ReadInput, found: Examination): ToolFacts {
  const clean = (texts: Iterable<string>) =>
    [...texts].slice(0, FACTS_MAX).map((text) => redactText(text).slice(0, FACT_LENGTH_MAX))
  return {
    tool: redactText(tool).slice(0, FACT_LENGTH_MAX),
    words: clean(found.reading === null ? [] : literalWords(found.reading)),
    paths: clean(new Set(found.paths)),
    hosts: clean(new Set(found.hosts)),
    amounts: amounts.slice(0, FACTS_MAX),
  }
}
