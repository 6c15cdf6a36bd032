import {
  assessToolCall,
  type Evaluation,
  type EvaluationInput,
  type Explanation,
  evaluate,
  explainEvaluation,
  type ToolCall,
} from '@mission-control/core/policy'
import type { PolicyCase } from './case.ts'
import { factsOfStubs } from './host-stubs.ts'
import type { PolicyFiles } from './read-policy.ts'

/** Where a call acts when neither the case nor the policy file says so. */
const USUAL_WORKSPACE = '/workspace'

/** An agent of the middle rank, at work and with money to spend: whatever objects is the policy. */
const CALLER: Pick<EvaluationInput, 'identity' | 'operatorMode' | 'agent'> = {
  identity: { isThisAgent: true, inProject: true, epochCurrent: true },
  operatorMode: 'NORMAL',
  agent: {
    role: 'SPECIALIST',
    isCao: false,
    status: 'ACTIVE',
    pausedBy: null,
    draining: false,
    allowedTools: null,
    allowedTaskTypes: [],
  },
}

/** The call that a case describes. */
function callOf({ workspace }: PolicyFiles, { tool, input, context }: PolicyCase): ToolCall {
  const workspacePath = context.workspaceRoot ?? workspace.root ?? context.cwd ?? USUAL_WORKSPACE
  return {
    tool,
    input,
    cwd: context.cwd ?? (context.workspaceRoot === undefined ? workspace.cwd : null),
    workspacePath,
    home: context.home ?? workspace.home,
    resolved: factsOfStubs(context, workspacePath),
    shell: context.shell ?? null,
    platform: context.platform ?? null,
  }
}

/** Everything the twelve steps would look at for a call. The policy is that of the egress mode the case asks for. */
function evaluationInput(files: PolicyFiles, one: PolicyCase, call: ToolCall): EvaluationInput {
  const policy = files.compiled(one.context.mode ?? null)
  return {
    ...CALLER,
    action: 'TOOL_CALL',
    policy,
    run: null,
    task: null,
    assessment: assessToolCall(policy, call),
    budgets: [],
    extraViolations: [],
    grant: null,
  }
}

/** The decision on one case. */
export function judgeCase(files: PolicyFiles, one: PolicyCase): Evaluation {
  return evaluate(evaluationInput(files, one, callOf(files, one)))
}

/** The decision on one case, with what every step found. */
export function explainCase(files: PolicyFiles, one: PolicyCase): Explanation {
  const call = callOf(files, one)
  return explainEvaluation(evaluationInput(files, one, call), call)
}
