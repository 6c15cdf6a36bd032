import { z } from 'zod'
import { AGENT_ROLES } from '../model/principal.ts'
import { CONTENT_BYTES_MAX, type JsonValue, jsonSchema } from '../model/text.ts'
import { hostFactsInput } from '../model/tool-act.ts'
import { redactJson } from '../rules/redaction.ts'
import type { JudgedCall } from './evaluate-call.ts'

/** Larger inputs are not kept; such a decision cannot be replayed, and a replay says how many there are. */
const INPUT_CHARS_MAX = 16_384

/** What a decision keeps so that another policy can be asked about the same call later. Secrets are out of it. */
export const replayFactsSchema = z.object({
  input: jsonSchema(CONTENT_BYTES_MAX),
  cwd: z.string().nullable(),
  workspacePath: z.string(),
  resolved: hostFactsInput.nullable(),
  role: z.enum(AGENT_ROLES),
  isCao: z.boolean(),
  taskType: z.string().nullable(),
  /** Reasons that a grant lifted at the time. */
  covers: z.array(z.string()),
})
export type ReplayFacts = z.infer<typeof replayFactsSchema>

export function replayFacts({ act, agent, task, grant }: JudgedCall): ReplayFacts | null {
  if (act === null) return null
  const { value } = redactJson(act.input)
  if (JSON.stringify({ value, resolved: act.resolved }).length > INPUT_CHARS_MAX) return null
  return {
    input: value as JsonValue,
    cwd: act.cwd,
    workspacePath: agent.workspacePath,
    resolved: act.resolved,
    role: agent.role,
    isCao: agent.isCao,
    taskType: task?.type ?? null,
    covers: grant?.covers ?? [],
  }
}
