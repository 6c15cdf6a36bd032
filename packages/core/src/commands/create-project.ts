import { z } from 'zod'
import { accept, globalCommand, joinScopes, refuse } from '../decide/command.ts'
import { policyDefaultsFields, policyDefaultsProblem, policyDefaultsScope } from '../effects/policy-defaults.ts'
import { projectFields } from '../effects/project-fields.ts'
import { slugSchema, timeZoneSchema } from '../model/project.ts'
import { refusal } from '../model/refusal.ts'
import { metadataSchema, nameSchema, textSchema } from '../model/text.ts'

const input = z.strictObject({
  name: nameSchema(120),
  slug: slugSchema,
  description: textSchema.optional(),
  timeZone: timeZoneSchema.default('UTC'),
  metadata: metadataSchema.optional(),
  ...policyDefaultsFields,
})

/** Creates a project. Its slug is unique in the installation. */
export const createProject = globalCommand({
  name: 'projects.create',
  summary: 'Creates a project.',
  input,
  permission: 'projects.admin',
  whenContained: 'refused',
  scope: ({ slug, policyDefaults }) =>
    joinScopes(
      { lookups: [{ lookup: 'projectBySlug', values: [slug], limit: 1 }] },
      policyDefaults == null ? {} : policyDefaultsScope,
    ),
  decide(deciding, given) {
    if (deciding.principal !== null && deciding.principal.projectIds !== 'ALL') {
      return refuse(refusal('FORBIDDEN', 'creating projects needs access to all of them'))
    }
    if (deciding.snapshot.find('projectBySlug', given.slug).length > 0) {
      return refuse(
        refusal('DUPLICATE', `the slug ${given.slug} is taken`, { errors: [{ field: 'slug', message: 'is taken' }] }),
      )
    }
    const problem = policyDefaultsProblem(deciding.snapshot, given.policyDefaults, given.acknowledgeWarnings)
    if (problem !== null) return refuse(problem)
    const project = deciding.changes.insert('project', projectFields(given))
    deciding.changes.event('PROJECT_CREATED', {
      subject: `project/${project.id}`,
      summary: `Project ${project.name}`,
      data: { slug: project.slug, timeZone: project.timeZone },
    })
    return accept(project)
  },
})
