import type { DecidingInProject } from '../decide/command.ts'
import type { Snapshot } from '../decide/snapshot.ts'
import type { Approval } from '../model/approval.ts'
import type { Run } from '../model/run.ts'
import type { Scope } from '../ports/storage.ts'
import { type GrantUse, isLiveGrant } from '../rules/approval.ts'

const RUNS_MAX = 500

/** The act that wants a grant, and the run it happens in. */
export interface GrantSearch extends GrantUse {
  readonly runId: string | null
}

/** What looking for a grant needs; `Deciding` has it, and so has a query. */
export interface GrantSight {
  readonly snapshot: Snapshot
  readonly now: number
  readonly project: { readonly id: string }
}

function candidates({ snapshot, project, now }: GrantSight, use: GrantUse): readonly Approval[] {
  if (!snapshot.hasLookup('approvalsByHash', [project.id, use.payloadHash])) return []
  return snapshot.find('approvalsByHash', project.id, use.payloadHash).filter((entry) => isLiveGrant(entry, use, now))
}

/** What telling "the next run" has to read: only where a grant was asked for in another run than this one. */
export function nextRunScope(sight: GrantSight, use: GrantSearch): Scope {
  const askedIn = candidates(sight, use).flatMap(({ runId }) => (runId === null || runId === use.runId ? [] : [runId]))
  if (askedIn.length === 0 || use.runId === null || use.taskId === null) return {}
  return {
    lookups: [{ lookup: 'runsOfTask', values: [use.taskId], limit: RUNS_MAX }],
    records: askedIn.map((id) => ({ kind: 'run' as const, id })),
  }
}

/** A grant asked for in a run that has ended is for the agent's next run of that task, and no later one. */
function isForNextRun({ snapshot }: GrantSight, grant: Approval, use: GrantSearch): boolean {
  if (use.runId === null || use.taskId === null || !snapshot.hasLookup('runsOfTask', [use.taskId])) return false
  const runs = snapshot.find('runsOfTask', use.taskId)
  // A list that may be cut proves nothing about the order of runs.
  if (runs.length >= RUNS_MAX) return false
  const asking = grant.runId !== null && snapshot.has('run', grant.runId) ? snapshot.get('run', grant.runId) : null
  if (asking === null || asking.status === 'RUNNING') return false
  const isLater = (run: Run) =>
    run.agentId === use.agentId &&
    (run.createdAt > asking.createdAt || (run.createdAt === asking.createdAt && run.id > asking.id))
  return runs.find(isLater)?.id === use.runId
}

/**
 * The unused permission for exactly this act, or null: asked for in this run, outside of any run, or in the one before.
 * What it rests upon is relied upon.
 */
export function liveGrant(sight: GrantSight, use: GrantSearch): Approval | null {
  const grant = candidates(sight, use).find(
    (candidate) => candidate.runId === null || candidate.runId === use.runId || isForNextRun(sight, candidate, use),
  )
  if (grant === undefined) return null
  sight.snapshot.rely('approval', grant)
  return grant
}

/**
 * Uses a grant up, in the transaction of the act. Of two acts that found it unused only one commits:
 * the other looks again and finds it used.
 */
export function consumeGrant(deciding: DecidingInProject, found: Approval, usedFor: string): Approval {
  const { changes, now } = deciding
  const grant = changes.update('approval', changes.current('approval', found), { usedAt: now })
  changes.event('APPROVAL_USED', {
    subject: `approval/${grant.id}`,
    summary: `Used: ${grant.actionSummary}`,
    data: { usedFor, payloadHash: grant.payloadHash },
    taskId: grant.taskId || null,
    agentId: grant.onBehalfOfAgentId,
    runId: grant.runId,
  })
  return grant
}
