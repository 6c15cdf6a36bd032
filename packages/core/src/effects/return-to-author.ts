import { type DecidingInProject, joinScopes } from '../decide/command.ts'
import type { Snapshot } from '../decide/snapshot.ts'
import type { Review } from '../model/review.ts'
import type { Task } from '../model/task.ts'
import type { Scope } from '../ports/storage.ts'
import { loopReport, type Position } from '../rules/loop-report.ts'
import { loopSummary } from '../rules/review.ts'
import type { Capacity } from '../rules/task-lifecycle.ts'
import { asSystem } from './as-system.ts'
import { judgeMove } from './judge-move.ts'
import { moveTask } from './move-task.ts'
import { alertScope, raiseAlert } from './raise-alert.ts'
import { authorOf } from './request-completion.ts'
import { writeReport } from './write-report.ts'

const TRANSITIONS_SHOWN = 8

/** What a loop of reviews raises and tells. */
export function reviewLoopScope(projectId: string, taskId: string, seen: Snapshot | null): Scope {
  const task = seen?.has('task', taskId) === true ? seen.peek('task', taskId) : null
  return joinScopes(alertScope(projectId, loopKey(taskId)), {
    lookups: shownSeqs(task).map((seq) => ({ lookup: 'transitionsOfTask', values: [taskId, seq], limit: 1 })),
  })
}

function shownSeqs(task: Pick<Task, 'transitionCount'> | null): number[] {
  const last = task?.transitionCount ?? 0
  const first = Math.max(1, last - TRANSITIONS_SHOWN + 1)
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}

function loopKey(taskId: string): string {
  return `LOOP_DETECTED:REVIEW:${taskId}`
}

/** Why and by whom the work goes back. */
export interface Return {
  readonly review: Review
  readonly reason: string
  /** REVIEWER for changes that were asked for, SYSTEM for a dispute that was lost. */
  readonly capacity: Extract<Capacity, 'REVIEWER' | 'SYSTEM'>
}

/**
 * Sends the work back to its author, one review cycle further. Once too often, the task is blocked instead, with what
 * went back and forth, for somebody to untie.
 */
export function returnToAuthor(deciding: DecidingInProject, found: Task, { review, reason, capacity }: Return): void {
  const task = deciding.changes.current('task', found)
  const refused = judgeMove(deciding, {
    task,
    from: 'REVIEW',
    to: 'IN_PROGRESS',
    reason,
    capacities: [capacity],
  })
  if (refused !== null) blockLoop(deciding, task, review, reason)
  else moveTask(capacity === 'SYSTEM' ? asSystem(deciding) : deciding, { task, to: 'IN_PROGRESS', reason })
}

function blockLoop(deciding: DecidingInProject, task: Task, review: Review, reason: string): void {
  const { changes, snapshot } = deciding
  const earlier = snapshot.find('reviewsOfTask', task.id).filter(({ id }) => id !== review.id)
  const summary = loopSummary(task, earlier, `${review.submission}. ${reason}`)
  const title = `Review ping-pong: ${task.title}`
  moveTask(asSystem(deciding), { task, to: 'BLOCKED', reason: summary, stopReason: 'LOOP' })
  const report = writeReport(asSystem(deciding), {
    name: title,
    content: describeLoop(deciding, task, [...earlier, review], title),
    taskId: task.id,
    agentId: authorOf(task),
  })
  changes.event('LOOP_DETECTED', {
    subject: `task/${task.id}`,
    summary: title,
    reason: summary,
    data: { type: 'REVIEW_PING_PONG', reviewCycles: task.reviewCycles, reportId: report.id },
    taskId: task.id,
    agentId: authorOf(task),
  })
  raiseAlert(deciding, {
    type: 'LOOP_DETECTED',
    severity: 'WARNING',
    dedupeKey: loopKey(task.id),
    title,
    description: `${summary}\nReport: ${report.id}`,
    taskId: task.id,
    agentId: authorOf(task),
  })
}

function describeLoop(deciding: DecidingInProject, task: Task, reviews: readonly Review[], title: string): string {
  const { snapshot, now } = deciding
  const returns = reviews.filter(({ verb, status }) => verb === 'CHANGESET' || status === 'ACCEPTED')
  return loopReport({
    type: 'REVIEW_PING_PONG',
    title,
    counts: `${returns.length} requests for changes, ${task.reviewCycles} returns, submission ${task.submission}`,
    window: { from: returns[0]?.createdAt ?? now, to: now },
    positions: positionsOf(deciding, task, returns),
    transitions: shownSeqs(task).flatMap((seq) => snapshot.find('transitionsOfTask', task.id, seq)),
    proposal: 'A lead or a human arbitrates: says what is accepted, or gives the task to somebody else.',
    nextSteps: [
      'Read the positions above and decide between them.',
      'Write what is accepted into the description of the task.',
      'Move the task from BLOCKED to IN_PROGRESS or ASSIGNED with a note; the cycles begin anew.',
    ],
  })
}

/** The last word of each reviewer, and of the author. */
function positionsOf(deciding: DecidingInProject, task: Task, reviews: readonly Review[]): Position[] {
  const agents = deciding.snapshot.find('agentsOfProject', deciding.project.id)
  const nameOf = (principalId: string) => {
    if (principalId === deciding.actor.id) return deciding.actor.name
    return agents.find((agent) => agent.principalId === principalId)?.name ?? principalId
  }
  const last = new Map(reviews.map((review) => [review.reviewer, review]))
  const author = agents.find(({ id }) => id === authorOf(task))?.name ?? 'the author'
  const answers = reviews.flatMap(({ response, items }) => [
    ...(response === null ? [] : [response]),
    ...items.flatMap(({ resolution }) => (resolution === null ? [] : [resolution])),
  ])
  return [
    ...[...last].map(([reviewer, { claim, summary, items }]) => ({
      party: nameOf(reviewer),
      says: [claim ?? summary, ...items.map(({ file, change }) => `${file}: ${change}`)].join('; '),
    })),
    { party: author, says: answers.at(-1) ?? task.deliverable?.summary ?? `handed in ${task.submission} times` },
  ]
}
