import { z } from 'zod'
import type { Snapshot } from '../decide/snapshot.ts'
import { policyContent } from '../model/policy.ts'
import { type PolicyDefaults, policyDefaultsInput } from '../model/project.ts'
import type { Refusal } from '../model/refusal.ts'
import type { Scope } from '../ports/storage.ts'
import { lintProblem, lintVersion } from './policy-versions.ts'

const POLICIES_MAX = 200

/** How the defaults of a project are given. They are replaced as a whole, and linted as a policy would be. */
export const policyDefaultsFields = {
  policyDefaults: policyDefaultsInput.nullable().optional(),
  acknowledgeWarnings: z.boolean().default(false),
}

/** What the defaults are measured against: the policies of the installation. */
export const policyDefaultsScope: Scope = {
  lookups: [{ lookup: 'activePolicies', values: [null], limit: POLICIES_MAX }],
}

/** Defaults as a version of the project stores them; those that say nothing are none. */
export function storedDefaults(
  given: z.infer<typeof policyDefaultsInput> | null | undefined,
  versionNo: number,
): PolicyDefaults | null {
  if (given == null || (given.rules === null && given.budgetDefaults === null)) return null
  return { ...given, versionNo }
}

/** Why these defaults cannot be taken as they are, or null. */
export function policyDefaultsProblem(
  snapshot: Snapshot,
  given: z.infer<typeof policyDefaultsInput> | null | undefined,
  acknowledgesWarnings: boolean,
): Refusal | null {
  if (given == null) return null
  const layer = { scopeType: 'PROJECT_DEFAULTS' as const, content: policyContent.parse(given) }
  return lintProblem(lintVersion(layer, snapshot.find('activePolicies', null)), acknowledgesWarnings)
}
