import type { DecidingInProject } from '../decide/command.ts'
import type { Notification } from '../model/notification.ts'
import { redactText } from '../rules/redaction.ts'
import { raiseAlert } from './raise-alert.ts'

/** People wait for these; that they did not arrive is an alert of its own. */
const MUST_ARRIVE: readonly Notification['type'][] = ['APPROVAL_REQUESTED', 'ALERT']

/** One alert per way that fails: notes of that alert fail the same way, and must not raise another one each. */
export function failedKey({ channel, targetId }: Pick<Notification, 'channel' | 'targetId'>): string {
  return `NOTIFICATION_FAILED:${channel}:${targetId}`
}

/** Gives a note up: the row, an event, and an alert when people were waiting for it. */
export function failNotification(deciding: DecidingInProject, note: Notification, error: string): Notification {
  const { changes } = deciding
  const lastError = redactText(error)
  const failed = changes.update('notification', note, { status: 'FAILED', nextAttemptAt: null, lastError })
  changes.event('NOTIFICATION_FAILED', {
    subject: `notification/${note.id}`,
    summary: `Not delivered by ${note.channel}: ${note.title}`,
    reason: lastError,
    data: { channel: note.channel, type: note.type, attempts: note.attempts },
    taskId: note.refs.taskId,
    agentId: note.refs.agentId,
    runId: note.refs.runId,
  })
  if (MUST_ARRIVE.includes(note.type)) {
    raiseAlert(deciding, {
      type: 'NOTIFICATION_FAILED',
      severity: 'ERROR',
      dedupeKey: failedKey(note),
      title: `${note.channel} does not deliver to ${note.targetId}`,
      description: `${note.title}: ${lastError} (${note.id}, ${note.attempts} attempts)`,
    })
  }
  return failed
}
