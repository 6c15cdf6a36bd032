import type { DecidingInProject } from '../decide/command.ts'
import type { StopReason } from '../model/run.ts'
import type { Claim, Task, TaskStatus } from '../model/task.ts'
import { claimLeaseMs } from '../rules/lease.ts'
import { redactText } from '../rules/redaction.ts'
import { isActiveWork, isTerminal } from '../rules/task-lifecycle.ts'
import { asSystem } from './as-system.ts'
import { cancelApprovals } from './cancel-approvals.ts'
import { tellFollowers } from './followers.ts'
import { notifyAgent } from './notify.ts'
import { clearAlert, raiseAlert } from './raise-alert.ts'
import { setAgentStatus } from './set-agent-status.ts'
import { stopRuns } from './stop-runs.ts'
import { approvalsOf } from './task-lists.ts'

export interface Move {
  readonly task: Task
  readonly to: TaskStatus
  readonly reason?: string | null
  /** New assignees; absent: as before. */
  readonly assigneeIds?: readonly string[]
  /** Who holds it from now on; absent: follows from the move. */
  readonly holderId?: string
  /** Artifacts and other fields that change with the move. */
  readonly fields?: Partial<
    Pick<Task, 'workPlan' | 'deliverable' | 'checklist' | 'costSummary' | 'waitingFor' | 'lapsedAt' | 'redactedFields'>
  >
  readonly approvalId?: string | null
  readonly stopReason?: StopReason
}

/** The only way a task changes its status: the task, its transition row, its event and all that follows from the move. */
export function moveTask(deciding: DecidingInProject, asked: Move): Task {
  const { changes } = deciding
  // The reason goes into the task, its transition, an alert and notes: it is made safe once, before all of them.
  const move: Move = { ...asked, reason: asked.reason == null ? null : redactText(asked.reason) }
  const before = changes.current('task', move.task)
  const assigneeIds = move.to === 'INBOX' ? [] : [...(move.assigneeIds ?? before.assigneeIds)]
  const claim = claimAfter(deciding, before, move)
  const holderChanged = (claim?.agentId ?? null) !== (before.claim?.agentId ?? null)
  const after = changes.update('task', before, {
    ...move.fields,
    ...statusFields(deciding, before, move),
    status: move.to,
    assigneeIds,
    claim: claim === null ? null : { ...claim, epoch: holderChanged ? before.epoch + 1 : claim.epoch },
    epoch: holderChanged ? before.epoch + 1 : before.epoch,
    workedBy: claim === null ? before.workedBy : [...new Set([...before.workedBy, claim.agentId])],
    lapsedAt: claim === null ? (move.fields?.lapsedAt ?? null) : null,
    transitionCount: before.transitionCount + 1,
  })
  recordTransition(deciding, before, after, move)
  updateWorkloads(deciding, before, after)
  followUp(deciding, before, after, move, holderChanged)
  return after
}

function claimAfter(deciding: DecidingInProject, before: Task, move: Move): Claim | null {
  const { to } = move
  if (to === 'INBOX' || isTerminal(to)) return null
  if (
    to === 'ASSIGNED' &&
    (before.status === 'IN_PROGRESS' || before.status === 'REVIEW') &&
    move.holderId === undefined
  ) {
    return null
  }
  const holderId = move.holderId ?? before.claim?.agentId ?? null
  if (holderId === null) return null
  const epoch = before.claim?.epoch ?? before.epoch
  if (!isActiveWork(to)) return { agentId: holderId, leaseUntil: null, epoch }
  return { agentId: holderId, leaseUntil: deciding.now + claimLeaseMs(intervalOf(deciding, holderId)), epoch }
}

/** How often the agent beats; a hint, so a change of it does not make a claim look again. */
export function intervalOf(deciding: DecidingInProject, agentId: string): number {
  const liveness = deciding.snapshot.has('liveness', agentId) ? deciding.snapshot.peek('liveness', agentId) : null
  return liveness?.heartbeatIntervalMs ?? 900_000
}

function statusFields(deciding: DecidingInProject, before: Task, move: Move): Partial<Task> {
  const { now } = deciding
  const { to } = move
  const waits = to === 'NEEDS_APPROVAL' || to === 'BLOCKED'
  const waited = before.status === 'NEEDS_APPROVAL' || before.status === 'BLOCKED'
  // Coming back to REVIEW after a decision is the same submission; anything else handed in is a new one.
  const isSubmission = to === 'REVIEW' && !(waited && before.returnStatus === 'REVIEW')
  return {
    returnStatus: waits ? (waited ? before.returnStatus : before.status) : null,
    ...(waits ? {} : { waitingFor: [] }),
    blockedReason: to === 'BLOCKED' ? (move.reason ?? null) : null,
    ...(to === 'IN_PROGRESS' && before.startedAt === null ? { startedAt: now } : {}),
    ...(isSubmission ? { submittedAt: now, submission: before.submission + 1 } : {}),
    ...(isTerminal(to) ? { completedAt: now } : {}),
    ...(before.status === 'REVIEW' && to === 'IN_PROGRESS' ? { reviewCycles: before.reviewCycles + 1 } : {}),
    ...(before.status === 'BLOCKED' && isActiveWork(to) ? { reviewCycles: 0 } : {}),
  }
}

function recordTransition(deciding: DecidingInProject, before: Task, after: Task, move: Move): void {
  const { changes, actor, project } = deciding
  changes.insert('transition', {
    projectId: project.id,
    taskId: after.id,
    seq: after.transitionCount,
    from: before.status,
    to: after.status,
    actor,
    reason: move.reason ?? null,
    artifacts: { workPlan: after.workPlan, deliverable: after.deliverable, checklist: after.checklist },
    policyVersion: changes.policyVersion,
    approvalId: move.approvalId ?? null,
  })
  changes.event('TASK_TRANSITION', {
    subject: `task/${after.id}`,
    summary: `${after.title}: ${before.status} → ${after.status}`,
    reason: move.reason ?? null,
    data: {
      from: before.status,
      to: after.status,
      version: after.version,
      epoch: after.epoch,
      submission: after.submission,
      assigneeIds: after.assigneeIds,
      approvalId: move.approvalId ?? null,
    },
    taskId: after.id,
    agentId: after.claim?.agentId ?? before.claim?.agentId ?? deciding.agent?.id ?? null,
  })
}

function updateWorkloads(deciding: DecidingInProject, before: Task, after: Task): void {
  const { changes, snapshot } = deciding
  const countsBefore = new Set(isActiveWork(before.status) ? before.assigneeIds : [])
  const countsAfter = new Set(isActiveWork(after.status) ? after.assigneeIds : [])
  for (const agentId of new Set([...countsBefore, ...countsAfter])) {
    if (countsBefore.has(agentId) === countsAfter.has(agentId)) continue
    const workload = snapshot.get('workload', agentId)
    if (workload === null) continue
    const others = changes.current('workload', workload).activeTaskIds.filter((id) => id !== after.id)
    const activeTaskIds = countsAfter.has(agentId) ? [...others, after.id] : others
    changes.update('workload', workload, { activeTaskIds })
    if (activeTaskIds.length === 0) drainIfEmpty(deciding, agentId)
  }
}

/** A draining agent whose last task leaves its hands has drained; with others left, its next heartbeat tells. */
function drainIfEmpty(deciding: DecidingInProject, agentId: string): void {
  const agent = deciding.snapshot.has('agent', agentId) ? deciding.snapshot.peek('agent', agentId) : null
  const current = agent === null ? null : deciding.changes.current('agent', agent)
  if (current === null || current.status !== 'ACTIVE' || current.drainRequestedAt === null) return
  setAgentStatus(asSystem(deciding), current, { status: 'DRAINED', reason: 'its work has ended' })
}

function followUp(deciding: DecidingInProject, before: Task, after: Task, move: Move, holderChanged: boolean): void {
  const { snapshot } = deciding
  const stops = after.status === 'BLOCKED' || isTerminal(after.status) || (holderChanged && before.claim !== null)
  if (stops && snapshot.hasLookup('openRunsOfTask', [after.id])) {
    stopRuns(deciding, snapshot.find('openRunsOfTask', after.id), move.stopReason ?? 'CANCELED')
  }
  cancelOutdated(deciding, before, after)
  if (after.status === 'BLOCKED') {
    raiseAlert(deciding, {
      type: 'TASK_BLOCKED',
      severity: 'WARNING',
      dedupeKey: `TASK_BLOCKED:${after.id}`,
      title: `Blocked: ${after.title}`,
      description: move.reason ?? 'no reason given',
      taskId: after.id,
      agentId: after.claim?.agentId ?? null,
    })
  } else if (before.status === 'BLOCKED') {
    clearAlert(deciding, `TASK_BLOCKED:${after.id}`, move.reason ?? `moved to ${after.status}`)
    clearAlert(deciding, `LOOP_DETECTED:${after.id}`, move.reason ?? `moved to ${after.status}`)
  }
  tellPeople(deciding, before, after, move)
}

/** Requests end with the task; an approval of a deliverable ends when that deliverable goes back to work. */
function cancelOutdated(deciding: DecidingInProject, before: Task, after: Task): void {
  const approvals = approvalsOf(deciding, after.id)
  if (isTerminal(after.status)) {
    const unfinished = approvals.filter(({ usedAt }) => usedAt === null)
    cancelApprovals(deciding, unfinished, `the task is ${after.status}`)
  } else if (isActiveWork(after.status) && before.submission > 0) {
    const ofDeliverable = approvals.filter((approval) => approval.actionType === 'COMPLETE_TASK')
    cancelApprovals(deciding, ofDeliverable, 'the deliverable is being changed')
  }
}

function tellPeople(deciding: DecidingInProject, before: Task, after: Task, move: Move): void {
  const added = after.assigneeIds.filter((id) => !before.assigneeIds.includes(id))
  for (const agentId of added) {
    notifyAgent(deciding, { agentId, type: 'TASK_ASSIGNED', title: `Assigned: ${after.title}`, taskId: after.id })
  }
  const note = {
    type: 'TASK_TRANSITION',
    title: `${after.title}: ${before.status} → ${after.status}`,
    body: move.reason ?? '',
    taskId: after.id,
  } as const
  // Those who have just lost it hear of it as well.
  const assigneeIds = [...new Set([...before.assigneeIds, ...after.assigneeIds])]
  tellFollowers(deciding, { id: after.id, assigneeIds }, note, { agentIds: new Set(added) })
}
