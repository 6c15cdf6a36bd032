import { z } from 'zod'
import { accept, joinScopes, projectCommand, refuse } from '../decide/command.ts'
import { leaseProblem, own } from '../decide/own.ts'
import { containCallLoop, endedCallScope, loopOfEndedCall } from '../effects/call-loop.ts'
import { sightOf } from '../effects/call-sight.ts'
import { livenessScope, renewLease } from '../effects/renew-lease.ts'
import { refSchema } from '../model/ids.ts'
import { refusal } from '../model/refusal.ts'
import { CONTENT_BYTES_MAX, jsonSchema, storedText } from '../model/text.ts'
import type { ToolCall } from '../model/tool-call.ts'
import { endedCallKey } from '../rules/call-key.ts'
import { canonicalHash, canonicalJson } from '../rules/hash.ts'
import { preview } from '../rules/redaction.ts'
import { epochInput, inProject } from './inputs.ts'

const PREVIEW_CHARS_MAX = 500

const input = z.strictObject({
  ...inProject,
  toolCallId: refSchema,
  epoch: epochInput,
  status: z.enum(['SUCCESS', 'FAILED']),
  output: jsonSchema(4 * CONTENT_BYTES_MAX).optional(),
  error: storedText.max(4000).optional(),
})

/** How the call went, as far as it counts for telling whether it goes in circles. */
function outcomeOf({ status, error }: z.infer<typeof input>, now: number) {
  return { status, endedAt: now, error: error === undefined ? null : preview(error, PREVIEW_CHARS_MAX) }
}

/** Reports how a running call went. Of what it gave only a redacted beginning and a hash are kept. */
export const endToolCall = projectCommand({
  name: 'toolCalls.end',
  summary: 'Reports how a running tool call ended.',
  input,
  permission: 'runs.write',
  whenContained: 'allowed',
  scope: (given, caller, seen) => {
    const { projectId, toolCallId } = given
    const call = seen?.has('toolCall', toolCallId) === true ? seen.peek('toolCall', toolCallId) : null
    const sight = sightOf(seen, projectId)
    return joinScopes(
      livenessScope(caller.agentId),
      { records: [{ kind: 'toolCall', id: toolCallId }] },
      call === null || call.taskId === null ? {} : { records: [{ kind: 'task', id: call.taskId }] },
      call === null || sight === null ? {} : endedCallScope(sight, { ...call, ...outcomeOf(given, sight.now) }),
    )
  },
  decide(deciding, given) {
    const { toolCallId, epoch, status, output, error } = given
    const { agent, changes, snapshot, now } = deciding
    const { record: call, problem } = own(deciding, 'toolCall', toolCallId)
    if (problem !== null) return refuse(problem)
    if (agent === null || call.agentId !== agent.id) {
      return refuse(refusal('FORBIDDEN', `${call.id} is a call of another agent`))
    }
    const task = call.taskId === null ? null : snapshot.get('task', call.taskId)
    const lost = task === null ? null : leaseProblem(deciding, task, epoch ?? call.taskEpoch ?? undefined)
    if (lost !== null) return refuse(lost)
    const outputText = output === undefined ? null : canonicalJson(output)
    const outputHash = output === undefined ? null : canonicalHash(output)
    if (call.status === status && call.outputHash === outputHash) return accept(call)
    if (call.status === 'PENDING') {
      const errors = [{ field: 'toolCallId', message: 'has not begun' }]
      return refuse(refusal('VALIDATION', 'toolCalls.end: the input is not valid', { errors }))
    }
    if (call.status !== 'RUNNING') {
      return refuse(refusal('ALREADY_DECIDED', `${call.id} is ${call.status}`, { status: call.status }))
    }
    const outputPreview = outputText === null ? null : preview(outputText, PREVIEW_CHARS_MAX)
    const outcome = outcomeOf(given, now)
    const errorPreview = outcome.error
    const redacted = [
      ...(outputPreview === null || outputText?.startsWith(outputPreview) === true ? [] : ['outputPreview']),
      ...(errorPreview === null || error?.startsWith(errorPreview) === true ? [] : ['error']),
    ]
    const ended: ToolCall = changes.update('toolCall', call, {
      ...outcome,
      callId: endedCallKey(call),
      outputPreview,
      outputHash,
      redactedFields: [...call.redactedFields, ...redacted],
    })
    changes.event('TOOL_CALL', {
      subject: `toolCall/${call.id}`,
      summary: `${call.toolName}: ${status}`,
      reason: errorPreview,
      data: { status, capability: call.capability, callId: call.callId, durationMs: now - (call.startedAt ?? now) },
      taskId: call.taskId,
      agentId: call.agentId,
      runId: call.runId || null,
    })
    if (task !== null) renewLease(deciding, task)
    const finding = loopOfEndedCall(deciding, ended)
    if (finding !== null) containCallLoop(deciding, ended, finding)
    return accept(ended)
  },
})
