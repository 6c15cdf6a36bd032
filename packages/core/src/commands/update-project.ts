import { z } from 'zod'
import { accept, type DecidingInProject, projectCommand, refuse } from '../decide/command.ts'
import { versionProblem } from '../decide/own.ts'
import {
  policyDefaultsFields,
  policyDefaultsProblem,
  policyDefaultsScope,
  storedDefaults,
} from '../effects/policy-defaults.ts'
import { type Project, timeZoneSchema } from '../model/project.ts'
import { metadataSchema, nameSchema, textSchema } from '../model/text.ts'
import { redactText } from '../rules/redaction.ts'
import { expectedVersionInput, inProject } from './inputs.ts'

const input = z.strictObject({
  ...inProject,
  expectedVersion: expectedVersionInput,
  name: nameSchema(120).optional(),
  description: textSchema.nullable().optional(),
  timeZone: timeZoneSchema.optional(),
  metadata: metadataSchema.nullable().optional(),
  ...policyDefaultsFields,
})

/**
 * Changes what a project says about itself and the defaults that hold below its policies. Mode and archiving have
 * commands of their own. Once this has returned, nothing is decided under the old defaults.
 */
export const updateProject = projectCommand({
  name: 'projects.update',
  summary: 'Changes name, description, time zone, metadata or policy defaults of a project.',
  input,
  permission: 'projects.admin',
  whenContained: 'refused',
  scope: ({ policyDefaults }) => (policyDefaults == null ? {} : policyDefaultsScope),
  decide(deciding, given) {
    const { project, changes } = deciding
    const conflict = versionProblem(project, given.expectedVersion)
    if (conflict !== null) return refuse(conflict)
    const problem = policyDefaultsProblem(deciding.snapshot, given.policyDefaults, given.acknowledgeWarnings)
    if (problem !== null) return refuse(problem)
    const patch = patchOf(deciding, given)
    if (Object.keys(patch).length === 0) return accept(project)
    const updated = changes.update('project', project, patch)
    changes.event('SETTINGS_CHANGED', {
      subject: `project/${project.id}`,
      summary: `Project ${updated.name}: ${Object.keys(patch).join(', ')}`,
      data: { fields: Object.keys(patch) },
    })
    return accept(updated)
  },
})

function patchOf({ project }: DecidingInProject, given: z.infer<typeof input>): Partial<Project> {
  const { name, description, timeZone, metadata, policyDefaults } = given
  return {
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description: description === null ? null : redactText(description) }),
    ...(timeZone === undefined ? {} : { timeZone }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(policyDefaults === undefined ? {} : { policyDefaults: storedDefaults(policyDefaults, project.version + 1) }),
  }
}
