import type { DecidingInProject } from '../decide/command.ts'
import type { Alert, AlertType, Severity } from '../model/notification.ts'
import type { Scope } from '../ports/storage.ts'

/** A resolved alert that comes back within this time is the same alert. */
const REOPEN_MS = 15 * 60_000
const OF_KEY_MAX = 20

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
}

/** What raising or clearing an alert has to read. */
export function alertScope(projectId: string, dedupeKey: string): Scope {
  return { lookups: [{ lookup: 'alertsByKey', values: [projectId, dedupeKey], limit: OF_KEY_MAX }] }
}

function latest(deciding: DecidingInProject, dedupeKey: string): Alert | null {
  return deciding.snapshot.find('alertsByKey', deciding.project.id, dedupeKey).at(-1) ?? null
}

function isOpen(alert: Alert): boolean {
  return alert.status === 'OPEN' || alert.status === 'ACKNOWLEDGED'
}

/** Raises an alert, or counts it up when it is open, or reopens it when it was resolved a moment ago. */
export function raiseAlert(deciding: DecidingInProject, facts: AlertFacts): void {
  const { changes, now, project } = deciding
  const known = latest(deciding, facts.dedupeKey)
  const isRecent = known?.resolvedAt != null && now - known.resolvedAt <= REOPEN_MS
  if (known !== null && (isOpen(known) || (known.status === 'RESOLVED' && isRecent))) {
    changes.update('alert', known, {
      count: known.count + 1,
      description: facts.description,
      ...(isOpen(known) ? {} : { status: 'OPEN' as const, resolvedAt: null, resolutionNote: null }),
    })
    if (isOpen(known)) return
  } else {
    changes.insert('alert', {
      projectId: project.id,
      type: facts.type,
      severity: facts.severity,
      title: facts.title,
      description: facts.description,
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
  changes.event('ALERT_RAISED', {
    subject: `alert/${facts.dedupeKey}`,
    summary: `${facts.severity}: ${facts.title}`,
    reason: facts.description,
    data: { type: facts.type, severity: facts.severity },
    taskId: facts.taskId ?? null,
    agentId: facts.agentId ?? null,
    runId: facts.runId ?? null,
  })
}

/** Clears an open alert; does nothing when there is none. */
export function clearAlert(deciding: DecidingInProject, dedupeKey: string, note: string): void {
  const known = latest(deciding, dedupeKey)
  if (known === null || !isOpen(known)) return
  deciding.changes.update('alert', known, { status: 'RESOLVED', resolvedAt: deciding.now, resolutionNote: note })
  deciding.changes.event('ALERT_RESOLVED', {
    subject: `alert/${known.id}`,
    summary: `Cleared: ${known.title}`,
    reason: note,
    taskId: known.taskId,
    agentId: known.agentId,
    runId: known.runId,
  })
}
