import { z } from 'zod'
import { accept, type DecidingInProject, projectCommand, refuse } from '../decide/command.ts'
import { own } from '../decide/own.ts'
import { applyUse } from '../effects/apply-use.ts'
import { finishRun } from '../effects/finish-runs.ts'
import { intervalOf } from '../effects/move-task.ts'
import { countsImputed } from '../effects/price-lines.ts'
import { isCountable, recordUsage } from '../effects/record-usage.ts'
import { releaseCallHolds } from '../effects/release-call-holds.ts'
import { renewClaim } from '../effects/renew-claim.ts'
import { type ReportOutlook, reportOutlook, reportScope } from '../effects/run-report.ts'
import { settleLate } from '../effects/settle-late.ts'
import { stopRuns } from '../effects/stop-runs.ts'
import { invariant } from '../errors.ts'
import { refSchema } from '../model/ids.ts'
import { refusal } from '../model/refusal.ts'
import type { Run } from '../model/run.ts'
import { USAGE_LINES_MAX } from '../model/usage.ts'
import { runLeaseMs } from '../rules/lease.ts'
import { isFinal, remainingOfRun } from '../rules/run.ts'
import { epochInput, inProject, usageInput } from './inputs.ts'

const input = z.strictObject({
  ...inProject,
  runId: refSchema,
  epoch: epochInput,
  lines: z.array(usageInput).min(1).max(USAGE_LINES_MAX),
})
type Given = z.infer<typeof input>

export interface RunReported {
  /** STOP: end the run now; nothing more it asks for will be allowed. */
  readonly directive: 'CONTINUE' | 'STOP'
  /** What the run may still cost before it stops. */
  readonly remainingMicros: number
  readonly run: Run
}

function questionOf(given: Given, callerAgentId: string | null) {
  return { projectId: given.projectId, runId: given.runId, lines: given.lines, callerAgentId }
}

/**
 * Adds what a run has used and renews its lease. Each `callId` counts once, however often it is reported, and also
 * when the run has ended meanwhile. Use above the hold extends it under the same caps; where that is not possible
 * the run stops, and what was used is booked all the same.
 */
export const reportRun = projectCommand({
  name: 'runs.report',
  summary: 'Reports usage of a run; answers whether to go on.',
  input,
  permission: 'runs.write',
  whenContained: 'allowed',
  scope: (given, caller, seen) => reportScope(questionOf(given, caller.agentId), seen),
  decide(deciding, given) {
    const { snapshot, agent } = deciding
    const { record: run, problem } = own(deciding, 'run', given.runId)
    if (problem !== null) return refuse(problem)
    if (agent !== null && run.agentId !== agent.id)
      return refuse(refusal('FORBIDDEN', `${run.id} is another agent's run`))
    const outlook = reportOutlook(snapshot, questionOf(given, agent?.id ?? null))
    invariant(outlook !== null, 'everything a report decides on has been read')
    if (!isCountable(run, outlook.lines)) {
      return refuse(
        refusal('VALIDATION', 'the sum of the usage is beyond what can be counted', {
          errors: [{ field: 'lines', message: 'too large' }],
        }),
      )
    }
    deciding.changes.policyVersion = outlook.policy?.version ?? null
    return accept(reported(deciding, given, outlook, applyReport(deciding, outlook)))
  },
})

/** Late usage of a run that has ended settles at once; a stopped run ends with this report; any other goes on. */
function applyReport(deciding: DecidingInProject, outlook: ReportOutlook): Run {
  const { run, lines } = outlook
  if (isFinal(run)) return settleLate(deciding, run, outlook)
  if (run.stopReason !== null) return finishRun(deciding, { run: recordUsage(deciding, run, lines), status: 'STOPPED' })
  // Nothing new is no effect: the answer of the first report was lost, and is given again.
  if (lines.length === 0) return run
  const used = recordUsage(deciding, run, lines)
  applyUse(deciding, outlook)
  const reported = lines.map(({ given }) => given.callId)
  releaseCallHolds(deciding, used, outlook.reservation, reported)
  if (outlook.stopsForPrice) stopRuns(deciding, [used], 'BUDGET')
  renewClaim(deciding, used)
  return renewRun(deciding, used)
}

function renewRun({ changes, now, ...deciding }: DecidingInProject, used: Run): Run {
  const leaseUntil = now + runLeaseMs(intervalOf({ changes, now, ...deciding }, used.agentId))
  return changes.update('run', used, { leaseUntil: Math.max(used.leaseUntil, leaseUntil) })
}

function reported(deciding: DecidingInProject, given: Given, outlook: ReportOutlook, run: Run): RunReported {
  const isOver = isFinal(run) || run.stopReason !== null
  const isStale = given.epoch !== undefined && run.taskEpoch !== null && given.epoch !== run.taskEpoch
  const directive = isOver || isStale || isHeldBack(deciding) ? 'STOP' : 'CONTINUE'
  return { directive, remainingMicros: remainingOfRun(run, countsImputed(outlook.policy)), run }
}

/** A pause by the budget lets open runs go on within what they hold; any other containment ends the work. */
function isHeldBack({ agent, mode }: DecidingInProject): boolean {
  if (mode === 'PAUSED' || mode === 'QUARANTINED') return true
  if (agent === null || agent.status === 'ACTIVE' || agent.status === 'OFFLINE') return false
  return agent.pausedBy !== 'BUDGET'
}
