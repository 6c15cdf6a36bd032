import type { DecidingInProject } from '../decide/command.ts'
import type { Notification, NotificationType } from '../model/notification.ts'
import { redactText } from '../rules/redaction.ts'

const KEPT_MS = 24 * 60 * 60_000
const ATTEMPTS_MAX = 5

/** What a note says, to whomever. */
export interface Note {
  readonly type: NotificationType
  readonly title: string
  readonly body?: string
  /** `<entity>/<id>`; absent: the approval, task, run or agent it names, in this order. */
  readonly subject?: string
  readonly agentId?: string | null
  readonly taskId?: string | null
  readonly approvalId?: string | null
  readonly runId?: string | null
}

export interface NotificationFacts extends Note {
  readonly agentId: string
}

type Target = Pick<Notification, 'targetKind' | 'targetId' | 'channel'>

function subjectOf(note: Note): string {
  if (note.subject !== undefined) return note.subject
  if (note.approvalId != null) return `approval/${note.approvalId}`
  if (note.taskId != null) return `task/${note.taskId}`
  if (note.runId != null) return `run/${note.runId}`
  return note.agentId == null ? 'project' : `agent/${note.agentId}`
}

/** Puts one note into the outbox, in the commit of what it tells of. */
export function enqueue({ changes, project, now }: DecidingInProject, target: Target, note: Note): void {
  const title = redactText(note.title)
  const body = redactText(note.body ?? '')
  changes.insert('notification', {
    projectId: project.id,
    ...target,
    type: note.type,
    subject: subjectOf(note),
    title,
    body,
    refs: {
      taskId: note.taskId ?? null,
      approvalId: note.approvalId ?? null,
      agentId: note.agentId ?? null,
      runId: note.runId ?? null,
    },
    status: 'PENDING',
    attempts: 0,
    maxAttempts: ATTEMPTS_MAX,
    // A heartbeat fetches its notes itself; all other channels are pushed to.
    nextAttemptAt: target.channel === 'HEARTBEAT' ? null : now,
    sendAfter: now,
    expiresAt: now + KEPT_MS,
    lastError: null,
    externalId: null,
    deliveredAt: null,
    ackedAt: null,
    redactedFields: [...(title === note.title ? [] : ['title']), ...(body === (note.body ?? '') ? [] : ['body'])],
  })
}

/** Puts a note for an agent into the outbox; it is in the reply to each heartbeat until the agent acknowledges it. */
export function notifyAgent(deciding: DecidingInProject, facts: NotificationFacts): void {
  // Nobody needs to be told of an own act.
  if (deciding.agent?.id === facts.agentId) return
  enqueue(deciding, { targetKind: 'AGENT', targetId: facts.agentId, channel: 'HEARTBEAT' }, facts)
}

/** Puts a note for one person into the outbox. Nobody is told of an own act. */
export function notifyPerson(deciding: DecidingInProject, principalId: string, note: Note): void {
  if (deciding.principal?.id === principalId) return
  enqueue(deciding, { targetKind: 'PRINCIPAL', targetId: principalId, channel: 'TELEGRAM' }, note)
}
