import { z } from 'zod'
import { accept, projectCommand, refuse } from '../decide/command.ts'
import { policyContent } from '../model/policy.ts'
import { refusal } from '../model/refusal.ts'
import { nameSchema, textSchema } from '../model/text.ts'
import { inProject } from './inputs.ts'

const VERSIONS_MAX = 200

const input = z.strictObject({
  ...inProject,
  name: nameSchema(60),
  scopeType: z.enum(['PROJECT', 'TASK_TYPE', 'AGENT']).default('PROJECT'),
  scopeId: z.string().max(128).default(''),
  /** Sections left out are copied from the version in force. */
  content: policyContent.partial(),
  notes: textSchema.optional(),
})

/** Writes the next version of a policy as a draft. It governs nothing until it is activated. */
export const draftPolicy = projectCommand({
  name: 'policies.draft',
  summary: 'Writes the next version of a policy of the project as a draft.',
  input,
  permission: 'policy.admin',
  whenContained: 'refused',
  scope: ({ projectId, name, scopeType, scopeId }) => ({
    lookups: [{ lookup: 'policiesByName', values: [projectId, name, scopeType, scopeId], limit: VERSIONS_MAX }],
  }),
  decide(deciding, { name, scopeType, scopeId, content, notes }) {
    const { snapshot, changes, project } = deciding
    if ((scopeType === 'PROJECT') !== (scopeId === '')) {
      return refuse(
        refusal('VALIDATION', 'scopeId names the task type or the agent', {
          errors: [{ field: 'scopeId', message: 'goes with scopeType TASK_TYPE or AGENT' }],
        }),
      )
    }
    const versions = snapshot.find('policiesByName', project.id, name, scopeType, scopeId)
    const base = versions.find((version) => version.state === 'ACTIVE') ?? null
    const versionNo = versions.reduce((highest, version) => Math.max(highest, version.versionNo), 0) + 1
    const draft = changes.insert('policy', {
      projectId: project.id,
      name,
      versionNo,
      scopeType,
      scopeId,
      state: 'DRAFT',
      basePolicyId: base?.id ?? null,
      content: policyContent.parse({ ...base?.content, ...content }),
      notes: notes ?? null,
    })
    changes.event('SETTINGS_CHANGED', {
      subject: `policy/${draft.id}`,
      summary: `Draft of policy ${name}@${versionNo}`,
    })
    return accept(draft)
  },
})
