import { z } from 'zod'
import { globalCommand, projectCommand, refuse } from '../decide/command.ts'
import { draftScope, globalPolicyProblem, type PolicyKey, writeDraft } from '../effects/policy-versions.ts'
import { policyDraftContent } from '../model/policy-draft.ts'
import { refusal } from '../model/refusal.ts'
import { nameSchema, textSchema } from '../model/text.ts'
import { inProject } from './inputs.ts'

const drafted = {
  name: nameSchema(60),
  /** Fields left out are copied from the version in force. */
  content: policyDraftContent,
  notes: textSchema.optional(),
}

/** Writes the next version of a policy as a draft. It governs nothing until it is activated. */
export const draftPolicy = projectCommand({
  name: 'policies.draft',
  summary: 'Writes the next version of a policy of the project as a draft.',
  input: z.strictObject({
    ...inProject,
    ...drafted,
    scopeType: z.enum(['PROJECT', 'TASK_TYPE', 'AGENT']).default('PROJECT'),
    scopeId: z.string().max(128).default(''),
  }),
  permission: 'policy.admin',
  whenContained: 'refused',
  scope: (key) => draftScope(key),
  decide(deciding, { name, scopeType, scopeId, content, notes }) {
    if ((scopeType === 'PROJECT') !== (scopeId === '')) {
      return refuse(
        refusal('VALIDATION', 'scopeId names the task type or the agent', {
          errors: [{ field: 'scopeId', message: 'goes with scopeType TASK_TYPE or AGENT' }],
        }),
      )
    }
    const key: PolicyKey = { projectId: deciding.project.id, name, scopeType, scopeId }
    return writeDraft(deciding, key, content, notes ?? null)
  },
})

function globalKey(name: string): PolicyKey {
  return { projectId: null, name, scopeType: 'GLOBAL', scopeId: '' }
}

/** The same for a policy of the whole installation. */
export const draftGlobalPolicy = globalCommand({
  name: 'policies.draftGlobal',
  summary: 'Writes the next version of a GLOBAL policy as a draft.',
  input: z.strictObject(drafted),
  permission: 'policy.admin',
  whenContained: 'refused',
  scope: ({ name }) => draftScope(globalKey(name)),
  decide(deciding, { name, content, notes }) {
    const problem = globalPolicyProblem(deciding)
    return problem === null ? writeDraft(deciding, globalKey(name), content, notes ?? null) : refuse(problem)
  },
})
