import type { DecidingInProject } from '../decide/command.ts'
import type { Alert, AlertType, Severity } from '../model/notification.ts'
import type { JsonValue } from '../model/text.ts'
import type { Scope } from '../ports/storage.ts'
import { redactText } from '../rules/redaction.ts'
import { notifyOperators } from './notify-operators.ts'

/** A resolved alert that comes back within this time is the same alert. */
const REOPEN_MS = 15 * 60_000
/** An ignored alert swallows its repeats for this long, then it is news again. */
const IGNORED_MS = 24 * 60 * 60_000

export interface AlertFacts {
  readonly type: AlertType
  readonly severity: Severity
  /** One open alert per key; name what it is about: `TASK_BLOCKED:tsk_…`. */
  readonly dedupeKey: string
  readonly title: string
  readonly description: string
  readonly agentId?: string | null
  readonly taskId?: string | null
  readonly runId?: string | null
  /** What people may decide to make it go away. */
  readonly approvalId?: string | null
  /** More for the event. */
  readonly data?: Readonly<Record<string, JsonValue>>
}

/** What raising or clearing an alert has to read. */
export function alertScope(projectId: string, dedupeKey: string): Scope {
  return { lookups: [{ lookup: 'alertsByKey', values: [projectId, dedupeKey], limit: 1 }] }
}

function latest({ snapshot, changes, project }: DecidingInProject, dedupeKey: string): Alert | null {
  const known = snapshot.find('alertsByKey', project.id, dedupeKey)[0]
  return known === undefined ? null : changes.current('alert', known)
}

/** Whether it waits for somebody or something. */
export function isOpenAlert(alert: Alert): boolean {
  return alert.status === 'OPEN' || alert.status === 'ACKNOWLEDGED'
}

function isWithin(at: number | null, spanMs: number, now: number): boolean {
  return at !== null && now - at <= spanMs
}

/**
 * Raises an alert, or counts it up when it is open or ignored, or reopens it when it was resolved a moment ago.
 * The operators are told when it opens, not of repeats.
 */
export function raiseAlert(deciding: DecidingInProject, facts: AlertFacts): Alert {
  const { changes, now } = deciding
  const known = latest(deciding, facts.dedupeKey)
  const description = redactText(facts.description)
  if (known !== null) {
    const isIgnored = known.status === 'IGNORED' && isWithin(known.resolvedAt, IGNORED_MS, now)
    if (isOpenAlert(known) || isIgnored) {
      return changes.update('alert', known, { count: known.count + 1, description })
    }
    if (known.status === 'RESOLVED' && isWithin(known.resolvedAt, REOPEN_MS, now)) {
      const reopened = changes.update('alert', known, {
        count: known.count + 1,
        description,
        status: 'OPEN',
        acknowledgedBy: null,
        acknowledgedAt: null,
        resolvedAt: null,
        resolutionNote: null,
      })
      announce(deciding, reopened, facts)
      return reopened
    }
  }
  const alert = insertAlert(deciding, facts, description)
  announce(deciding, alert, facts)
  return alert
}

function insertAlert({ changes, project }: DecidingInProject, facts: AlertFacts, description: string): Alert {
  return changes.insert('alert', {
    projectId: project.id,
    type: facts.type,
    severity: facts.severity,
    title: redactText(facts.title),
    description,
    agentId: facts.agentId ?? null,
    taskId: facts.taskId ?? null,
    runId: facts.runId ?? null,
    dedupeKey: facts.dedupeKey,
    count: 1,
    status: 'OPEN',
    acknowledgedBy: null,
    acknowledgedAt: null,
    resolvedAt: null,
    resolutionNote: null,
  })
}

function announce(deciding: DecidingInProject, alert: Alert, facts: AlertFacts): void {
  const refs = { taskId: alert.taskId, agentId: alert.agentId, runId: alert.runId }
  deciding.changes.event('ALERT_RAISED', {
    subject: `alert/${alert.id}`,
    summary: `${alert.severity}: ${alert.title}`,
    reason: alert.description,
    data: { ...facts.data, type: alert.type, severity: alert.severity, dedupeKey: alert.dedupeKey },
    ...refs,
  })
  notifyOperators(deciding, {
    type: 'ALERT',
    title: `${alert.severity}: ${alert.title}`,
    body: alert.description,
    subject: `alert/${alert.id}`,
    approvalId: facts.approvalId ?? null,
    ...refs,
  })
}

/** Clears an open or ignored alert; does nothing when there is none. */
export function clearAlert(deciding: DecidingInProject, dedupeKey: string, note: string): void {
  const known = latest(deciding, dedupeKey)
  if (known !== null && (isOpenAlert(known) || known.status === 'IGNORED')) resolveAlert(deciding, known, note)
}

/** Ends an alert and tells the operators, unless somebody has chosen not to hear of it. */
export function resolveAlert(deciding: DecidingInProject, alert: Alert, note: string): Alert {
  const { changes, now } = deciding
  const resolutionNote = redactText(note)
  const resolved = changes.update('alert', alert, { status: 'RESOLVED', resolvedAt: now, resolutionNote })
  const refs = { taskId: alert.taskId, agentId: alert.agentId, runId: alert.runId }
  changes.event('ALERT_RESOLVED', {
    subject: `alert/${alert.id}`,
    summary: `Cleared: ${alert.title}`,
    reason: resolutionNote,
    data: { type: alert.type, count: alert.count },
    ...refs,
  })
  if (alert.status !== 'IGNORED') {
    notifyOperators(deciding, {
      type: 'ALERT',
      title: `Cleared: ${alert.title}`,
      body: resolutionNote,
      subject: `alert/${alert.id}`,
      ...refs,
    })
  }
  return resolved
}
