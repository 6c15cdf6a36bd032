import { detectMarked, detectSecrets, fieldText, mayHoldSecret, type TextMarks } from '../redaction.ts'
import type { CompiledPolicy } from './compile.ts'
import { asks, Examination } from './examination.ts'
import { examineCall, hasExaminer } from './examine.ts'
import { type ReadInput, readInput } from './inputs.ts'
import { assessOne, PlainAssessment } from './one-argument.ts'
import { isPlainPlace, marksOfSole, speaksForItself } from './plain-argument.ts'
import { hitsProduction, mayNameProduction } from './production.ts'
import { innerCall } from './tool-map.ts'
import type { ToolSlot } from './tool-table.ts'
import type { ToolAssessment, ToolCall, ToolFacts, Violation } from './types.ts'

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
  const slot = policy.tools.slotOf(call.tool)
  return assessFew(policy, call, slot) ?? assessAny(policy, call, slot)
}

/** The same for calls of any form, without a short cut. */
export function assessAny(policy: CompiledPolicy, call: ToolCall, slot: ToolSlot): ToolAssessment {
  if (!slot.isWrapper) return assessInner(policy, call, slot, call.input)
  const { tool, input } = innerCall(call.input)
  return assessInner(policy, call, policy.tools.slotOfName(tool), input)
}

/** Calls with no argument, or one that is all that matters. Null for those that need a closer look. */
function assessFew(policy: CompiledPolicy, call: ToolCall, slot: ToolSlot): ToolAssessment | null {
  const { input } = call
  if (slot.isWrapper) return null
  if (input === null || input === undefined) return idle(policy, call, slot)
  if (typeof input !== 'object' || Array.isArray(input) || speaksForItself(input)) return null
  let only: string | null = null
  for (const name in input) {
    if (only !== null) return null
    only = name
  }
  if (only === null) return idle(policy, call, slot)
  const text = Object.hasOwn(input, only) ? (input as Readonly<Record<string, unknown>>)[only] : null
  return typeof text === 'string' ? assessOne(policy, call, slot, only, text) : null
}

/** Of a tool whose arguments are all that is looked at, calls without any are all alike. */
function idle(policy: CompiledPolicy, call: ToolCall, slot: ToolSlot): ToolAssessment | null {
  if (slot.idle !== null) return slot.idle
  if (slot.capability !== undefined && hasExaminer(slot.capability)) return null
  const { capability, riskLevel, violations } = assessInner(policy, call, slot, call.input)
  slot.idle = Object.freeze(new PlainAssessment(call.tool, capability, riskLevel, violations, null, null))
  return slot.idle
}

function assessInner(policy: CompiledPolicy, call: ToolCall, slot: ToolSlot, rawInput: unknown): ToolAssessment {
  const input = readInput(rawInput)
  const capability = refinedCapability(slot, input)
  const found = new Examination(policy, call, rawInput, input, capability ?? 'unknown')
  if (capability === undefined) {
    found.object(asks(7, 'TOOL_UNKNOWN', `the tool ${call.tool.slice(0, 60)} is not mapped`))
  } else {
    examineCall(capability, found)
  }
  detect(slot, found)
  if (found.violations.length === 0) {
    // Reading what holds a secret is another capability than the tool's own.
    found.riskLevel =
      found.capability === slot.capability ? slot.riskLevel : (policy.risks.get(found.capability) ?? 'RED')
  }
  return found
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
function refinedCapability({ capability, name }: ToolSlot, { action }: ReadInput): string | undefined {
  const isReading =
    action !== null && capability === 'gateway.configure' && name === 'gateway' && READING_ACTIONS.has(action)
  return isReading ? 'gateway.read' : capability
}

/** Step 8: secrets by value, and anything that points at production, make every call RED. */
function detect(slot: ToolSlot, found: Examination): void {
  const { rawInput, input } = found
  const { sole } = input
  if (sole === null || typeof rawInput !== 'object' || rawInput === null) {
    detectProduction(slot, found, null)
    if (rawInput !== null && rawInput !== undefined && !isEmpty(rawInput, input))
      detectIn(JSON.stringify(rawInput), found)
    return
  }
  if (sole.isPlace && isPlainPlace(sole.text) && !speaksForItself(rawInput)) {
    detectProduction(slot, found, null)
    return
  }
  const marks = marksOfSole(sole, rawInput)
  detectProduction(slot, found, marks)
  if (marks === null) detectIn(JSON.stringify(rawInput), found)
  else if (mayHoldSecret(marks)) detectIn(fieldText(sole.opening, sole.text), found, marks)
}

function isEmpty(rawInput: unknown, { entries, objection }: ReadInput): boolean {
  return entries === 1 && objection === null && !speaksForItself(rawInput as object)
}

function detectIn(text: string, found: Examination, marks: TextMarks | null = null): void {
  if (text.length < SECRET_LENGTH_MIN) return
  if (text.length > SCANNED_MAX) {
    found.object(asks(8, 'INPUT_TOO_LONG', 'the input is too long to be searched for secrets'))
    return
  }
  const [secret] = marks === null ? detectSecrets(text) : detectMarked(text, marks)
  if (secret !== undefined) {
    found.object(asks(8, 'SECRET_IN_INPUT', `the input holds a secret (${secret.kind})`))
  }
}

/** `marks` are those of a text that all words of the call were cut out of, as it stands there. */
function detectProduction(slot: ToolSlot, found: Examination, marks: TextMarks | null): void {
  if (found.names?.length === 0 && found.input.names.length === 0) return
  const { productionNames } = found.policy.rules
  if (marks !== null && productionNames.length === 0 && !slot.mayNameProduction && !mayNameProduction(marks)) return
  const named = found.names ?? found.words
  if (named.length === 0 && found.input.names.length === 0) return
  const words = [slot.name ?? '', ...found.input.names, ...named]
  const hit = hitsProduction(words, productionNames)
  if (hit !== null) found.object(asks(8, 'PRODUCTION', `the call points at production: ${hit}`))
}
