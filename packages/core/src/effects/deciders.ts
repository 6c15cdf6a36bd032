import type { DecidingInProject } from '../decide/command.ts'
import type { Agent } from '../model/agent.ts'
import type { Approval } from '../model/approval.ts'
import { authorityProblem, type Decider, type DecisionQuestion, dutyProblem, type Verdict } from '../rules/approval.ts'
import { ancestryOf } from '../rules/parties.ts'
import { agentHasPermission } from '../rules/permissions.ts'
import { policyInForce } from './policy-in-force.ts'

/** What is asked of a decision, from whoever makes it. The agents of the project must be loaded. */
export function decisionQuestion(
  deciding: DecidingInProject,
  approval: Approval,
  { decider, verdict, isSecondOverride }: { decider: Decider; verdict: Verdict; isSecondOverride: boolean },
): DecisionQuestion {
  const { snapshot, project } = deciding
  const agents = snapshot.find('agentsOfProject', project.id)
  const task =
    approval.taskId !== '' && snapshot.has('task', approval.taskId) ? snapshot.get('task', approval.taskId) : null
  const rules =
    policyInForce(deciding, { taskType: task?.type ?? null, agentId: approval.onBehalfOfAgentId })?.rules ?? null
  return {
    approval,
    requesterAgentId: agents.find(({ principalId }) => principalId === approval.requesterId)?.id ?? null,
    task,
    decider,
    verdict,
    rules,
    ancestry: ancestryOf(agents),
    isSecondOverride,
  }
}

/**
 * The agents that may approve the request and are there to do it: the CAO, and LEADs where the policy lets them.
 * Empty where the agents of the project were not read.
 */
export function eligibleAgents(deciding: DecidingInProject, approval: Approval, isSecondOverride = false): Agent[] {
  const { snapshot, project } = deciding
  if (!snapshot.hasLookup('agentsOfProject', [project.id])) return []
  const leads = snapshot
    .find('agentsOfProject', project.id)
    .filter(({ role, status }) => role === 'LEAD' && status === 'ACTIVE')
  return leads.filter((agent) => {
    const mayDecide = agentHasPermission(agent, 'approvals.decide')
    const decider = { principalId: agent.principalId, mayDecide, agent }
    const question = decisionQuestion(deciding, approval, { decider, verdict: 'APPROVE', isSecondOverride })
    return dutyProblem(question) === null && authorityProblem(question) === null
  })
}
