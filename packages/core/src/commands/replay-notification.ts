import { z } from 'zod'
import { accept, joinScopes, projectCommand, refuse } from '../decide/command.ts'
import { own } from '../decide/own.ts'
import { failedKey } from '../effects/fail-notification.ts'
import { alertScope, clearAlert } from '../effects/raise-alert.ts'
import { refSchema } from '../model/ids.ts'
import { refusal } from '../model/refusal.ts'
import { inProject } from './inputs.ts'

const KEPT_MS = 24 * 60 * 60_000

/** Sends a note again that was given up or became too old, and clears the alert that told of it. */
export const replayNotification = projectCommand({
  name: 'notifications.replay',
  summary: 'Sends a failed or expired notification again.',
  input: z.strictObject({ ...inProject, notificationId: refSchema }),
  permission: 'alerts.manage',
  whenContained: 'refused',
  scope: ({ projectId, notificationId }, _caller, seen) => {
    const note = seen?.has('notification', notificationId) === true ? seen.peek('notification', notificationId) : null
    return joinScopes(
      { records: [{ kind: 'notification', id: notificationId }] },
      note === null ? {} : alertScope(projectId, failedKey(note)),
    )
  },
  decide(deciding, { notificationId }) {
    const { record: note, problem } = own(deciding, 'notification', notificationId)
    if (problem !== null) return refuse(problem)
    if (note.status === 'PENDING') return accept(note)
    if (note.status !== 'FAILED' && note.status !== 'EXPIRED') {
      return refuse(refusal('ALREADY_DECIDED', `${note.id} is ${note.status}`))
    }
    const { changes, now, actor } = deciding
    const replayed = changes.update('notification', note, {
      status: 'PENDING',
      attempts: 0,
      nextAttemptAt: note.channel === 'HEARTBEAT' ? null : now,
      expiresAt: now + KEPT_MS,
    })
    changes.event('OPERATOR_CONTROL', {
      subject: `notification/${note.id}`,
      summary: `${actor.name} sends again: ${note.title}`,
      data: { channel: note.channel, type: note.type },
      taskId: note.refs.taskId,
    })
    clearAlert(deciding, failedKey(note), `${actor.name} sends it again`)
    return accept(replayed)
  },
})
