import { policyContent } from '../../model/policy.ts'
import type { PolicyDefaults } from '../../model/project.ts'
import type { PolicyLayer } from './resolve.ts'

/** How the defaults of a project take part in its decisions. Empty: it has none. */
export function defaultsLayers(project: { readonly policyDefaults: PolicyDefaults | null }): readonly PolicyLayer[] {
  if (project.policyDefaults === null) return []
  const { versionNo, ...content } = project.policyDefaults
  return [
    { scopeType: 'PROJECT_DEFAULTS', name: 'project.policyDefaults', versionNo, content: policyContent.parse(content) },
  ]
}
