import type { Deciding } from '../decide/command.ts'
import { accept, type Decision, refuse } from '../decide/command.ts'
import type { Snapshot } from '../decide/snapshot.ts'
import type { PolicyContent, PolicyLevel, PolicyScopeType } from '../model/policy.ts'
import { draftedContent, type PolicyDraftContent } from '../model/policy-draft.ts'
import type { Policy } from '../model/policy-version.ts'
import { type Refusal, refusal } from '../model/refusal.ts'
import type { Scope } from '../ports/storage.ts'
import { type LintFinding, lintPolicy } from '../rules/policy/lint.ts'
import { defaultsLayers } from '../rules/policy/project-defaults.ts'
import { type PolicyLayer, SPECIFICITY } from '../rules/policy/resolve.ts'

const VERSIONS_MAX = 200

/** Which policy a version belongs to. `projectId` null: the installation. */
export interface PolicyKey {
  readonly projectId: string | null
  readonly name: string
  readonly scopeType: PolicyScopeType
  readonly scopeId: string
}

const valuesOf = ({ projectId, name, scopeType, scopeId }: PolicyKey) => [projectId, name, scopeType, scopeId] as const

/** A policy of the installation governs every project, so only somebody of every project may write it. */
export function globalPolicyProblem({ principal }: Deciding): Refusal | null {
  if (principal === null || principal.projectIds === 'ALL') return null
  return refusal('FORBIDDEN', `${principal.displayName} has some projects only, and a GLOBAL policy governs all`)
}

/** What drafting the next version reads. */
export function draftScope(key: PolicyKey): Scope {
  return { lookups: [{ lookup: 'policiesByName', values: [...valuesOf(key)], limit: VERSIONS_MAX }] }
}

/** Writes the next version as a draft. It copies every field it does not mention from the version in force. */
export function writeDraft(
  deciding: Deciding,
  key: PolicyKey,
  content: PolicyDraftContent,
  notes: string | null,
): Decision<Policy> {
  const { snapshot, changes } = deciding
  const versions = snapshot.find('policiesByName', ...valuesOf(key))
  const base = versions.find((version) => version.state === 'ACTIVE') ?? null
  const versionNo = versions.reduce((highest, version) => Math.max(highest, version.versionNo), 0) + 1
  const draft = changes.insert('policy', {
    ...key,
    versionNo,
    state: 'DRAFT',
    basePolicyId: base?.id ?? null,
    content: draftedContent(base?.content ?? null, content),
    notes,
  })
  changes.event('SETTINGS_CHANGED', {
    subject: `policy/${draft.id}`,
    summary: `Draft of policy ${key.name}@${versionNo}`,
  })
  return accept(draft)
}

/** What activating a draft reads, once the draft itself has been seen: what it replaces and what is broader. */
export function activationScope(policyId: string, seen: Snapshot | null): Scope {
  const draft = seen?.has('policy', policyId) === true ? seen.peek('policy', policyId) : null
  const records = [{ kind: 'policy' as const, id: policyId }]
  if (draft === null) return { records }
  return {
    records,
    lookups: [
      { lookup: 'activePolicy', values: [...valuesOf(draft)], limit: 1 },
      { lookup: 'activePolicies', values: [null], limit: VERSIONS_MAX },
      ...(draft.projectId === null
        ? []
        : [{ lookup: 'activePolicies' as const, values: [draft.projectId], limit: VERSIONS_MAX }]),
    ],
  }
}

/** What is wrong with a version, measured against the broader policies in force. */
export function lintVersion(
  of: { readonly scopeType: PolicyLevel; readonly content: PolicyContent },
  inForce: readonly Pick<PolicyLayer, 'scopeType' | 'content'>[],
): readonly LintFinding[] {
  const broader = inForce
    .filter((layer) => SPECIFICITY[layer.scopeType] > SPECIFICITY[of.scopeType])
    .sort((one, other) => SPECIFICITY[one.scopeType] - SPECIFICITY[other.scopeType])
    .map(({ content }) => content)
  return lintPolicy(of.content, { scopeType: of.scopeType, broader })
}

/** The refusal of something that was found wanting, or null. Warnings count unless somebody has acknowledged them. */
export function lintProblem(findings: readonly LintFinding[], acknowledgesWarnings: boolean): Refusal | null {
  const blocking = findings.filter((finding) => finding.level === 'ERROR' || !acknowledgesWarnings)
  if (blocking.length === 0) return null
  return refusal('VALIDATION', `lint: ${blocking.length} findings`, {
    errors: blocking.map((finding) => ({ field: finding.path, message: `${finding.level} ${finding.message}` })),
    hint: 'Fix errors; warnings may be acknowledged with acknowledgeWarnings.',
  })
}

/** Puts a draft in force. A version that is in force already is the answer; one that was replaced stays so. */
export function activateDraft(deciding: Deciding, draft: Policy, acknowledgesWarnings: boolean): Decision<Policy> {
  const { snapshot, changes } = deciding
  if (draft.state === 'ACTIVE') return accept(draft)
  if (draft.state !== 'DRAFT') return refuse(refusal('VERSION_CONFLICT', 'this version has been superseded'))
  const active = snapshot.find('activePolicy', ...valuesOf(draft))[0] ?? null
  if ((active?.id ?? null) !== draft.basePolicyId) {
    return refuse(refusal('VERSION_CONFLICT', 'another version was activated since this draft was written'))
  }
  const owners = draft.projectId === null ? [null] : [null, draft.projectId]
  const project = draft.projectId === null ? null : snapshot.peek('project', draft.projectId)
  const problem = lintProblem(
    lintVersion(draft, [
      ...owners.flatMap((owner) => snapshot.find('activePolicies', owner)),
      ...(project === null ? [] : defaultsLayers(project)),
    ]),
    acknowledgesWarnings,
  )
  if (problem !== null) return refuse(problem)
  if (active !== null) changes.update('policy', active, { state: 'SUPERSEDED' })
  const activated = changes.update('policy', draft, { state: 'ACTIVE' })
  changes.event('POLICY_ACTIVATED', {
    subject: `policy/${draft.id}`,
    summary: `Policy ${draft.name}@${draft.versionNo} is in force`,
    data: { name: draft.name, versionNo: draft.versionNo, replaces: active?.id ?? null },
  })
  return accept(activated)
}
