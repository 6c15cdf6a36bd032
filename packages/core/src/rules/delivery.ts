import type { Notification } from '../model/notification.ts'
import { sha256Hex } from './hash.ts'

/** After each failed attempt; the first attempt is at once. */
const RETRY_AFTER_MS = [30_000, 60_000, 120_000, 240_000] as const
/** Each wait is up to this share longer or shorter, so that what failed together does not come back together. */
const JITTER = 0.2
const COLLAPSED_MS = 5 * 60_000

/** Between 0 and 1, the same for the same text: decisions may not draw lots. */
function fractionOf(text: string): number {
  return Number.parseInt(sha256Hex(text).slice(0, 8), 16) / 0xffff_ffff
}

/** How long to wait after the failed attempt of that number (from 1) before the next. */
export function retryDelayMs(notificationId: string, attempt: number): number {
  const base = RETRY_AFTER_MS[Math.min(attempt, RETRY_AFTER_MS.length) - 1] ?? RETRY_AFTER_MS[0]
  return spreadMs(base, `${notificationId}/${attempt}`)
}

/** A wait that is up to a fifth longer or shorter, the same for the same text. */
export function spreadMs(baseMs: number, text: string): number {
  return Math.round(baseMs * (1 - JITTER + 2 * JITTER * fractionOf(text)))
}

/** Whether another attempt can end better: the receiver was down, busy, or not heard in time. */
export function isRetryable(statusCode: number | null): boolean {
  return statusCode === null || statusCode === 429 || (statusCode >= 500 && statusCode <= 599)
}

/**
 * The note that says the same to the same target a little earlier, or null. Equal are target, channel, type, subject
 * and title: the end of a thing is news even when its beginning was told a moment ago.
 */
export function earlierEqual(note: Notification, others: readonly Notification[]): Notification | null {
  const isEarlier = (other: Notification) =>
    other.createdAt < note.createdAt || (other.createdAt === note.createdAt && other.id < note.id)
  const isEqual = (other: Notification) =>
    other.id !== note.id &&
    other.title === note.title &&
    other.projectId === note.projectId &&
    isEarlier(other) &&
    note.createdAt - other.createdAt <= COLLAPSED_MS &&
    other.status !== 'FAILED' &&
    other.status !== 'EXPIRED'
  return others.find(isEqual) ?? null
}
