import type { DecidingInProject } from '../decide/command.ts'
import type { NotificationType } from '../model/notification.ts'
import { redactText } from '../rules/redaction.ts'

const KEPT_MS = 24 * 60 * 60_000
const ATTEMPTS_MAX = 5

export interface OperatorNote {
  readonly type: NotificationType
  readonly title: string
  readonly body: string
  readonly agentId?: string | null
  readonly taskId?: string | null
  readonly approvalId?: string | null
  readonly runId?: string | null
}

/** Puts a note for the people who watch over the project into the outbox. */
export function notifyOperators(deciding: DecidingInProject, note: OperatorNote): void {
  deciding.changes.insert('notification', {
    projectId: deciding.project.id,
    targetKind: 'OPERATORS',
    targetId: 'OPERATORS',
    channel: 'TELEGRAM',
    type: note.type,
    title: redactText(note.title),
    body: redactText(note.body),
    refs: {
      taskId: note.taskId ?? null,
      approvalId: note.approvalId ?? null,
      agentId: note.agentId ?? null,
      runId: note.runId ?? null,
    },
    status: 'PENDING',
    attempts: 0,
    maxAttempts: ATTEMPTS_MAX,
    nextAttemptAt: deciding.now,
    sendAfter: deciding.now,
    expiresAt: deciding.now + KEPT_MS,
    lastError: null,
    externalId: null,
    deliveredAt: null,
    ackedAt: null,
    redactedFields: [],
  })
}
