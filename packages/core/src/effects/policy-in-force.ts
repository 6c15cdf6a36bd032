import type { DecidingInProject } from '../decide/command.ts'
import type { Snapshot } from '../decide/snapshot.ts'
import type { Policy } from '../model/policy-version.ts'
import type { TaskType } from '../model/task.ts'
import type { Scope } from '../ports/storage.ts'
import { type CompiledPolicy, compilePolicy } from '../rules/policy/compile.ts'
import { defaultsLayers } from '../rules/policy/project-defaults.ts'

const POLICIES_MAX = 200
const COMBINATIONS_MAX = 500

/**
 * Compiled policies by their first part and the ids of all. The part itself is the key, not its id, so that two stores
 * in one process that use the same ids never share a policy.
 */
const compiled = new WeakMap<Policy, Map<string, CompiledPolicy>>()

/** What every decision under policy reads: the active policies of project and installation, and the project's defaults. */
export function policyScope(projectId: string): Scope {
  return {
    records: [{ kind: 'project', id: projectId }],
    lookups: [
      { lookup: 'activePolicies', values: [null], limit: POLICIES_MAX },
      { lookup: 'activePolicies', values: [projectId], limit: POLICIES_MAX },
    ],
  }
}

/** Whether a policy has a say in what an agent does on a task of a type. */
export function appliesTo(policy: Policy, taskType: string | null, agentId: string | null): boolean {
  if (policy.scopeType === 'TASK_TYPE') return policy.scopeId === taskType
  if (policy.scopeType === 'AGENT') return policy.scopeId === agentId
  return true
}

/**
 * The policy that governs an act, compiled; null when there is none, and then nothing is allowed.
 * The versions of project and system, on which every command relies, prove it: activation writes one of them.
 */
export function policyInForce(
  deciding: DecidingInProject,
  of: { taskType: TaskType | null; agentId: string | null },
): CompiledPolicy | null {
  const policy = policyOf(deciding.snapshot, deciding.project.id, of)
  if (policy !== null) deciding.changes.policyVersion = policy.version
  return policy
}

/** The same for those who only look: scopes, which have to know what a decision will need, and queries. */
export function policyOf(
  snapshot: Snapshot,
  projectId: string,
  of: { taskType: TaskType | null; agentId: string | null },
): CompiledPolicy | null {
  const active = [...snapshot.find('activePolicies', null), ...snapshot.find('activePolicies', projectId)].filter(
    (policy) => appliesTo(policy, of.taskType, of.agentId),
  )
  const [first] = active
  // Defaults are no policy of their own: without one, nothing is allowed.
  if (first === undefined) return null
  const defaults = snapshot.peek('project', projectId)?.policyDefaults ?? null
  const combinations = compiled.get(first) ?? new Map<string, CompiledPolicy>()
  compiled.set(first, combinations)
  const ids = active.map((policy) => policy.id).join(' ')
  const key = defaults === null ? ids : `${projectId}@${defaults.versionNo} ${ids}`
  const known = combinations.get(key)
  if (known !== undefined) return known
  const policy = compilePolicy([...active, ...defaultsLayers({ policyDefaults: defaults })])
  if (combinations.size >= COMBINATIONS_MAX) combinations.clear()
  combinations.set(key, policy)
  return policy
}
