import { type Evaluation, type EvaluationInput, evaluate, isLifted } from './evaluate.ts'
import { type CallPlace, type MatchedRule, matchedRules } from './matched-rules.ts'
import type { Violation } from './types.ts'

/** What one step of the evaluation order had to say. */
export type StepOutcome = 'PASSED' | 'LIFTED' | 'ASKS' | 'DENIES'

export interface ExplainedStep {
  readonly step: number
  readonly name: string
  readonly outcome: StepOutcome
  /** Whether the decision rests on this step. Of the others, `because` says why they did not matter. */
  readonly isDecisive: boolean
  readonly because: string
  readonly violations: readonly Violation[]
}

/** A decision with all that led to it. */
export interface Explanation extends Evaluation {
  readonly policyVersion: string | null
  readonly capability: string | null
  /** All twelve, in the order in which they are evaluated. */
  readonly steps: readonly ExplainedStep[]
  /** Entries of the policy that speak for the call or against it, in the order in which they were asked. */
  readonly matched: readonly MatchedRule[]
}

const STEP_NAMES = [
  'caller',
  'active policy',
  'operator mode',
  'agent, run and task',
  'tools and task types of the agent',
  'deny lists',
  'allowlists',
  'risk and detectors',
  'budgets',
  'spawn quotas',
  'grant',
  'role',
] as const

const GRANT_STEP = 11

/** Decides as `evaluate` does and says why: what every step found, and which of them the decision rests on. */
export function explainEvaluation(input: EvaluationInput, where: CallPlace): Explanation {
  const evaluation = evaluate(input)
  const { policy, assessment } = input
  return {
    ...evaluation,
    policyVersion: policy?.version ?? null,
    capability: assessment?.capability ?? null,
    steps: STEP_NAMES.map((name, at) => explainStep(at + 1, name, input, evaluation)),
    matched: policy === null || assessment === null ? [] : matchedRules(policy, assessment, where),
  }
}

function explainStep(step: number, name: string, input: EvaluationInput, evaluation: Evaluation): ExplainedStep {
  if (step === GRANT_STEP) return explainGrant(name, input, evaluation)
  const violations = evaluation.violations.filter((violation) => violation.step === step)
  const outcome = outcomeOf(violations, input.grant)
  const isDecisive = isDecisiveOutcome(outcome, evaluation)
  return { step, name, outcome, isDecisive, because: reasonOf(outcome, isDecisive, violations, evaluation), violations }
}

function outcomeOf(violations: readonly Violation[], grant: EvaluationInput['grant']): StepOutcome {
  if (violations.some(({ verdict }) => verdict === 'DENY')) return 'DENIES'
  if (violations.some((violation) => !isLifted(violation, grant))) return 'ASKS'
  return violations.length > 0 ? 'LIFTED' : 'PASSED'
}

function isDecisiveOutcome(outcome: StepOutcome, { decision }: Evaluation): boolean {
  if (decision === 'DENY') return outcome === 'DENIES'
  return decision === 'NEEDS_APPROVAL' ? outcome === 'ASKS' : outcome === 'LIFTED'
}

function reasonOf(
  outcome: StepOutcome,
  isDecisive: boolean,
  violations: readonly Violation[],
  { decision }: Evaluation,
): string {
  if (outcome === 'PASSED') return 'nothing against the call'
  const said = violations.map(({ detail }) => detail).join('; ')
  if (outcome === 'LIFTED') return `lifted by an approval: ${said}`
  return isDecisive || decision !== 'DENY' ? said : `does not matter, because another step denies: ${said}`
}

/** The grant is no objection of its own: it lifts those of other steps. */
function explainGrant(name: string, { grant }: EvaluationInput, { usesGrant }: Evaluation): ExplainedStep {
  const because =
    grant === null
      ? 'there is no live grant for this payload'
      : usesGrant
        ? `a live grant covers ${grant.covers.join(', ')}`
        : 'a live grant exists and is not what the decision needs'
  return { step: GRANT_STEP, name, outcome: 'PASSED', isDecisive: usesGrant, because, violations: [] }
}
