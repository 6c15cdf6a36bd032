import { joinScopes } from '../decide/command.ts'
import { policyOf, policyScope } from '../effects/policy-in-force.ts'
import { ancestryScope } from '../effects/task-scope.ts'
import type { Agent } from '../model/agent.ts'
import type { Approval } from '../model/approval.ts'
import { authorityProblem, dutyProblem } from '../rules/approval.ts'
import { ancestryOf } from '../rules/parties.ts'
import { agentHasPermission } from '../rules/permissions.ts'
import type { ReadingInProject } from './query.ts'

const PENDING_MAX = 50

/** The pending requests that this agent may approve: the CAO, and a LEAD where the policy lets it. Oldest first. */
export async function approvalsToDecide(reading: ReadingInProject, agent: Agent): Promise<readonly Approval[]> {
  const { queries, project, now } = reading
  if (agent.role !== 'LEAD') return []
  const { rows } = await queries.page({
    kind: 'approval',
    projectId: project.id,
    filters: [
      { field: 'status', op: 'eq', value: 'PENDING' },
      { field: 'expiresAt', op: 'gt', value: now },
    ],
    order: [{ field: 'createdAt', direction: 'asc' }],
    limit: PENDING_MAX,
  })
  if (rows.length === 0) return []
  const taskIds = [...new Set(rows.flatMap(({ taskId }) => (taskId === '' ? [] : [taskId])))]
  const snapshot = await reading.look(
    joinScopes(policyScope(project.id), ancestryScope(project.id), {
      records: taskIds.map((id) => ({ kind: 'task', id }) as const),
    }),
  )
  const agents = snapshot.find('agentsOfProject', project.id)
  const decider = {
    principalId: agent.principalId,
    mayDecide: agentHasPermission(agent, 'approvals.decide'),
    agent,
  }
  return rows.filter((approval) => {
    const task = approval.taskId === '' ? null : snapshot.peek('task', approval.taskId)
    const of = { taskType: task?.type ?? null, agentId: approval.onBehalfOfAgentId }
    const question = {
      approval,
      requesterAgentId: agents.find(({ principalId }) => principalId === approval.requesterId)?.id ?? null,
      task,
      decider,
      verdict: 'APPROVE',
      rules: policyOf(snapshot, project.id, of)?.rules ?? null,
      ancestry: ancestryOf(agents),
      isSecondOverride: false,
    } as const
    return dutyProblem(question) === null && authorityProblem(question) === null
  })
}
