import { z } from 'zod'
import { inProject } from '../commands/inputs.ts'
import { appliesTo } from '../effects/policy-in-force.ts'
import { lintVersion } from '../effects/policy-versions.ts'
import { refSchema } from '../model/ids.ts'
import type { PolicyScopeType } from '../model/policy.ts'
import type { Policy } from '../model/policy-version.ts'
import type { PolicyDefaults } from '../model/project.ts'
import { type Outcome, refusal } from '../model/refusal.ts'
import { TASK_TYPES } from '../model/task.ts'
import { type PolicyLayer, type ResolvedPolicy, resolvePolicy, versionOf } from '../rules/policy/compile.ts'
import { diffPolicies, type PolicyChange } from '../rules/policy/diff.ts'
import type { LintFinding } from '../rules/policy/lint.ts'
import { defaultsLayers } from '../rules/policy/project-defaults.ts'
import { pageInput, readPage } from './page.ts'
import { found, globalQuery, projectQuery, type Reading, type ReadingInProject } from './query.ts'

const POLICIES_MAX = 200

/** Active policies of the installation and of a project, the broadest first. */
export async function policiesInForce(reading: ReadingInProject): Promise<readonly Policy[]> {
  const owners = [null, reading.project.id]
  const snapshot = await reading.look({
    lookups: owners.map((owner) => ({ lookup: 'activePolicies', values: [owner], limit: POLICIES_MAX })),
  })
  return owners.flatMap((owner) => snapshot.find('activePolicies', owner))
}

/** The same with the defaults of the project, as layers to resolve. */
async function layersInForce(reading: ReadingInProject): Promise<readonly PolicyLayer[]> {
  return [...(await policiesInForce(reading)), ...defaultsLayers(reading.project)]
}

/** A version that this project may see: one of its own or of the installation. */
async function visibleVersion(reading: ReadingInProject, policyId: string): Promise<Outcome<Policy>> {
  const snapshot = await reading.look({ records: [{ kind: 'policy', id: policyId }] })
  const policy = snapshot.peek('policy', policyId)
  if (policy === null || (policy.projectId !== null && policy.projectId !== reading.project.id)) {
    return { ok: false, error: refusal('NOT_FOUND', `no such policy: ${policyId}`) }
  }
  return found(policy)
}

/** Every version of the project's policies, newest first. */
export const listPolicies = projectQuery({
  name: 'policies.list',
  summary: 'Lists the versions of the policies of a project, newest first.',
  input: z.strictObject({
    ...inProject,
    ...pageInput,
    state: z.enum(['DRAFT', 'ACTIVE', 'SUPERSEDED']).optional(),
  }),
  permission: 'read',
  read: ({ queries, project }, { state, ...paging }) =>
    readPage(queries, { kind: 'policy', projectId: project.id, filters: stateFilter(state) }, paging),
})

function stateFilter(state: string | undefined) {
  return state === undefined ? [] : [{ field: 'state', op: 'eq', value: state } as const]
}

/** Every version of the policies of the installation, newest first. */
export const listGlobalPolicies = globalQuery({
  name: 'policies.listGlobal',
  summary: 'Lists the versions of GLOBAL policies, newest first.',
  input: z.strictObject({ ...pageInput, state: z.enum(['DRAFT', 'ACTIVE', 'SUPERSEDED']).optional() }),
  permission: 'read',
  read: ({ queries }: Reading, { state, ...paging }) =>
    readPage(
      queries,
      { kind: 'policy', filters: [{ field: 'scopeType', op: 'eq', value: 'GLOBAL' }, ...stateFilter(state)] },
      paging,
    ),
})

/** One version. */
export const getPolicy = projectQuery({
  name: 'policies.get',
  summary: 'Gives one version of a policy.',
  input: z.strictObject({ ...inProject, policyId: refSchema }),
  permission: 'read',
  read: (reading, { policyId }) => visibleVersion(reading, policyId),
})

/** The policies that govern an act together, and what they come to. */
export interface EffectivePolicy {
  /** As decisions record it: `global@1+team@3`. Null: no policy is active, and everything is denied. */
  readonly version: string | null
  readonly policies: readonly {
    readonly id: string
    readonly name: string
    readonly versionNo: number
    readonly scopeType: PolicyScopeType
    readonly scopeId: string
  }[]
  /** What the project says below its policies, if anything; it is part of `content`. */
  readonly policyDefaults: PolicyDefaults | null
  readonly content: ResolvedPolicy | null
}

/** What is in force for the project, or for one task type and one agent in it. */
export const effectivePolicy = projectQuery({
  name: 'policies.effective',
  summary: 'Resolves the policies in force for a project, a task type and an agent.',
  input: z.strictObject({ ...inProject, taskType: z.enum(TASK_TYPES).optional(), agentId: refSchema.optional() }),
  permission: 'read',
  read: async (reading, { taskType, agentId }) => {
    const all = await policiesInForce(reading)
    const policies = all.filter((policy) => appliesTo(policy, taskType ?? null, agentId ?? null))
    const layers: readonly PolicyLayer[] = [...policies, ...defaultsLayers(reading.project)]
    const answer: EffectivePolicy = {
      version: policies.length === 0 ? null : versionOf(layers),
      policies: policies.map(({ id, name, versionNo, scopeType, scopeId }) => ({
        id,
        name,
        versionNo,
        scopeType,
        scopeId,
      })),
      policyDefaults: reading.project.policyDefaults,
      content: policies.length === 0 ? null : resolvePolicy(layers),
    }
    return found(answer)
  },
})

/** What is wrong with one version, measured against the broader policies in force. */
export const lintPolicyVersion = projectQuery({
  name: 'policies.lint',
  summary: 'Names what is wrong with a version of a policy; errors block its activation.',
  input: z.strictObject({ ...inProject, policyId: refSchema }),
  permission: 'read',
  read: async (reading, { policyId }): Promise<Outcome<{ readonly findings: readonly LintFinding[] }>> => {
    const version = await visibleVersion(reading, policyId)
    if (!version.ok) return version
    return found({ findings: lintVersion(version.data, await layersInForce(reading)) })
  },
})

/** Every change from one version to another. */
export const diffPolicyVersions = projectQuery({
  name: 'policies.diff',
  summary: 'Lists every change from one version of a policy to another.',
  input: z.strictObject({ ...inProject, policyId: refSchema, otherPolicyId: refSchema }),
  permission: 'read',
  read: async (
    reading,
    { policyId, otherPolicyId },
  ): Promise<Outcome<{ readonly changes: readonly PolicyChange[] }>> => {
    const before = await visibleVersion(reading, policyId)
    const after = await visibleVersion(reading, otherPolicyId)
    if (!before.ok) return before
    return after.ok ? found({ changes: diffPolicies(before.data.content, after.data.content) }) : after
  },
})
