import { z } from 'zod'
import { accept, type DecidingInProject, joinScopes, projectCommand } from '../decide/command.ts'
import { failedKey, failNotification } from '../effects/fail-notification.ts'
import { alertScope } from '../effects/raise-alert.ts'
import { refSchema } from '../model/ids.ts'
import type { Notification } from '../model/notification.ts'
import type { Scope } from '../ports/storage.ts'
import { earlierEqual } from '../rules/delivery.ts'
import { inProject } from './inputs.ts'

const BATCH_MAX = 50
const EQUAL_MAX = 20
/** When an equal, earlier note is still on its way, look again after this. */
const BEHIND_EQUAL_MS = 5_000

/**
 * Takes notes of the outbox to send, so that no other host sends them at the same time; what is too old is expired,
 * what was told a moment ago is not told again. A host that dies with them gives way after the lease.
 */
export const leaseNotifications = projectCommand({
  name: 'notifications.lease',
  summary: 'Takes due notifications to send them; nobody else has them until the lease ends.',
  input: z.strictObject({
    ...inProject,
    notificationIds: z.array(refSchema).min(1).max(BATCH_MAX),
    leaseMs: z.int().min(1000).max(600_000),
  }),
  permission: null,
  whenContained: 'allowed',
  systemOnly: true,
  forBridge: true,
  whenArchived: 'allowed',
  scope: ({ projectId, notificationIds }, _caller, seen): Scope =>
    joinScopes(
      { records: notificationIds.map((id) => ({ kind: 'notification' as const, id })) },
      ...notificationIds.map((id): Scope => {
        const note = seen?.has('notification', id) === true ? seen.peek('notification', id) : null
        if (note === null) return {}
        const equal = [note.targetId, note.channel, note.type, note.subject]
        return joinScopes(alertScope(projectId, failedKey(note)), {
          lookups: [{ lookup: 'equalNotifications', values: equal, limit: EQUAL_MAX }],
        })
      }),
    ),
  decide(deciding, { notificationIds, leaseMs }) {
    const { snapshot, project } = deciding
    const leased = [...new Set(notificationIds)].flatMap((id) => {
      const note = snapshot.get('notification', id)
      if (note === null || note.projectId !== project.id || note.status !== 'PENDING') return []
      return take(deciding, note, leaseMs) ?? []
    })
    return accept({ leased })
  },
})

function take(deciding: DecidingInProject, note: Notification, leaseMs: number): Notification | null {
  const { changes, snapshot, now } = deciding
  if (note.expiresAt <= now) {
    changes.update('notification', note, { status: 'EXPIRED', nextAttemptAt: null })
    return null
  }
  if (note.channel === 'HEARTBEAT' || note.nextAttemptAt === null || note.nextAttemptAt > now) return null
  if (note.attempts >= note.maxAttempts) {
    // The host that made the last attempt was never heard of again.
    failNotification(deciding, note, note.lastError ?? 'nothing was heard of the last attempt')
    return null
  }
  const others = snapshot.find('equalNotifications', note.targetId, note.channel, note.type, note.subject)
  const equal = earlierEqual(
    note,
    others.map((other) => changes.current('notification', other)),
  )
  if (equal !== null) {
    if (equal.status === 'PENDING') {
      changes.update('notification', note, { nextAttemptAt: Math.max(now, equal.nextAttemptAt ?? 0) + BEHIND_EQUAL_MS })
    } else collapse(deciding, note, equal)
    return null
  }
  return changes.update('notification', note, { attempts: note.attempts + 1, nextAttemptAt: now + leaseMs })
}

function collapse({ changes }: DecidingInProject, note: Notification, equal: Notification): void {
  changes.update('notification', note, { status: 'SENT', nextAttemptAt: null, externalId: equal.externalId })
  changes.event('NOTIFICATION_SENT', {
    subject: `notification/${note.id}`,
    summary: `Told a moment ago already: ${note.title}`,
    data: { channel: note.channel, type: note.type, sameAs: equal.id },
    taskId: note.refs.taskId,
    agentId: note.refs.agentId,
    runId: note.refs.runId,
  })
}
