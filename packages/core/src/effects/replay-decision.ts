import type { DecisionRecord } from '../model/tool-call.ts'
import { assessToolCall } from '../rules/policy/assess.ts'
import type { CompiledPolicy } from '../rules/policy/compile.ts'
import { type Evaluation, evaluate } from '../rules/policy/evaluate.ts'
import type { ToolAssessment } from '../rules/policy/types.ts'
import { replayFactsSchema } from './replay-facts.ts'

/** Steps that depend on who called when, not on the policy: they stand as they were recorded. */
const OF_THE_MOMENT: ReadonlySet<number> = new Set([1, 3, 4, 5, 9, 10])
/** A redacted input holds no secret any more, so what was found then is still so. */
const LOST_BY_REDACTION = 'SECRET_IN_INPUT'

/** What kind of task and which agent a policy has to apply to. */
export interface ReplayedSubject {
  readonly taskType: string | null
  readonly agentId: string
}

/** Whom the policy of a recorded decision has to govern; null when the decision cannot be replayed. */
export function replayedSubject(decision: DecisionRecord): ReplayedSubject | null {
  const facts = factsOf(decision)
  return facts === null ? null : { taskType: facts.replay.taskType, agentId: decision.agentId }
}

function factsOf({ action, facts }: DecisionRecord) {
  const recorded = facts as { tool?: unknown; replay?: unknown } | null
  const replay = replayFactsSchema.safeParse(recorded?.replay)
  if (action !== 'TOOL_CALL' || !replay.success || typeof recorded?.tool !== 'string') return null
  return { tool: recorded.tool, replay: replay.data }
}

/** What a policy would have decided about a recorded call, everything else being as it was. Null: not enough was kept. */
export function replayDecision(policy: CompiledPolicy, decision: DecisionRecord): Evaluation | null {
  const facts = factsOf(decision)
  if (facts === null) return null
  const { tool, replay } = facts
  const assessed = assessToolCall(policy, { tool, ...replay, home: null })
  return evaluate({
    action: decision.action,
    identity: { isThisAgent: true, inProject: true, epochCurrent: true },
    policy,
    operatorMode: 'NORMAL',
    agent: {
      role: replay.role,
      isCao: replay.isCao,
      status: 'ACTIVE',
      pausedBy: null,
      draining: false,
      allowedTools: null,
      allowedTaskTypes: [],
    },
    run: null,
    // Whether it was held is among the recorded violations; here it only counts that there was one.
    task: replay.taskType === null ? null : { status: 'IN_PROGRESS', type: replay.taskType, heldByThisAgent: true },
    assessment: withSecrets(assessed, decision),
    budgets: [],
    extraViolations: decision.violations.filter(({ step }) => OF_THE_MOMENT.has(step)),
    grant: replay.covers.length === 0 ? null : { covers: replay.covers },
  })
}

function withSecrets(assessed: ToolAssessment, { violations }: DecisionRecord): ToolAssessment {
  const found = violations.filter(({ code }) => code === LOST_BY_REDACTION)
  if (found.length === 0) return assessed
  const { capability, plan, facts } = assessed
  return { capability, plan, facts, riskLevel: 'RED', violations: [...assessed.violations, ...found] }
}
