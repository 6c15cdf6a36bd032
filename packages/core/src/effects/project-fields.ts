import type { Project } from '../model/project.ts'
import { redactText } from '../rules/redaction.ts'

type ProjectFields = Omit<Project, 'id' | 'version' | 'createdAt' | 'updatedAt'>

/** A new project as it is stored. */
export function projectFields(given: {
  name: string
  slug: string
  timeZone: string
  description?: string | undefined
  metadata?: Project['metadata'] | undefined
}): ProjectFields {
  return {
    projectId: null,
    name: given.name,
    slug: given.slug,
    description: given.description === undefined ? null : redactText(given.description),
    timeZone: given.timeZone,
    status: 'ACTIVE',
    operatorMode: 'NORMAL',
    metadata: given.metadata ?? null,
  }
}
