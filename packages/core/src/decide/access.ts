import type { Agent } from '../model/agent.ts'
import { type Credential, MONITOR_SCOPE, type Principal } from '../model/principal.ts'
import type { OperatorMode, Project } from '../model/project.ts'
import { type Refusal, refusal } from '../model/refusal.ts'
import type { Ref } from '../ports/storage.ts'
import { isLive } from '../rules/keys.ts'
import { hasPermission, mayEnterProject, type Permission } from '../rules/permissions.ts'
import type { Caller, WhenContained } from './command.ts'
import type { Snapshot } from './snapshot.ts'

interface AccessQuestion {
  readonly principal: Principal
  readonly agent: Agent | null
  readonly project: Project | null
  readonly mode: OperatorMode
  readonly permission: Permission | null
  readonly whenContained: WhenContained
  /** Queries may read an archived project. */
  readonly writes: boolean
}

/** What is read of the key that a caller came with. */
export function keyRefs({ key }: Caller): Ref[] {
  if (key === null) return []
  const ids = key.openedById === null ? [key.id] : [key.id, key.openedById]
  return ids.map((id) => ({ kind: 'credential', id }))
}

/** Why the key that a caller came with opens nothing any more, or not this; null also for callers without one. */
export function keyProblem(
  { key }: Caller,
  snapshot: Snapshot,
  asked: { readonly forEnrollment: boolean; readonly permission: Permission | null },
): Refusal | null {
  if (key === null) return null
  const credential: Credential | null = snapshot.peek('credential', key.id)
  // A session ends with the key that it was opened with: nothing has to be told to it when that key goes.
  const opener: Credential | null = key.openedById === null ? null : snapshot.peek('credential', key.openedById)
  const isOpen = key.openedById === null || (opener !== null && isLive(opener, snapshot.now))
  if (credential === null || !isLive(credential, snapshot.now) || !isOpen) {
    return refusal('UNAUTHENTICATED', 'this key is unknown, expired or revoked')
  }
  if (credential.scopes.includes(MONITOR_SCOPE) && asked.permission !== MONITOR_SCOPE) {
    return refusal('FORBIDDEN', 'the key of a monitor reads metrics and does nothing else')
  }
  if (credential.kind !== 'ENROLLMENT' || asked.forEnrollment) return null
  return refusal('FORBIDDEN', 'an enrollment key registers agents and does nothing else')
}

/** Why this principal may not do this here and now, or null. Asked before every command and query, from stored rows. */
export function accessProblem(question: AccessQuestion): Refusal | null {
  const { principal, agent, project, permission } = question
  if (principal.status !== 'ACTIVE') return refusal('UNAUTHENTICATED', 'this principal is disabled')
  if (principal.kind === 'AGENT' && (agent === null || agent.principalId !== principal.id)) {
    return refusal('UNAUTHENTICATED', 'this principal has no agent')
  }
  if (project !== null && !mayEnterProject(principal, project.id)) {
    // Rows of other projects do not exist for this caller: the same answer as for an unknown id.
    return refusal('NOT_FOUND', 'no such project')
  }
  if (project !== null && question.writes && project.status === 'ARCHIVED') {
    return refusal('PROJECT_ARCHIVED', `project ${project.slug} is archived and read-only`)
  }
  if (permission !== null && !hasPermission(principal, agent, permission)) {
    return refusal('FORBIDDEN', `${principal.displayName} lacks ${permission}`)
  }
  return agent === null ? null : containmentProblem(agent, question.mode, question.whenContained)
}

/** Whether a paused, drained or quarantined agent may still do this. Humans are never contained. */
function containmentProblem(agent: Agent, mode: OperatorMode, when: WhenContained): Refusal | null {
  if (when === 'allowed') return null
  const isQuarantined = agent.status === 'QUARANTINED' || mode === 'QUARANTINED'
  if (when === 'unless-quarantined' && !isQuarantined) return null
  if (agent.status !== 'ACTIVE') {
    const cause = agent.pausedBy === null ? '' : ` (${agent.pausedBy})`
    return refusal('AGENT_NOT_ACTIVE', `${agent.name} is ${agent.status}${cause}`)
  }
  if (mode === 'PAUSED' || mode === 'QUARANTINED') return refusal('OPERATOR_MODE', `the project is ${mode}`)
  return null
}
