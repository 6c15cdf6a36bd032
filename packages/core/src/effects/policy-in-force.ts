import type { DecidingInProject } from '../decide/command.ts'
import type { Snapshot } from '../decide/snapshot.ts'
import type { Policy } from '../model/policy-version.ts'
import type { TaskType } from '../model/task.ts'
import type { Scope } from '../ports/storage.ts'
import { type CompiledPolicy, compilePolicy } from '../rules/policy/compile.ts'

const POLICIES_MAX = 200
const COMPILED_MAX = 500

/** Compiled policies by the ids of their parts. An active policy never changes, so its id stands for its content. */
const compiled = new Map<string, CompiledPolicy>()

/** What every decision under policy reads: the active policies of the project and of the installation. */
export function policyScope(projectId: string): Scope {
  return {
    lookups: [
      { lookup: 'activePolicies', values: [null], limit: POLICIES_MAX },
      { lookup: 'activePolicies', values: [projectId], limit: POLICIES_MAX },
    ],
  }
}

function applies(policy: Policy, taskType: TaskType | null, agentId: string | null): boolean {
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
  const active = [...snapshot.find('activePolicies', null), ...snapshot.find('activePolicies', projectId)].filter((policy) =>
    applies(policy, of.taskType, of.agentId),
  )
  if (active.length === 0) return null
  const key = active.map((policy) => policy.id).join(' ')
  let policy = compiled.get(key)
  if (policy === undefined) {
    policy = compilePolicy(active)
    if (compiled.size >= COMPILED_MAX) compiled.clear()
    compiled.set(key, policy)
  }
  return policy
}
