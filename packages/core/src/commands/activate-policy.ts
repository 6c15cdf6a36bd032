import { z } from 'zod'
import { accept, projectCommand, refuse } from '../decide/command.ts'
import { own } from '../decide/own.ts'
import { refSchema } from '../model/ids.ts'
import { refusal } from '../model/refusal.ts'
import { lintPolicy } from '../rules/policy/lint.ts'
import { inProject } from './inputs.ts'

/**
 * Puts a draft in force and retires the version before. Once this has returned, nothing is decided under the old one,
 * and unused grants of the old one are void.
 */
export const activatePolicy = projectCommand({
  name: 'policies.activate',
  summary: 'Puts a draft policy in force.',
  input: z.strictObject({ ...inProject, policyId: refSchema, acknowledgeWarnings: z.boolean().default(false) }),
  permission: 'policy.admin',
  whenContained: 'refused',
  scope: ({ policyId }, _caller, seen) => {
    const draft = seen?.has('policy', policyId) === true ? seen.peek('policy', policyId) : null
    return {
      records: [{ kind: 'policy', id: policyId }],
      lookups:
        draft === null
          ? []
          : [
              {
                lookup: 'activePolicy',
                values: [draft.projectId, draft.name, draft.scopeType, draft.scopeId],
                limit: 1,
              },
            ],
    }
  },
  decide(deciding, { policyId, acknowledgeWarnings }) {
    const { snapshot, changes, project } = deciding
    const { record: draft, problem } = own(deciding, 'policy', policyId)
    if (problem !== null) return refuse(problem)
    if (draft.state === 'ACTIVE') return accept(draft)
    if (draft.state !== 'DRAFT') return refuse(refusal('VERSION_CONFLICT', 'this version has been superseded'))
    const active = snapshot.find('activePolicy', project.id, draft.name, draft.scopeType, draft.scopeId)[0] ?? null
    if ((active?.id ?? null) !== draft.basePolicyId) {
      return refuse(refusal('VERSION_CONFLICT', 'another version was activated since this draft was written'))
    }
    const findings = lintPolicy(draft.content)
    const blocking = findings.filter((finding) => finding.level === 'ERROR' || !acknowledgeWarnings)
    if (blocking.length > 0) {
      return refuse(
        refusal('VALIDATION', `lint: ${blocking.length} findings`, {
          errors: blocking.map((finding) => ({ field: finding.path, message: `${finding.level} ${finding.message}` })),
          hint: 'Fix errors; warnings may be acknowledged with acknowledgeWarnings.',
        }),
      )
    }
    if (active !== null) changes.update('policy', active, { state: 'SUPERSEDED' })
    const activated = changes.update('policy', draft, { state: 'ACTIVE' })
    // The project row stands for the list of its policies: whoever decided under the old list must look again.
    changes.update('project', project, {})
    changes.event('POLICY_ACTIVATED', {
      subject: `policy/${draft.id}`,
      summary: `Policy ${draft.name}@${draft.versionNo} is in force`,
      data: { name: draft.name, versionNo: draft.versionNo, replaces: active?.id ?? null },
    })
    return accept(activated)
  },
})
