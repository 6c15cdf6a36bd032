import { z } from 'zod'
import { accept, joinScopes, projectCommand, refuse } from '../decide/command.ts'
import { own } from '../decide/own.ts'
import { escalateApproval as escalate } from '../effects/escalate-approval.ts'
import { overrideScope } from '../effects/grant-override.ts'
import { policyScope } from '../effects/policy-in-force.ts'
import { ancestryScope } from '../effects/task-scope.ts'
import { refSchema } from '../model/ids.ts'
import { hasExpired } from '../rules/approval.ts'
import { inProject } from './inputs.ts'

/** Tells more people of a request that nobody has decided yet. Early, late or twice, it does nothing else. */
export const escalateApproval = projectCommand({
  name: 'approvals.escalate',
  summary: 'Escalates a request that still waits; for the sweep.',
  input: z.strictObject({ ...inProject, approvalId: refSchema }),
  permission: null,
  whenContained: 'allowed',
  systemOnly: true,
  scope: ({ projectId, approvalId }, _caller, seen) => {
    const approval = seen?.has('approval', approvalId) === true ? seen.peek('approval', approvalId) : null
    const taskIds = approval === null || approval.taskId === '' ? [] : [approval.taskId]
    return joinScopes(policyScope(projectId), ancestryScope(projectId), overrideScope(projectId, approvalId, seen), {
      records: [{ kind: 'approval', id: approvalId }, ...taskIds.map((id) => ({ kind: 'task' as const, id }))],
    })
  },
  decide(deciding, { approvalId }) {
    const { record: approval, problem } = own(deciding, 'approval', approvalId)
    if (problem !== null) return refuse(problem)
    return accept(hasExpired(approval, deciding.now) ? approval : escalate(deciding, approval))
  },
})
