import { type DecidingInProject, joinScopes } from '../decide/command.ts'
import type { DirectThread } from '../model/message.ts'
import type { LoopLimits } from '../model/policy.ts'
import { type Refusal, refusal } from '../model/refusal.ts'
import type { Scope } from '../ports/storage.ts'
import type { LoopFinding } from '../rules/loops/finding.ts'
import { loopName } from '../rules/loops/report.ts'
import { backAndForthIn, LOOKED_AT_MAX } from '../rules/loops/task-loop.ts'
import { asSystem } from './as-system.ts'
import { writeLoopReport } from './contain-loop.ts'
import { policyInForce, policyScope } from './policy-in-force.ts'
import { alertScope, raiseAlert } from './raise-alert.ts'

/** The key of the alert about two agents who only answer each other. */
export function threadAlertKey(threadId: string): string {
  return `LOOP_DETECTED:${threadId}`
}

/** What writing into a thread has to read. */
export function threadScope(projectId: string, threadId: string): Scope {
  return joinScopes(
    {
      records: [{ kind: 'directThread', id: threadId }],
      lookups: [{ lookup: 'messagesOfThread', values: [threadId], limit: LOOKED_AT_MAX }],
    },
    policyScope(projectId),
    alertScope(projectId, threadAlertKey(threadId)),
  )
}

/** Why nobody writes here, or null. */
export function blockedThread(thread: DirectThread): Refusal | null {
  return thread.blockedReason === null
    ? null
    : refusal('POLICY_DENIED', `this thread is blocked: ${thread.blockedReason}`, {
        errors: [{ field: 'threadId', message: 'an operator unblocks it' }],
      })
}

/** The loop that one more message of this agent would close, or null. */
export function threadLoop(deciding: DecidingInProject, thread: DirectThread): LoopFinding | null {
  const { snapshot, actor, now } = deciding
  const limits: LoopLimits['backAndForth'] | undefined = policyInForce(deciding, { taskType: null, agentId: null })
    ?.loops.backAndForth
  if (limits === undefined) return null
  const next = { author: actor, type: 'COMMENT', createdAt: now } as const
  const since = Math.max(now - limits.windowMs, thread.unblockedAt ?? 0)
  const lately = snapshot.find('messagesOfThread', thread.id).filter(({ createdAt }) => createdAt > since)
  return backAndForthIn([next, ...lately], limits)
}

/** Blocks a thread in which two agents only answer each other: an event, a report, an alert, and nobody writes until an operator says so. */
export function blockThread(deciding: DecidingInProject, thread: DirectThread, finding: LoopFinding): void {
  const system = asSystem(deciding)
  const reason = `${loopName(finding.detector)}: ${finding.detail}`
  system.changes.update('directThread', thread, { blockedReason: reason })
  const reportId = writeLoopReport(system, null, finding)
  system.changes.event('LOOP_DETECTED', {
    subject: `directThread/${thread.id}`,
    summary: `${loopName(finding.detector)} in a direct thread`,
    reason,
    data: { ...finding, agentIds: [...finding.agentIds], reportId },
    agentId: finding.agentIds[0] ?? null,
  })
  raiseAlert(system, {
    type: 'LOOP_DETECTED',
    severity: 'WARNING',
    dedupeKey: threadAlertKey(thread.id),
    title: `${loopName(finding.detector)} in a direct thread`,
    description: `${reason}\nReport: ${reportId}`,
    agentId: finding.agentIds[0] ?? null,
  })
}
