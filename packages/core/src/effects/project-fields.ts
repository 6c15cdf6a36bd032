import type { z } from 'zod'
import type { Project, policyDefaultsInput } from '../model/project.ts'
import { redactText } from '../rules/redaction.ts'
import { storedDefaults } from './policy-defaults.ts'

type ProjectFields = Omit<Project, 'id' | 'version' | 'createdAt' | 'updatedAt'>

/** A new project as it is stored. */
export function projectFields(given: {
  name: string
  slug: string
  timeZone: string
  description?: string | undefined
  metadata?: Project['metadata'] | undefined
  policyDefaults?: z.infer<typeof policyDefaultsInput> | null | undefined
}): ProjectFields {
  return {
    projectId: null,
    name: given.name,
    slug: given.slug,
    description: given.description === undefined ? null : redactText(given.description),
    timeZone: given.timeZone,
    status: 'ACTIVE',
    operatorMode: 'NORMAL',
    policyDefaults: storedDefaults(given.policyDefaults, 1),
    metadata: given.metadata ?? null,
  }
}
