import { type Approval, type Task, type TaskStatus, usdFromMicros } from '@mission-control/core'

const TASK_ID_CHARS = 4
const APPROVAL_ID_CHARS = 6
const MINUTE_MS = 60_000

/** `0.25`; what is less than a cent is told to the micro. */
export function usd(micros: number): string {
  const isFine = micros !== 0 && Math.abs(micros) < 10_000
  return `$${usdFromMicros(micros, isFine ? 6 : 2)}`
}

/** The last characters of a task's id, as people type it. */
export function taskRef({ id }: Pick<Task, 'id'>): string {
  return `#${id.slice(-TASK_ID_CHARS)}`
}

/** The last characters of an approval's id, as people type it. */
export function approvalRef({ id }: Pick<Approval, 'id'>): string {
  return `#${id.slice(-APPROVAL_ID_CHARS)}`
}

/** `59 min`, `23 h 5 min`, `3 d 2 h`. */
export function duration(ms: number): string {
  const minutes = Math.max(0, Math.ceil(ms / MINUTE_MS))
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`
  return hours % 24 === 0 ? `${hours / 24} d` : `${Math.floor(hours / 24)} d ${hours % 24} h`
}

export function riskSign(riskLevel: Approval['riskLevel']): string {
  return riskLevel === 'RED' ? '🔴' : '🟡'
}

export function prioritySign(priority: number): string {
  if (priority === 1) return '🔴'
  return priority === 2 ? '🟠' : '🔵'
}

export const STATUS_SIGNS: Readonly<Record<TaskStatus, string>> = {
  INBOX: '📥',
  ASSIGNED: '👤',
  IN_PROGRESS: '⚙️',
  REVIEW: '👀',
  NEEDS_APPROVAL: '⏳',
  BLOCKED: '🚫',
  DONE: '✅',
  CANCELED: '❌',
}
