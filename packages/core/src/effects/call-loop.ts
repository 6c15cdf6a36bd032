import { type DecidingInProject, joinScopes } from '../decide/command.ts'
import type { Snapshot } from '../decide/snapshot.ts'
import type { ToolCall } from '../model/tool-call.ts'
import type { Scope } from '../ports/storage.ts'
import { canonicalHash } from '../rules/hash.ts'
import { CALLS_LOOKED_AT_MAX, noProgressLoop, toolFailureLoop } from '../rules/loops/call-loop.ts'
import type { LoopFinding } from '../rules/loops/finding.ts'
import { loopName } from '../rules/loops/report.ts'
import { redactText } from '../rules/redaction.ts'
import { asSystem } from './as-system.ts'
import { containLoop, loopAlertKey, loopScope, writeLoopReport } from './contain-loop.ts'
import type { CallAct, CallSight, JudgedCall } from './evaluate-call.ts'
import { notifyOperators } from './notify-operators.ts'
import { policyOf, policyScope } from './policy-in-force.ts'
import { quarantineAgent, quarantineScope } from './quarantine-agent.ts'
import { alertScope, raiseAlert } from './raise-alert.ts'
import { stopRuns } from './stop-runs.ts'

/** What is left of a call for telling whether it goes in circles. */
type EndedCall = Pick<
  ToolCall,
  'id' | 'agentId' | 'runId' | 'taskId' | 'toolName' | 'inputHash' | 'status' | 'decision' | 'error' | 'endedAt'
>

function equalsScope(runId: string, toolName: string, inputHash: string): Scope {
  if (runId === '') return {}
  return {
    lookups: [{ lookup: 'equalCallsOfRun', values: [runId, toolName, inputHash], limit: CALLS_LOOKED_AT_MAX }],
    records: [{ kind: 'run', id: runId }],
  }
}

/** What the end of a call reads to tell whether it was one too many, and, if it was, what stopping it takes. */
export function endedCallScope(sight: CallSight, call: EndedCall): Scope {
  const { project, snapshot } = sight
  const base = joinScopes(
    policyScope(project.id),
    equalsScope(call.runId, call.toolName, call.inputHash),
    alertScope(project.id, quarantineKey(call.agentId)),
    {
      records: [{ kind: 'agent', id: call.agentId }],
      lookups:
        call.status === 'FAILED'
          ? [{ lookup: 'latestFailuresOfAgent', values: [call.agentId], limit: CALLS_LOOKED_AT_MAX }]
          : [],
    },
  )
  const finding = isLoopScopeRead(sight, call) ? loopOfEndedCall(sight, call) : null
  return finding === null ? base : joinScopes(base, containScope(project.id, call, finding, snapshot))
}

function isLoopScopeRead({ snapshot, project }: CallSight, call: EndedCall): boolean {
  return (
    [null, project.id].every((owner) => snapshot.hasLookup('activePolicies', [owner])) &&
    (call.taskId === null || snapshot.has('task', call.taskId)) &&
    (call.runId === '' || snapshot.hasLookup('equalCallsOfRun', [call.runId, call.toolName, call.inputHash])) &&
    (call.status !== 'FAILED' || snapshot.hasLookup('latestFailuresOfAgent', [call.agentId]))
  )
}

function containScope(
  projectId: string,
  call: Pick<EndedCall, 'agentId' | 'taskId'>,
  finding: LoopFinding,
  seen: Snapshot,
): Scope {
  return joinScopes(
    call.taskId === null ? {} : loopScope(projectId, call.taskId, seen),
    alertScope(projectId, loopAlertKey(call.agentId)),
    finding.detector === 'TOOL_FAILURE' ? quarantineScope(projectId, call.agentId, seen) : {},
    { records: [{ kind: 'workload', id: call.agentId }] },
  )
}

function quarantineKey(agentId: string): string {
  return `AGENT_QUARANTINED:${agentId}`
}

/** Whether the call that has just ended was one too many. */
export function loopOfEndedCall({ snapshot, project, now }: CallSight, call: EndedCall): LoopFinding | null {
  const task = call.taskId === null ? null : snapshot.peek('task', call.taskId)
  const policy = policyOf(snapshot, project.id, { taskType: task?.type ?? null, agentId: call.agentId })
  if (policy === null) return null
  if (call.status === 'FAILED') {
    // Lifting a quarantine resolves its alert: what failed before is forgiven.
    const since = Math.max(
      0,
      ...snapshot.find('alertsByKey', project.id, quarantineKey(call.agentId)).map(({ resolvedAt }) => resolvedAt ?? 0),
    )
    const earlier = snapshot.find('latestFailuresOfAgent', call.agentId)
    const failures = toolFailureLoop(call, earlier, policy.loops.toolFailure, { now, since })
    if (failures !== null) return failures
  }
  if (call.runId === '' || snapshot.peek('run', call.runId)?.stopReason != null) return null
  const equal = snapshot.find('equalCallsOfRun', call.runId, call.toolName, call.inputHash)
  return noProgressLoop(
    call,
    equal.filter(({ id }) => id !== call.id),
    policy.loops.noProgress,
  )
}

/** What the gate reads to tell whether a new call would be one too many. */
export function newCallScope(act: CallAct, runId: string | null): Scope {
  return runId === null ? {} : equalsScope(runId, redactText(act.tool), canonicalHash(act.input))
}

/** What stopping a new call that is one too many takes; nothing for every other. */
export function stopNewCallScope(sight: CallSight, act: CallAct, judged: JudgedCall | null): Scope {
  const finding = judged === null ? null : loopOfNewCall(sight, act, judged)
  if (judged === null || finding === null) return {}
  const call = { agentId: judged.agent.id, taskId: judged.task?.id ?? null }
  return containScope(sight.project.id, call, finding, sight.snapshot)
}

/** Whether a call that asks for the first time would be one too many of the same in its run. */
export function loopOfNewCall(
  { snapshot }: Pick<CallSight, 'snapshot'>,
  act: CallAct,
  judged: JudgedCall,
): LoopFinding | null {
  const { agent, evaluation, policy, run } = judged
  if (run === null || run.stopReason !== null || policy === null) return null
  const toolName = redactText(act.tool)
  const values = [run.id, toolName, canonicalHash(act.input)] as const
  if (!snapshot.hasLookup('equalCallsOfRun', values)) return null
  const status = evaluation.decision === 'DENY' ? ('DENIED' as const) : ('PENDING' as const)
  const call = { status, decision: evaluation.decision, toolName, agentId: agent.id }
  return noProgressLoop(call, snapshot.find('equalCallsOfRun', ...values), policy.loops.noProgress)
}

/** The same call, denied because it goes in circles, whatever else is for or against it. */
export function deniedAsLoop(judged: JudgedCall, finding: LoopFinding): JudgedCall {
  const violation = {
    step: 4,
    code: 'LOOP_DETECTED',
    detail: finding.detail,
    verdict: 'DENY',
    overridable: false,
  } as const
  const { evaluation } = judged
  return {
    ...judged,
    open: [],
    evaluation: {
      ...evaluation,
      decision: 'DENY',
      reason: finding.detail,
      violations: [...evaluation.violations, violation],
      usesGrant: false,
      hint: null,
    },
  }
}

/**
 * Stops what goes in circles, not only its report: the run, for calls that bring nothing new; the agent, for a tool
 * that keeps failing in its hands; and the task either way.
 */
export function containCallLoop(
  deciding: DecidingInProject,
  call: Pick<EndedCall, 'agentId' | 'runId' | 'taskId'>,
  finding: LoopFinding,
): void {
  const { snapshot } = deciding
  const system = asSystem(deciding)
  const reason = `${loopName(finding.detector)}: ${finding.detail}`
  const run = call.runId === '' ? null : snapshot.get('run', call.runId)
  if (run !== null) stopRuns(system, [run], 'LOOP')
  const agent = snapshot.get('agent', call.agentId)
  if (finding.detector === 'TOOL_FAILURE' && agent !== null) quarantineAgent(system, agent, reason)
  const task = call.taskId === null ? null : snapshot.get('task', call.taskId)
  if (task !== null) containLoop(system, task, finding)
  else reportAgentLoop(system, call, finding, reason)
}

/** A loop outside of any task: there is nothing to block, so people hear of the agent. */
function reportAgentLoop(
  deciding: DecidingInProject,
  call: Pick<EndedCall, 'agentId' | 'runId'>,
  finding: LoopFinding,
  reason: string,
): void {
  const reportId = writeLoopReport(deciding, null, finding)
  const about = { agentId: call.agentId, runId: call.runId || null }
  deciding.changes.event('LOOP_DETECTED', {
    subject: `agent/${call.agentId}`,
    summary: reason,
    reason,
    data: { ...finding, agentIds: [...finding.agentIds], reportId },
    ...about,
  })
  raiseAlert(deciding, {
    type: 'LOOP_DETECTED',
    severity: 'WARNING',
    dedupeKey: loopAlertKey(call.agentId),
    title: loopName(finding.detector),
    description: reason,
    ...about,
  })
  notifyOperators(deciding, { type: 'ALERT', title: reason, body: `Report: ${reportId}`, ...about })
}
