import type { DecidingInProject } from '../decide/command.ts'
import type { Snapshot } from '../decide/snapshot.ts'
import { SYSTEM_ID } from '../model/ids.ts'
import { strictestMode } from '../model/project.ts'
import { type Refusal, refusal } from '../model/refusal.ts'
import type { Run } from '../model/run.ts'
import type { ToolCall } from '../model/tool-call.ts'
import type { CallRequest, CallSight, PriorDecision } from './evaluate-call.ts'

/** The same view of a call that its decision will have, for the scope that has to foresee it. */
export function sightOf(snapshot: Snapshot | null, projectId: string): CallSight | null {
  if (snapshot === null || !snapshot.has('system', SYSTEM_ID) || !snapshot.has('project', projectId)) return null
  const system = snapshot.peek('system', SYSTEM_ID)
  const project = snapshot.peek('project', projectId)
  if (system === null || project === null) return null
  return { snapshot, now: snapshot.now, project, mode: strictestMode([system.operatorMode, project.operatorMode]) }
}

/** Why a call cannot be judged at all: its run or task is none of this project, or they do not belong together. */
export function subjectProblem({ snapshot, project }: DecidingInProject, request: CallRequest): Refusal | null {
  const { runId, taskId } = request
  const run: Run | null = runId === null ? null : snapshot.get('run', runId)
  if (runId !== null && run?.projectId !== project.id) return refusal('NOT_FOUND', `no such run: ${runId}`)
  if (run !== null && taskId !== null && run.taskId !== taskId) {
    const errors = [{ field: 'taskId', message: `the run is on ${run.taskId ?? 'no task'}` }]
    return refusal('VALIDATION', 'the input is not valid', { errors })
  }
  const ofTask = run?.taskId ?? taskId
  if (ofTask === null || snapshot.get('task', ofTask)?.projectId === project.id) return null
  return refusal('NOT_FOUND', `no such task: ${ofTask}`)
}

/** What the grant that a call has consumed still says for it. */
export function priorOf(snapshot: Snapshot, known: ToolCall | null): PriorDecision | null {
  if (known === null) return null
  const hasGrant = known.grantId !== null && snapshot.has('approval', known.grantId)
  const consumed = hasGrant && known.grantId !== null ? snapshot.get('approval', known.grantId) : null
  return { assessment: null, payloadHash: known.payloadHash, consumed }
}
