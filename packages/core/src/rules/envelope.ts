import { type EventDraft, eventType } from '../model/event.ts'
import type { Seal } from '../model/seal.ts'
import type { JsonValue } from '../model/text.ts'

/** An event as it leaves the house: CloudEvents names; what does not apply is absent, and so is a seal not yet given. */
export interface EventEnvelope {
  readonly id: string
  readonly source: string
  readonly type: string
  readonly subject: string
  readonly time: number
  readonly seq?: number
  readonly actor: EventDraft['actor']
  readonly projectId: string | null
  readonly taskId?: string
  readonly agentId?: string
  readonly runId?: string
  readonly summary: string
  readonly reason?: string
  readonly data: JsonValue
  readonly policyVersion?: string
  readonly costMicros?: number
  readonly traceparent?: string
  readonly prevHash?: string
  readonly hash?: string
}

/** Puts an event into its envelope. Its hash, once sealed, is over exactly this, so that a reader can check the chain. */
export function envelopeOf(event: EventDraft, seal: Partial<Seal> | null): EventEnvelope {
  const { projectId, taskId, agentId, runId, reason, policyVersion, costMicros, traceparent } = event
  return {
    id: event.id,
    source: projectId === null ? '/v1' : `/v1/projects/${projectId}`,
    type: eventType(event.kind),
    subject: event.subject,
    time: event.time,
    actor: event.actor,
    projectId,
    ...(taskId === null ? {} : { taskId }),
    ...(agentId === null ? {} : { agentId }),
    ...(runId === null ? {} : { runId }),
    summary: event.summary,
    ...(reason === null ? {} : { reason }),
    data: event.data,
    ...(policyVersion === null ? {} : { policyVersion }),
    ...(costMicros === null ? {} : { costMicros }),
    ...(traceparent === null ? {} : { traceparent }),
    ...seal,
  }
}
