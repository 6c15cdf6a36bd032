import type { Outcome } from '../model/refusal.ts'
import { redactText } from './redaction.ts'

/** The attributes of a span; see the port. */
type Attributes = Readonly<Record<string, string | number | boolean>>
type Fields = Readonly<Record<string, unknown>>

/** The subjects of an operation by the fields that name them, under the names that `/v1/traces` reads as well. */
const SUBJECTS: Readonly<Record<string, string>> = {
  projectId: 'mission_control.project',
  taskId: 'mission_control.task_id',
  runId: 'mission_control.run_id',
  approvalId: 'mission_control.approval_id',
}
const OUR_ID = /^[a-z]{3}_[0-9A-HJKMNP-TV-Z]{26}$/
const NAME_CHARS_MAX = 200

/** A run is an agent at work, a tool call one tool at work; anything else has no name among the conventions of GenAI. */
const GEN_AI_OPERATIONS: Readonly<Record<string, string>> = { runs: 'invoke_agent', toolCalls: 'execute_tool' }

/**
 * What may be told of an operation before it is done. Only ids of ours, and names by which programs call models and
 * tools, without secrets: what people and agents wrote stays out.
 */
export function askedAttributes(operation: string, input: unknown, agentId: string | null): Attributes {
  const given = fieldsOf(input)
  const group = operation.slice(0, operation.indexOf('.'))
  const kind = GEN_AI_OPERATIONS[group]
  return {
    'mission_control.operation': operation,
    ...Object.fromEntries(
      Object.entries(SUBJECTS).flatMap(([field, name]) => (isOurId(given[field]) ? [[name, given[field]]] : [])),
    ),
    ...(agentId === null ? {} : { 'gen_ai.agent.id': agentId }),
    ...(kind === undefined ? {} : { 'gen_ai.operation.name': kind, ...modelOf(given), ...toolOf(given) }),
    ...usageOf(given.lines),
  }
}

/** What may be told of the answer. */
export function answeredAttributes(operation: string, outcome: Outcome<unknown>): Attributes {
  if (!outcome.ok) return { 'mission_control.code': outcome.error.code }
  const data = fieldsOf(outcome.data)
  if (operation.startsWith('runs.')) return runOf(data)
  if (operation === 'toolCalls.gate') {
    return {
      ...named('gen_ai.tool.call.id', data.toolCallId),
      ...named('mission_control.decision', data.decision),
      ...named('mission_control.risk_level', data.riskLevel),
    }
  }
  return {}
}

function modelOf({ provider, model }: Fields): Attributes {
  return { ...named('gen_ai.provider.name', provider), ...named('gen_ai.request.model', model) }
}

function toolOf({ tool, toolCallId }: Fields): Attributes {
  return {
    ...named('gen_ai.tool.name', tool),
    ...(isOurId(toolCallId) ? { 'gen_ai.tool.call.id': toolCallId } : {}),
  }
}

/** The sums of what a call reports. By the conventions the input holds what was cached, and the output the reasoning. */
function usageOf(lines: unknown): Attributes {
  if (!Array.isArray(lines) || lines.length === 0) return {}
  const sums = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, reasoning: 0 }
  const models = new Set<unknown>()
  for (const line of lines.map(fieldsOf)) {
    if (line.model !== undefined) models.add(line.model)
    const tokens = fieldsOf(line.tokens)
    for (const kind of Object.keys(sums) as (keyof typeof sums)[]) {
      const count = tokens[kind]
      if (typeof count === 'number' && Number.isFinite(count)) sums[kind] += count
    }
  }
  const [model] = models
  return {
    'gen_ai.usage.input_tokens': sums.input + sums.cacheRead + sums.cacheWrite,
    'gen_ai.usage.output_tokens': sums.output + sums.reasoning,
    'gen_ai.usage.cache_read.input_tokens': sums.cacheRead,
    'gen_ai.usage.cache_creation.input_tokens': sums.cacheWrite,
    'gen_ai.usage.reasoning.output_tokens': sums.reasoning,
    ...(models.size === 1 ? named('gen_ai.response.model', model) : {}),
  }
}

/** A run as its answer shows it: where it stands and what it has cost so far. */
function runOf(data: Fields): Attributes {
  const { id, taskId, model, status, billedMicros } = fieldsOf(data.run)
  return {
    ...(isOurId(id) ? { 'mission_control.run_id': id } : {}),
    ...(isOurId(taskId) ? { 'mission_control.task_id': taskId } : {}),
    ...named('gen_ai.request.model', model),
    ...named('mission_control.run.status', status),
    ...(typeof billedMicros === 'number' ? { 'mission_control.run.billed_micros': billedMicros } : {}),
    ...named('mission_control.directive', data.directive),
  }
}

function named(name: string, value: unknown): Attributes {
  // A longer one is no name, and what is cut off a secret no longer looks like one.
  const isName = typeof value === 'string' && value !== '' && value.length <= NAME_CHARS_MAX
  return isName ? { [name]: redactText(value) } : {}
}

function isOurId(value: unknown): value is string {
  return typeof value === 'string' && OUR_ID.test(value)
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}
