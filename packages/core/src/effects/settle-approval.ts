import { type DecidingInProject, joinScopes } from '../decide/command.ts'
import type { Snapshot } from '../decide/snapshot.ts'
import type { Approval, ApprovalStatus } from '../model/approval.ts'
import type { EventKind } from '../model/event.ts'
import type { Task } from '../model/task.ts'
import type { Scope } from '../ports/storage.ts'
import { notifyAgent } from './notify.ts'
import { alertScope, raiseAlert } from './raise-alert.ts'
import { releaseTask } from './release-task.ts'
import { subAgentsScope } from './retire-agent.ts'
import { taskScope } from './task-scope.ts'
import { writeMessage } from './write-message.ts'

/** How many waiting tasks one decision moves; the sweep moves any further ones. */
const WAITING_MAX = 25

type Final = Exclude<ApprovalStatus, 'PENDING'>

export interface ApprovalOutcome {
  readonly status: Final
  readonly reason: string
  /** What the approval itself carries from now on: decisions, grant. */
  readonly fields?: Partial<
    Pick<Approval, 'decisions' | 'requiredDecisions' | 'grantExpiresAt' | 'policyVersion' | 'usedAt'>
  >
}

const EVENTS: Readonly<Record<Final, EventKind>> = {
  APPROVED: 'APPROVAL_APPROVED',
  DENIED: 'APPROVAL_DENIED',
  EXPIRED: 'APPROVAL_EXPIRED',
  CANCELED: 'APPROVAL_CANCELED',
}

/** What settling a request has to read: its task, and every other task that waits for it. */
export function settleScope(projectId: string, approvalId: string, seen: Snapshot | null): Scope {
  const approval = seen?.has('approval', approvalId) === true ? seen.peek('approval', approvalId) : null
  const ofTask = approval === null || approval.taskId === '' ? [] : [approval.taskId]
  const waiting =
    seen?.hasLookup('tasksWaitingFor', [approvalId]) === true ? seen.find('tasksWaitingFor', approvalId) : []
  const taskIds = [...new Set([...ofTask, ...waiting.map(({ id }) => id)])]
  return joinScopes(
    {
      records: [{ kind: 'approval', id: approvalId }],
      lookups: [{ lookup: 'tasksWaitingFor', values: [approvalId], limit: WAITING_MAX }],
    },
    alertScope(projectId, timeoutKey(approvalId)),
    ...taskIds.map((id) => taskScope(projectId, id, seen)),
    // The decision on a deliverable may end its task, and with it the agents that were spawned for it.
    ...(approval?.actionType === 'COMPLETE_TASK' ? ofTask : []).map((id) => subAgentsScope(projectId, id, seen)),
  )
}

function timeoutKey(approvalId: string): string {
  return `APPROVAL_TIMEOUT:${approvalId}`
}

function waitingTasks({ snapshot, project }: DecidingInProject, approval: Approval): Task[] {
  const waiting = snapshot.hasLookup('tasksWaitingFor', [approval.id])
    ? snapshot.find('tasksWaitingFor', approval.id)
    : []
  const own =
    approval.taskId !== '' && snapshot.has('task', approval.taskId) ? snapshot.get('task', approval.taskId) : null
  const all = own === null ? waiting : [own, ...waiting.filter(({ id }) => id !== own.id)]
  return all.filter((task) => task.projectId === project.id)
}

/**
 * Ends a request: the record, its event, the note in the thread, the word to whoever asked, and the tasks that wait
 * for it, all in one commit. A request that is already final stays as it is.
 */
export function settleApproval(deciding: DecidingInProject, found: Approval, outcome: ApprovalOutcome): Approval {
  const { changes, now, actor } = deciding
  const pending = changes.current('approval', found)
  if (pending.status !== 'PENDING') return pending
  const approval = changes.update('approval', pending, { ...outcome.fields, status: outcome.status, decidedAt: now })
  changes.event(EVENTS[outcome.status], {
    subject: `approval/${approval.id}`,
    summary: `${outcome.status} by ${actor.name}: ${approval.actionSummary}`,
    reason: outcome.reason,
    data: {
      status: approval.status,
      actionType: approval.actionType,
      payloadHash: approval.payloadHash,
      deciders: approval.decisions.map(({ principalId, verdict }) => ({ principalId, verdict })),
      grantExpiresAt: approval.grantExpiresAt,
    },
    taskId: approval.taskId || null,
    agentId: approval.onBehalfOfAgentId,
    runId: approval.runId,
  })
  if (approval.taskId !== '') {
    const content = `${outcome.status} ${approval.actionType}: ${approval.actionSummary}\n${outcome.reason}`
    writeMessage(deciding, { taskId: approval.taskId, type: 'DECISION', content })
  }
  wake(deciding, approval, outcome)
  for (const task of waitingTasks(deciding, approval)) releaseTask(deciding, task, approval, outcome.reason)
  return changes.current('approval', approval)
}

function wake(deciding: DecidingInProject, approval: Approval, outcome: ApprovalOutcome): void {
  if (approval.onBehalfOfAgentId !== null) {
    notifyAgent(deciding, {
      agentId: approval.onBehalfOfAgentId,
      type: 'APPROVAL_DECIDED',
      title: `${outcome.status}: ${approval.actionSummary}`,
      body: outcome.reason,
      taskId: approval.taskId || null,
      approvalId: approval.id,
      runId: approval.runId,
    })
  }
  if (outcome.status !== 'EXPIRED') return
  raiseAlert(deciding, {
    type: 'APPROVAL_TIMEOUT',
    severity: 'WARNING',
    dedupeKey: timeoutKey(approval.id),
    title: `Nobody decided: ${approval.actionSummary}`,
    description: outcome.reason,
    agentId: approval.onBehalfOfAgentId,
    taskId: approval.taskId || null,
    runId: approval.runId,
  })
}

/** Ends a request whose time is over, whoever noticed. */
export function expireApproval(deciding: DecidingInProject, approval: Approval): Approval {
  return settleApproval(deciding, approval, { status: 'EXPIRED', reason: 'nobody decided in time' })
}
