import type { Notification } from '@mission-control/core'
import { type Change, writtenOf } from '../mirror.ts'
import type { Sight, Watch } from './watch.ts'

/** The longest wait between two attempts, with its spread. */
const WAIT_MS_MAX = 300_000

/** I25: who follows a task is told; what is SENT arrived; what is given up was tried as often as it may be. */
export function watchDelivery(sight: Sight): Watch {
  /** Notes that say what another one said a moment before. */
  const same = new Set<string>()
  /** When each subscription was committed last. */
  const followedAt = new Map<string, number>()
  return {
    committed: (change) => {
      for (const { before, after } of writtenOf(change, 'notification')) {
        if (after.attempts > after.maxAttempts) sight.complain('I25', `${after.id} had ${after.attempts} attempts`)
        if (after.status === before?.status || after.channel === 'HEARTBEAT') continue
        if (after.status === 'SENT') checkArrived(sight, change, after, same)
        if (after.status === 'FAILED') checkGivenUp(sight, change, after)
        if (after.status === 'EXPIRED' && change.now < after.expiresAt)
          sight.complain('I25', `${after.id} expired early`)
      }
      checkFollowers(sight, change, followedAt)
      for (const { after } of writtenOf(change, 'subscription')) followedAt.set(after.id, change.now)
    },
  }
}

function checkArrived({ receiver, complain }: Sight, change: Change, note: Notification, same: Set<string>): void {
  const told = change.events.find(({ kind, subject }) => kind === 'NOTIFICATION_SENT' && subject.endsWith(note.id))
  const { sameAs } = (told?.data ?? {}) as { sameAs?: string }
  if (told === undefined) complain('I23', `${note.id} is SENT and no event tells of it`)
  if (sameAs !== undefined) same.add(note.id)
  const isThere = receiver.arrived.has(sameAs ?? note.id) || (sameAs !== undefined && same.has(sameAs))
  if (!isThere) complain('I25', `${note.id} is SENT, and nothing arrived`)
}

function checkGivenUp({ receiver, complain }: Sight, change: Change, note: Notification): void {
  const isTried = note.attempts >= note.maxAttempts || receiver.refused.has(note.id)
  const isTooOld = change.now + WAIT_MS_MAX >= note.expiresAt
  if (!isTried && !isTooOld) complain('I25', `${note.id} was given up after ${note.attempts} attempts`)
  if (!change.events.some(({ kind }) => kind === 'NOTIFICATION_FAILED')) {
    complain('I23', `${note.id} is FAILED and no event tells of it`)
  }
}

/**
 * Everybody who follows a task when a message is written hears of it. Who followed only after the author had looked may
 * miss it: a list of followers is a hint, and nobody waits for those who come.
 */
function checkFollowers({ mirror, complain }: Sight, change: Change, followedAt: ReadonlyMap<string, number>): void {
  const { call } = change
  if (call?.operation !== 'messages.post') return
  for (const { after: message } of writtenOf(change, 'message')) {
    const told = new Set(writtenOf(change, 'notification').map(({ after }) => after.targetId))
    for (const { id, taskId, principalId, agentId, isMuted } of mirror.all('subscription')) {
      if (taskId !== message.taskId || isMuted || principalId === call.principalId) continue
      const isLate = (followedAt.get(id) ?? 0) >= message.createdAt
      if (!isLate && !told.has(agentId ?? principalId))
        complain('I25', `${principalId} follows ${taskId} and was not told`)
    }
  }
}
