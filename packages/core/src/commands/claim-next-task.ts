import { z } from 'zod'
import { accept, joinScopes, projectCommand, refuse } from '../decide/command.ts'
import { own } from '../decide/own.ts'
import { type Claimed, claimScope, grantClaim } from '../effects/grant-claim.ts'
import { policyScope } from '../effects/policy-in-force.ts'
import { refusal } from '../model/refusal.ts'
import { inProject, workPlanInput } from './inputs.ts'

const input = z.strictObject({ ...inProject, workPlan: workPlanInput.optional() })

/** The claim, or nulls: nothing waits that this agent may take. */
export type ClaimedNext = Claimed | { readonly task: null; readonly epoch: null; readonly leaseUntil: null }

/**
 * Takes the first task in the order of the queue, by priority and then age, that the calling agent may work on. The
 * engine picks it; callers at the same moment are given different ones, and what somebody is about to take is passed
 * over. Whether the agent may have it is decided as for any claim. With a plan it also starts.
 */
export const claimNextTask = projectCommand({
  name: 'tasks.claimNext',
  summary: 'Takes the best INBOX task that the calling agent may work on; null when there is none.',
  input,
  permission: 'tasks.claim',
  whenContained: 'refused',
  picks: 'task',
  scope: ({ projectId }, caller, seen, picked) =>
    picked === null ? joinScopes(policyScope(projectId)) : claimScope(projectId, picked, caller, seen),
  decide(deciding, { workPlan }) {
    const { agent, picked } = deciding
    if (agent === null) return refuse(refusal('FORBIDDEN', 'only an agent claims a task; a human assigns it'))
    if (picked === null) return accept<ClaimedNext>({ task: null, epoch: null, leaseUntil: null })
    const { record: task, problem } = own(deciding, 'task', picked)
    const isOpen = task?.dependsOn.every((id) => deciding.snapshot.get('task', id)?.status === 'DONE') ?? false
    // Taken since it was picked, or made to wait for another task: the engine picks again.
    if (problem !== null || task.status !== 'INBOX' || !isOpen) {
      return refuse(refusal('CLAIM_LOST', `${picked} is no longer there to take`, { owner: null }))
    }
    return grantClaim(deciding, agent, task, workPlan)
  },
})
