import type { DecidingInProject } from '../decide/command.ts'
import type { Scope } from '../ports/storage.ts'

const CALLS_MAX = 500

/** What closing the calls of a run has to read. */
export function openToolCallsScope(runId: string): Scope {
  return { lookups: [{ lookup: 'openToolCallsOfRun', values: [runId], limit: CALLS_MAX }] }
}

/**
 * Ends what a run left open: nobody will ever report how a running call went, and a call that was not begun must not
 * begin any more.
 */
export function closeToolCalls(deciding: DecidingInProject, runId: string): void {
  const { changes, now, snapshot } = deciding
  for (const found of snapshot.find('openToolCallsOfRun', runId)) {
    const call = changes.current('toolCall', found)
    if (call.status !== 'RUNNING' && call.status !== 'PENDING') continue
    const isRunning = call.status === 'RUNNING'
    changes.update('toolCall', call, {
      status: isRunning ? 'FAILED' : 'DENIED',
      endedAt: now,
      error: isRunning ? 'UNKNOWN_OUTCOME' : 'RUN_CLOSED',
    })
    changes.event('TOOL_CALL', {
      subject: `toolCall/${call.id}`,
      summary: `${call.toolName}: ${isRunning ? 'failed, outcome unknown' : 'denied'}`,
      reason: 'the run ended',
      data: { from: call.status, to: isRunning ? 'FAILED' : 'DENIED', callId: call.callId },
      taskId: call.taskId,
      agentId: call.agentId,
      runId,
    })
  }
}
