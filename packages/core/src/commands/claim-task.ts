import { z } from 'zod'
import { accept, projectCommand, refuse } from '../decide/command.ts'
import { own } from '../decide/own.ts'
import { claimedOf, claimScope, grantClaim } from '../effects/grant-claim.ts'
import { refSchema } from '../model/ids.ts'
import { refusal } from '../model/refusal.ts'
import { inProject, workPlanInput } from './inputs.ts'

const input = z.strictObject({ ...inProject, taskId: refSchema, workPlan: workPlanInput.optional() })

/**
 * Takes an unassigned task for the calling agent. Of any number of callers exactly one gets it; the others are
 * refused with CLAIM_LOST and the owner. Claiming what one already holds changes nothing. With a plan it also starts.
 */
export const claimTask = projectCommand({
  name: 'tasks.claim',
  summary: 'Takes an INBOX task for the calling agent; exactly one caller wins.',
  input,
  permission: 'tasks.claim',
  whenContained: 'refused',
  scope: ({ projectId, taskId }, caller, seen) => claimScope(projectId, taskId, caller, seen),
  decide(deciding, { taskId, workPlan }) {
    const { agent } = deciding
    if (agent === null) return refuse(refusal('FORBIDDEN', 'only an agent claims a task; a human assigns it'))
    const { record: task, problem } = own(deciding, 'task', taskId)
    if (problem !== null) return refuse(problem)
    if (task.claim?.agentId === agent.id) return accept(claimedOf(task))
    if (task.status !== 'INBOX') {
      const owner = task.claim?.agentId ?? task.assigneeIds[0] ?? null
      return refuse(refusal('CLAIM_LOST', `${task.id} is ${task.status}`, { owner }))
    }
    return grantClaim(deciding, agent, task, workPlan)
  },
})
