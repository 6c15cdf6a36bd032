import { z } from 'zod'
import { accept, joinScopes, projectCommand, refuse } from '../decide/command.ts'
import { own } from '../decide/own.ts'
import { failedKey, failNotification } from '../effects/fail-notification.ts'
import { alertScope } from '../effects/raise-alert.ts'
import { refSchema } from '../model/ids.ts'
import { storedText } from '../model/text.ts'
import { isRetryable, retryDelayMs } from '../rules/delivery.ts'
import { redactText } from '../rules/redaction.ts'
import { inProject } from './inputs.ts'

const DAY_MS = 24 * 60 * 60_000

/** Writes down what became of one attempt: sent, to be tried again later, or given up. */
export const settleNotification = projectCommand({
  name: 'notifications.settle',
  summary: 'Writes down what became of one attempt to send a notification.',
  input: z.strictObject({
    ...inProject,
    notificationId: refSchema,
    /** The number of the attempt, as it was leased. */
    attempt: z.int().min(1),
    result: z.discriminatedUnion('status', [
      z.strictObject({ status: z.literal('SENT'), externalId: storedText.max(500).nullable() }),
      z.strictObject({
        status: z.literal('FAILED'),
        error: storedText.max(2000),
        statusCode: z.int().nullable(),
        retryAfterMs: z.int().min(0).max(DAY_MS).nullable(),
      }),
    ]),
  }),
  permission: null,
  whenContained: 'allowed',
  systemOnly: true,
  forBridge: true,
  whenArchived: 'allowed',
  scope: ({ projectId, notificationId }, _caller, seen) => {
    const note = seen?.has('notification', notificationId) === true ? seen.peek('notification', notificationId) : null
    return joinScopes(
      { records: [{ kind: 'notification', id: notificationId }] },
      note === null ? {} : alertScope(projectId, failedKey(note)),
    )
  },
  decide(deciding, { notificationId, attempt, result }) {
    const { record: note, problem } = own(deciding, 'notification', notificationId)
    if (problem !== null) return refuse(problem)
    const { changes, now } = deciding
    if (result.status === 'SENT') {
      // It has arrived, also when somebody else has taken it since; acknowledged ones are further already.
      if (note.status !== 'PENDING') return accept(note)
      const { externalId } = result
      const sent = changes.update('notification', note, {
        status: 'SENT',
        externalId,
        nextAttemptAt: null,
        lastError: null,
      })
      changes.event('NOTIFICATION_SENT', {
        subject: `notification/${note.id}`,
        summary: `Sent by ${note.channel}: ${note.title}`,
        data: { channel: note.channel, type: note.type, attempts: note.attempts },
        taskId: note.refs.taskId,
        agentId: note.refs.agentId,
        runId: note.refs.runId,
      })
      return accept(sent)
    }
    // The failure of an attempt that somebody else has taken over says nothing about theirs.
    if (note.status !== 'PENDING' || note.attempts !== attempt) return accept(note)
    const nextAttemptAt = now + Math.max(retryDelayMs(note.id, attempt), result.retryAfterMs ?? 0)
    const mayRetry = isRetryable(result.statusCode) && attempt < note.maxAttempts && nextAttemptAt < note.expiresAt
    if (!mayRetry) return accept(failNotification(deciding, note, result.error))
    return accept(changes.update('notification', note, { nextAttemptAt, lastError: redactText(result.error) }))
  },
})
