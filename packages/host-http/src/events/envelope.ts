import { EVENT_KINDS, type EventKind, eventType, type StoredEvent } from '@mission-control/core'
import { z } from 'zod'

const envelopeSchema = z.object({
  id: z.string(),
  type: z.string(),
  subject: z.string(),
  time: z.int(),
  actor: z.object({
    kind: z.enum(['AGENT', 'HUMAN', 'SYSTEM']),
    id: z.string(),
    role: z.string(),
    name: z.string(),
    agentId: z.string().nullable(),
  }),
  projectId: z.string().nullable(),
  taskId: z.string().optional(),
  agentId: z.string().optional(),
  runId: z.string().optional(),
  summary: z.string(),
  reason: z.string().optional(),
  data: z.json(),
  policyVersion: z.string().optional(),
  costMicros: z.int().optional(),
  traceparent: z.string().optional(),
  seq: z.int().optional(),
  prevHash: z.string().optional(),
  hash: z.string().optional(),
})

const KIND_OF_TYPE: ReadonlyMap<string, EventKind> = new Map(EVENT_KINDS.map((kind) => [eventType(kind), kind]))

/** The kind that a type or a kind names; undefined for a word that is neither. */
export function kindOf(word: string): EventKind | undefined {
  return KIND_OF_TYPE.get(word) ?? EVENT_KINDS.find((kind) => kind === word)
}

/** Takes an event out of its envelope; null when it is of a kind that this version does not know. */
export function eventOf(envelope: unknown, cursor: string): StoredEvent | null {
  const said = envelopeSchema.parse(envelope)
  const kind = KIND_OF_TYPE.get(said.type)
  if (kind === undefined) return null
  const { seq, prevHash, hash } = said
  return {
    id: said.id,
    projectId: said.projectId,
    kind,
    subject: said.subject,
    time: said.time,
    actor: said.actor,
    taskId: said.taskId ?? null,
    agentId: said.agentId ?? null,
    runId: said.runId ?? null,
    summary: said.summary,
    reason: said.reason ?? null,
    data: said.data,
    policyVersion: said.policyVersion ?? null,
    costMicros: said.costMicros ?? null,
    traceparent: said.traceparent ?? null,
    cursor,
    seal: seq === undefined || prevHash === undefined || hash === undefined ? null : { seq, prevHash, hash },
  }
}
