import type { DecidingInProject } from '../decide/command.ts'
import type { Run, StopReason } from '../model/run.ts'

/**
 * Stops open runs: each has its reason at once, its calls are denied and its agent is told to stop.
 * It stays open, with its hold, until its next report or the end of its lease, because money may still be spent.
 * The workloads of their agents must be loaded.
 */
export function stopRuns(deciding: DecidingInProject, runs: readonly Run[], reason: StopReason): void {
  const { changes, snapshot } = deciding
  for (const found of runs) {
    const run = changes.current('run', found)
    if (run.status !== 'RUNNING' || run.stopReason !== null) continue
    changes.update('run', run, { stopReason: reason })
    const workload = snapshot.has('workload', run.agentId) ? snapshot.get('workload', run.agentId) : null
    if (workload !== null) {
      changes.update('workload', workload, {
        openRuns: changes
          .current('workload', workload)
          .openRuns.map((open) => (open.runId === run.id ? { ...open, isStopped: true } : open)),
      })
    }
    changes.event('RUN_STOPPED', {
      subject: `run/${run.id}`,
      summary: `Run stopped: ${reason}`,
      reason,
      taskId: run.taskId,
      agentId: run.agentId,
      runId: run.id,
    })
  }
}
