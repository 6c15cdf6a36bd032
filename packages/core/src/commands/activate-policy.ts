import { z } from 'zod'
import { globalCommand, projectCommand, refuse } from '../decide/command.ts'
import { own, versionProblem } from '../decide/own.ts'
import { activateDraft, activationScope, globalPolicyProblem } from '../effects/policy-versions.ts'
import { refSchema, SYSTEM_ID } from '../model/ids.ts'
import { refusal } from '../model/refusal.ts'
import { expectedVersionInput, inProject } from './inputs.ts'

const which = {
  policyId: refSchema,
  expectedVersion: expectedVersionInput,
  acknowledgeWarnings: z.boolean().default(false),
}

/**
 * Puts a draft in force and retires the version before. Once this has returned, nothing is decided under the old one,
 * and unused grants of the old one are void.
 */
export const activatePolicy = projectCommand({
  name: 'policies.activate',
  summary: 'Puts a draft policy in force.',
  input: z.strictObject({ ...inProject, ...which }),
  permission: 'policy.admin',
  whenContained: 'refused',
  scope: ({ policyId }, _caller, seen) => activationScope(policyId, seen),
  decide(deciding, { policyId, expectedVersion, acknowledgeWarnings }) {
    const { record: draft, problem } = own(deciding, 'policy', policyId)
    if (problem !== null) return refuse(problem)
    const conflict = versionProblem(draft, expectedVersion)
    if (conflict !== null) return refuse(conflict)
    const decision = activateDraft(deciding, draft, acknowledgeWarnings)
    // The project row stands for the list of its policies: whoever decided under the old list must look again.
    if (decision.kind === 'accepted' && draft.state === 'DRAFT')
      deciding.changes.update('project', deciding.project, {})
    return decision
  },
})

/** The same for a policy of the whole installation, which governs every project from then on. */
export const activateGlobalPolicy = globalCommand({
  name: 'policies.activateGlobal',
  summary: 'Puts a draft of a GLOBAL policy in force.',
  input: z.strictObject(which),
  permission: 'policy.admin',
  whenContained: 'refused',
  scope: ({ policyId }, _caller, seen) => activationScope(policyId, seen),
  decide(deciding, { policyId, expectedVersion, acknowledgeWarnings }) {
    const { snapshot, changes } = deciding
    const problem = globalPolicyProblem(deciding)
    if (problem !== null) return refuse(problem)
    const draft = snapshot.get('policy', policyId)
    const system = snapshot.get('system', SYSTEM_ID)
    if (draft === null || draft.projectId !== null || system === null) {
      return refuse(refusal('NOT_FOUND', `no such policy: ${policyId}`))
    }
    const conflict = versionProblem(draft, expectedVersion)
    if (conflict !== null) return refuse(conflict)
    const decision = activateDraft(deciding, draft, acknowledgeWarnings)
    // As the project row for its own policies: every decision of every project relies on this one.
    if (decision.kind === 'accepted' && draft.state === 'DRAFT') changes.update('system', system, {})
    return decision
  },
})
