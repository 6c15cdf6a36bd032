import {
  type CallContext,
  CODES,
  isMissionControlError,
  type Logger,
  type MissionControlClient,
  type Outcome,
} from '@mission-control/core'
import { callOperation } from '../operations.ts'
import { invalid, refuse } from '../refuse.ts'
import { resolveProject } from '../resolve-project.ts'
import { REPEAT_KEY, toolFields } from './tool-input.ts'
import type { McpTool } from './tools.ts'

const STRANGE_MAX = 20
const NAME_CHARS_MAX = 100
const APPROVAL_PREFIX = 'apr_'

/** Who calls tools, and where its answers point. */
export interface McpCaller {
  readonly client: MissionControlClient
  readonly agentId: string | null
  readonly isAgent: boolean
  /** The one project that the key opens; null where it opens several. */
  readonly homeId: string | null
  /** Where people decide on requests, as in `https://mission-control.example`; null: not known here. */
  readonly baseUrl: string | null
  readonly logger: Logger
}

export interface ToolAnswer {
  readonly [extra: string]: unknown
  readonly content: { readonly type: 'text'; readonly text: string }[]
  readonly structuredContent?: Record<string, unknown>
  readonly isError?: true
}

/** Answers one call: the data of the operation, or its refusal as an error of the tool that a model can act on. */
export async function callTool(
  tool: McpTool,
  caller: McpCaller,
  given: Readonly<Record<string, unknown>>,
): Promise<ToolAnswer> {
  try {
    const call = await readCall(tool, caller, given)
    if (!call.ok) return failure(call.error)
    const { input, context } = call.data
    const outcome = await callOperation(caller.client, tool.operation, input, context)
    const projectId = typeof input.projectId === 'string' ? input.projectId : caller.homeId
    if (!outcome.ok) return failure({ ...outcome.error, ...addresses(outcome.error, caller, projectId) })
    const told = isObject(outcome.data) ? outcome.data : { value: outcome.data ?? null }
    return answer({ ...told, ...addresses(told, caller, projectId) })
  } catch (fault) {
    const code = isMissionControlError(fault) ? fault.code : 'INTERNAL'
    caller.logger.warn('a tool call failed', { tool: tool.name, code, error: String(fault) })
    // What is inside a fault is for the log of the host.
    const { title, hint } = CODES[code]
    return failure({ code, title, detail: title, hint })
  }
}

interface ReadCall {
  readonly input: Record<string, unknown>
  readonly context: CallContext
}

async function readCall(
  tool: McpTool,
  { client, agentId, homeId }: McpCaller,
  given: Readonly<Record<string, unknown>>,
): Promise<Outcome<ReadCall>> {
  const fields = toolFields(tool)
  const strange = Object.keys(given).filter((name) => !fields.has(name))
  if (strange.length > 0) {
    const errors = strange
      .slice(0, STRANGE_MAX)
      .map((field) => ({ field: field.slice(0, NAME_CHARS_MAX), message: 'is no argument of this tool' }))
    return invalid(`${tool.name} has no such arguments`, errors)
  }
  const { [REPEAT_KEY]: repeatKey, ...rest } = given
  const input: Record<string, unknown> = rest
  if (repeatKey !== undefined && (typeof repeatKey !== 'string' || repeatKey === '' || repeatKey.length > 255)) {
    return invalid('the key is not one', [{ field: REPEAT_KEY, message: 'must be a text of 1 to 255 characters' }])
  }
  if (typeof input.projectId === 'string') {
    const project = await resolveProject(client, input.projectId)
    if (!project.ok) return project
    input.projectId = project.data
  } else if (input.projectId === undefined && homeId !== null && fields.has('projectId')) input.projectId = homeId
  if (tool.ownAgent === 'filled-in') {
    if (agentId === null) return refuse('FORBIDDEN', 'this is for agents that are at work')
    input.agentId = agentId
  }
  return { ok: true, data: { input, context: repeatKey === undefined ? {} : { idempotencyKey: repeatKey } } }
}

function answer(told: Record<string, unknown>): ToolAnswer {
  return { content: [{ type: 'text', text: JSON.stringify(told) }], structuredContent: told }
}

function failure(error: object): ToolAnswer {
  return { ...answer({ ...error }), isError: true }
}

/** Where people decide on the requests that an answer names: whoever asks cannot answer them, so it is given addresses. */
function addresses(told: object, { baseUrl }: McpCaller, projectId: string | null): { approvalUrls?: string[] } {
  if (baseUrl === null || projectId === null) return {}
  const { approvalId, approvalIds, id } = told as { approvalId?: unknown; approvalIds?: unknown; id?: unknown }
  const named = [approvalId, ...(Array.isArray(approvalIds) ? approvalIds : []), id]
  const urls = named
    .filter((found): found is string => typeof found === 'string' && found.startsWith(APPROVAL_PREFIX))
    .map((found) => `${baseUrl}/v1/projects/${projectId}/approvals/${found}`)
  return urls.length === 0 ? {} : { approvalUrls: urls }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
