import { type DecidingInProject, joinScopes } from '../decide/command.ts'
import type { Snapshot } from '../decide/snapshot.ts'
import type { Message } from '../model/message.ts'
import type { Alert } from '../model/notification.ts'
import type { Task } from '../model/task.ts'
import { CONTENT_BYTES_MAX, utf8Bytes } from '../model/text.ts'
import type { Scope } from '../ports/storage.ts'
import { sha256Hex } from '../rules/hash.ts'
import type { LoopFinding } from '../rules/loops/finding.ts'
import { loopLesson, loopName, loopReport } from '../rules/loops/report.ts'
import { isContainable, LOOKED_AT_MAX, loopWindowStart, type TaskHistory } from '../rules/loops/task-loop.ts'
import { redactText } from '../rules/redaction.ts'
import { asSystem } from './as-system.ts'
import { moveTask } from './move-task.ts'
import { alertScope, raiseAlert } from './raise-alert.ts'
import { taskScope } from './task-scope.ts'
import { agentDocumentScope, findAgentDocument, writeAgentDocument } from './write-agent-document.ts'

/** The key of the alert about a task that goes in circles. */
export function loopAlertKey(taskId: string): string {
  return `LOOP_DETECTED:${taskId}`
}

/** What is read to tell whether a task goes in circles, and to stop it. */
export function loopScope(projectId: string, taskId: string, seen: Snapshot | null): Scope {
  const task = seen?.has('task', taskId) === true ? seen.peek('task', taskId) : null
  const memories = (task?.assigneeIds ?? []).map((id) => agentDocumentScope(id, 'SESSION_MEMORY', taskId))
  return joinScopes(taskScope(projectId, taskId, seen), ...memories, alertScope(projectId, loopAlertKey(taskId)), {
    lookups: [
      { lookup: 'latestMessagesOfTask', values: [taskId], limit: LOOKED_AT_MAX },
      { lookup: 'latestTransitionsOfTask', values: [taskId], limit: LOOKED_AT_MAX },
      { lookup: 'latestRunsOfTask', values: [taskId], limit: LOOKED_AT_MAX },
    ],
  })
}

/** What lately happened on the task. */
export function historyOf({ snapshot }: DecidingInProject, taskId: string) {
  return {
    messages: snapshot.find('latestMessagesOfTask', taskId),
    transitions: snapshot.find('latestTransitionsOfTask', taskId),
    runs: snapshot.find('latestRunsOfTask', taskId),
  } satisfies TaskHistory
}

/**
 * Stops a task that goes in circles, in one transaction: BLOCKED by the system, an event, an alert, a report, and the
 * operators told. A task that is blocked or has ended is reported only. Raised once, until somebody unblocks it.
 * `closing` are the messages of this very commit.
 */
export function containLoop(
  deciding: DecidingInProject,
  found: Task,
  finding: LoopFinding,
  closing: readonly Message[] = [],
): boolean {
  const system = asSystem(deciding)
  const { changes } = system
  const task = changes.current('task', found)
  if (wasRaised(system, found)) return false
  const reason = `${loopName(finding.detector)}: ${finding.detail}`
  if (isContainable(task)) moveTask(system, { task, to: 'BLOCKED', reason, stopReason: 'LOOP' })
  const reportId = writeLoopReport(system, found, finding, closing)
  remember(system, found, finding, reportId)
  changes.event('LOOP_DETECTED', {
    subject: `task/${task.id}`,
    summary: `${loopName(finding.detector)} on ${task.title}`,
    reason,
    data: { ...finding, agentIds: [...finding.agentIds], reportId },
    taskId: task.id,
    agentId: finding.agentIds[0] ?? task.claim?.agentId ?? null,
  })
  const about = { taskId: task.id, agentId: finding.agentIds[0] ?? null }
  const title = `${loopName(finding.detector)}: ${task.title}`
  raiseAlert(system, {
    type: 'LOOP_DETECTED',
    severity: 'WARNING',
    dedupeKey: loopAlertKey(task.id),
    title,
    description: `${reason}\nReport: ${reportId}`,
    ...about,
  })
  return true
}

/** Adds what was stopped and why to what each assignee remembers of the task, so that nobody starts over as before. */
function remember(deciding: DecidingInProject, task: Task, finding: LoopFinding, reportId: string): void {
  const { snapshot } = deciding
  const lesson = loopLesson(finding, reportId, deciding.now)
  for (const agentId of task.assigneeIds) {
    const agent = snapshot.has('agent', agentId) ? snapshot.peek('agent', agentId) : null
    if (agent === null || !snapshot.hasLookup('agentDocumentByKey', [agentId, 'SESSION_MEMORY', task.id])) continue
    const known = findAgentDocument(deciding, agentId, 'SESSION_MEMORY', task.id)?.content ?? ''
    const content = known === '' ? lesson : `${known}\n\n${lesson}`
    const kept = utf8Bytes(content) <= CONTENT_BYTES_MAX ? content : lesson
    writeAgentDocument(deciding, agent, { type: 'SESSION_MEMORY', key: task.id }, kept)
  }
}

/** Whether people have been told of a loop on this task since it was last untied. */
function wasRaised({ snapshot, project }: DecidingInProject, task: Task): boolean {
  const alerts: readonly Alert[] = snapshot.find('alertsByKey', project.id, loopAlertKey(task.id))
  if (alerts.some(({ status }) => status === 'OPEN' || status === 'ACKNOWLEDGED')) return true
  const since = loopWindowStart(snapshot.find('latestTransitionsOfTask', task.id))
  return !isContainable(task) && alerts.some(({ updatedAt }) => updatedAt > since)
}

/** Keeps the report with the task, or with the agent when there is no task. */
export function writeLoopReport(
  deciding: DecidingInProject,
  task: Task | null,
  finding: LoopFinding,
  closing: readonly Message[] = [],
): string {
  const { changes, project, now } = deciding
  const { messages, transitions } = task === null ? { messages: [], transitions: [] } : historyOf(deciding, task.id)
  const written = loopReport({ finding, task, messages: [...closing, ...messages], transitions, now })
  const content = redactText(written)
  const document = changes.insert('document', {
    projectId: project.id,
    name: `${loopName(finding.detector)} report`,
    type: 'REPORT',
    mimeType: 'text/markdown',
    content,
    storageUrl: null,
    sizeBytes: utf8Bytes(content),
    checksum: sha256Hex(content),
    taskId: task?.id ?? null,
    agentId: finding.agentIds[0] ?? null,
    isRedacted: content !== written,
    previousVersionId: null,
  })
  changes.event('REPORT_CREATED', {
    subject: `document/${document.id}`,
    summary: document.name,
    data: { type: finding.detector, checksum: document.checksum },
    taskId: document.taskId,
    agentId: document.agentId,
  })
  return document.id
}
