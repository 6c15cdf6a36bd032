import {
  accept,
  type DecidingInProject,
  type Decision,
  joinScopes,
  refuse,
  refuseWithEffects,
} from '../decide/command.ts'
import { own } from '../decide/own.ts'
import type { Snapshot } from '../decide/snapshot.ts'
import { invariant } from '../errors.ts'
import { usdFromMicros } from '../model/money.ts'
import { type Refusal, refusal } from '../model/refusal.ts'
import type { Run } from '../model/run.ts'
import type { UsageLineInput } from '../model/usage.ts'
import type { Scope } from '../ports/storage.ts'
import { redactText } from '../rules/redaction.ts'
import { isFinal } from '../rules/run.ts'
import { finishRun, finishScope } from './finish-runs.ts'
import { isCountable, recordUsage, unpricedScope } from './record-usage.ts'
import { renewClaim } from './renew-claim.ts'
import { reportOutlook, reportScope } from './run-report.ts'
import type { RunQuestion } from './run-scope.ts'
import { settleLate } from './settle-late.ts'

/** What ending a run reads. */
export function endRunScope(question: RunQuestion, seen: Snapshot | null): Scope {
  const outlook = seen === null ? null : reportOutlook(seen, question)
  // A run that has ended may still bring late usage; that is a report.
  if (seen === null || outlook === null || isFinal(outlook.run)) return reportScope(question, seen)
  const { run, lines, added } = outlook
  const ofTask: Scope = run.taskId === null ? {} : { records: [{ kind: 'task', id: run.taskId }] }
  return joinScopes(reportScope(question, seen), unpricedScope(run, lines), finishScope(run, added, seen), ofTask)
}

/** The refusal for a run that has ended, with how it ended. */
export function runClosed(run: Run): Refusal {
  const costMicros = run.billedMicros + run.imputedMicros
  return refusal('RUN_CLOSED', `${run.id} is ${run.status} and cost ${usdFromMicros(costMicros, 6)} USD`, {
    status: run.status,
  })
}

interface Given {
  readonly projectId: string
  readonly runId: string
  readonly lines: readonly UsageLineInput[]
}

/** Ends a run, with its last lines. A repeat is RUN_CLOSED; lines it brings that were not counted yet settle even then. */
export function endRun(
  deciding: DecidingInProject,
  given: Given,
  end: { readonly status: 'COMPLETED' | 'FAILED'; readonly error?: string },
): Decision<{ readonly run: Run }> {
  const { agent, changes, snapshot } = deciding
  const { record: run, problem } = own(deciding, 'run', given.runId)
  if (problem !== null) return refuse(problem)
  if (agent !== null && run.agentId !== agent.id)
    return refuse(refusal('FORBIDDEN', `${run.id} is another agent's run`))
  const outlook = reportOutlook(snapshot, { ...given, callerAgentId: agent?.id ?? null })
  invariant(outlook !== null, 'everything the end of a run decides on has been read')
  if (!isCountable(run, outlook.lines)) {
    return refuse(refusal('VALIDATION', 'the sum of the usage is beyond what can be counted'))
  }
  changes.policyVersion = outlook.policy?.version ?? null
  if (isFinal(run)) {
    if (outlook.lines.length === 0) return refuse(runClosed(run))
    return refuseWithEffects(runClosed(settleLate(deciding, run, outlook)))
  }
  renewClaim(deciding, run)
  const used = recordUsage(deciding, run, outlook.lines)
  const error = end.error === undefined ? null : redactText(end.error)
  if (error !== null && error !== end.error) changes.update('run', used, { redactedFields: ['error'] })
  return accept({ run: finishRun(deciding, { run: used, status: end.status, error }) })
}
