import { detectSecrets } from '../redaction.ts'
import type { CompiledPolicy } from './compile.ts'
import { asks, Examination } from './examination.ts'
import { examineCall } from './examine.ts'
import { type ReadInput, readInput } from './inputs.ts'
import { isPlainArgument } from './plain-argument.ts'
import { hitsProduction } from './production.ts'
import { innerCall, isWrapper, normalizeToolName } from './tool-map.ts'
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
  const name = normalizeToolName(call.tool)
  if (name === null || !isWrapper(name)) return assessInner(policy, call, name, call.input)
  const { tool, input } = innerCall(call.input)
  return assessInner(policy, call, tool, input)
}

function assessInner(policy: CompiledPolicy, call: ToolCall, tool: string | null, rawInput: unknown): ToolAssessment {
  const input = readInput(rawInput)
  const mapped = tool === null ? undefined : policy.capabilities.get(tool)
  const capability = refinedCapability(mapped, tool, input)
  const found = new Examination(policy, call, rawInput, input, capability ?? 'unknown')
  if (capability === undefined) {
    found.object(asks(7, 'TOOL_UNKNOWN', `the tool ${call.tool.slice(0, 60)} is not mapped`))
  } else {
    examineCall(capability, found)
  }
  detect(tool, found)
  if (found.violations.length === 0) found.riskLevel = policy.risks.get(found.capability) ?? 'RED'
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
function refinedCapability(mapped: string | undefined, tool: string | null, { action }: ReadInput): string | undefined {
  const isReading =
    mapped === 'gateway.configure' && tool === 'gateway' && action !== null && READING_ACTIONS.has(action)
  return isReading ? 'gateway.read' : mapped
}

/** Step 8: secrets by value, and anything that points at production, make every call RED. */
function detect(tool: string | null, found: Examination): void {
  const { rawInput } = found
  if (found.names.length > 0 || found.input.names.length > 0) detectProduction(tool ?? '', found)
  if (rawInput === null || rawInput === undefined || isPlainArgument(rawInput)) return
  const text = JSON.stringify(rawInput)
  if (text.length < SECRET_LENGTH_MIN) return
  if (text.length > SCANNED_MAX) {
    found.object(asks(8, 'INPUT_TOO_LONG', 'the input is too long to be searched for secrets'))
    return
  }
  const [secret] = detectSecrets(text)
  if (secret !== undefined) {
    found.object(asks(8, 'SECRET_IN_INPUT', `the input holds a secret (${secret.kind})`))
  }
}

function detectProduction(tool: string, found: Examination): void {
  const { productionNames } = found.policy.rules
  const words = [tool, ...found.input.names, ...found.names]
  const hit = hitsProduction(words, productionNames)
  if (hit !== null) found.object(asks(8, 'PRODUCTION', `the call points at production: ${hit}`))
}
