import type { DecidingInProject } from '../decide/command.ts'
import type { NotificationType } from '../model/notification.ts'
import { redactText } from '../rules/redaction.ts'

const KEPT_MS = 24 * 60 * 60_000
const ATTEMPTS_MAX = 5

export interface NotificationFacts {
  readonly agentId: string
  readonly type: NotificationType
  readonly title: string
  readonly body?: string
  readonly taskId?: string | null
  readonly approvalId?: string | null
  readonly runId?: string | null
}

/** Puts a note for an agent into the outbox; it is in the reply to each heartbeat until the agent acknowledges it. */
export function notifyAgent(deciding: DecidingInProject, facts: NotificationFacts): void {
  // Nobody needs to be told of an own act.
  if (deciding.agent?.id === facts.agentId) return
  deciding.changes.insert('notification', {
    projectId: deciding.project.id,
    targetKind: 'AGENT',
    targetId: facts.agentId,
    channel: 'HEARTBEAT',
    type: facts.type,
    title: redactText(facts.title),
    body: redactText(facts.body ?? ''),
    refs: {
      taskId: facts.taskId ?? null,
      approvalId: facts.approvalId ?? null,
      agentId: facts.agentId,
      runId: facts.runId ?? null,
    },
    status: 'PENDING',
    attempts: 0,
    maxAttempts: ATTEMPTS_MAX,
    nextAttemptAt: null,
    sendAfter: deciding.now,
    expiresAt: deciding.now + KEPT_MS,
    lastError: null,
    externalId: null,
    deliveredAt: null,
    ackedAt: null,
    redactedFields: [],
  })
}
