import { z } from 'zod'
import { epochInput, inProject } from '../commands/inputs.ts'
import { joinScopes } from '../decide/command.ts'
import type { Snapshot } from '../decide/snapshot.ts'
import { sightOf } from '../effects/call-sight.ts'
import { type CallRequest, callScope, type JudgedCall, judgeCall } from '../effects/evaluate-call.ts'
import { refSchema, SYSTEM_ID } from '../model/ids.ts'
import { microsSchema } from '../model/money.ts'
import { type Outcome, refusal } from '../model/refusal.ts'
import { toolActInput } from '../model/tool-act.ts'
import type { BudgetView } from '../model/tool-call.ts'
import { type Explanation, explainEvaluation } from '../rules/policy/explain.ts'
import { found, projectQuery, type ReadingInProject } from './query.ts'

/** As the gate looks: each look may name what the next one has to read. */
const LOOKS_MAX = 6

const input = z.strictObject({
  ...inProject,
  ...toolActInput,
  /** Whose call it would be; by default the caller's. */
  agentId: refSchema.optional(),
  runId: refSchema.optional(),
  taskId: refSchema.optional(),
  epoch: epochInput,
  estimatedCostMicros: microsSchema.optional(),
})

/** What the gate would answer, and why. Nothing was written, held or consumed. */
export interface ExplainedCall extends Explanation {
  readonly payloadHash: string
  readonly budget: BudgetView
}

/** A dry run of the gate: every step of the decision, without any of its effects. */
export const explainCall = projectQuery({
  name: 'policies.explain',
  summary: 'Says what the gate would decide about a tool call and why, without any effect.',
  input,
  permission: 'read',
  read: async (reading, given): Promise<Outcome<ExplainedCall>> => {
    const agentId = given.agentId ?? reading.agent?.id
    if (agentId === undefined) {
      const errors = [{ field: 'agentId', message: 'is missing: whose call would it be?' }]
      return { ok: false, error: refusal('VALIDATION', 'policies.explain: the input is not valid', { errors }) }
    }
    const { tool, cwd, resolved } = given
    const request: CallRequest = {
      projectId: reading.project.id,
      agentId,
      runId: given.runId ?? null,
      taskId: given.taskId ?? null,
      epoch: given.epoch ?? null,
      act: { tool, input: given.input, cwd, resolved },
      estimatedCostMicros: given.estimatedCostMicros ?? null,
    }
    const judged = await judgedCall(reading, request)
    return judged === null
      ? { ok: false, error: refusal('NOT_FOUND', 'no such agent, run or task in this project') }
      : found(explained(judged))
  },
})

function explained({ assessment, evaluationInput, agent, payloadHash, budget }: JudgedCall): ExplainedCall {
  const where = { workspacePath: agent.workspacePath, home: null }
  return { ...explainEvaluation({ ...evaluationInput, assessment }, where), payloadHash, budget }
}

async function judgedCall(reading: ReadingInProject, request: CallRequest): Promise<JudgedCall | null> {
  const { projectId, agentId, runId, taskId } = request
  let seen: Snapshot | null = null
  for (let look = 0; look < LOOKS_MAX; look++) {
    const scope = joinScopes(callScope(request, seen === null ? null : sightOf(seen, projectId)), {
      records: [
        { kind: 'system', id: SYSTEM_ID },
        { kind: 'project', id: projectId },
      ],
    })
    const loaded: Snapshot = await reading.look(scope)
    const sight = sightOf(loaded, projectId)
    const isForeign = (kind: 'agent' | 'run' | 'task', id: string | null) =>
      id !== null && loaded.peek(kind, id)?.projectId !== projectId
    if (isForeign('agent', agentId) || isForeign('run', runId) || isForeign('task', taskId)) return null
    const isComplete = seen !== null && sameScope(scope, callScope(request, sight))
    if (sight !== null && isComplete) return judgeCall(sight, request)
    seen = loaded
  }
  return null
}

function sameScope(one: object, other: object): boolean {
  const text = (scope: Record<string, readonly unknown[] | undefined>) =>
    new Set(Object.values(scope).flatMap((items) => (items ?? []).map((item) => JSON.stringify(item))))
  const had = text(one as never)
  return [...text(other as never)].every((item) => had.has(item))
}
