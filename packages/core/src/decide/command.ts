import type { z } from 'zod'
import type { Agent } from '../model/agent.ts'
import type { NextId } from '../model/ids.ts'
import type { Actor, Credential, Principal } from '../model/principal.ts'
import type { OperatorMode, Project } from '../model/project.ts'
import type { Refusal } from '../model/refusal.ts'
import type { LookupRequest, Ref, Scope } from '../ports/storage.ts'
import type { WebhookOptions } from '../ports/webhooks.ts'
import type { Permission } from '../rules/permissions.ts'
import type { Changes } from './changes.ts'
import type { Snapshot } from './snapshot.ts'

/** Who calls: known before anything is loaded, proven again from the snapshot. */
export interface Caller {
  readonly principalId: string
  /** The agent of an AGENT principal. */
  readonly agentId: string | null
  readonly isSystem: boolean
  /** The key it came with; null for those the host itself lets in. */
  readonly key: Pick<Credential, 'id' | 'kind' | 'openedById'> | null
  /** The bridge of a chat, with a key of its own: it reads, and calls what is marked `forBridge`. */
  readonly isBridge?: true
}

/** What every decider is given: who acts, where, and a place to put what should be written. */
export interface Deciding {
  readonly snapshot: Snapshot
  /** The store's clock at the moment of reading, epoch ms. */
  readonly now: number
  readonly nextId: NextId
  /** The one secret that came with this command, for keys; the same at every call. */
  readonly secret: () => string
  /** How this host has webhooks; null: not at all. */
  readonly webhooks: Pick<WebhookOptions, 'secrets' | 'allowsPrivateTargets'> | null
  /** Number of the one-time code that came with this command and is right for its caller; null without one. */
  readonly codeNumber: number | null
  /** The task that was picked for a command that `picks` one; null: none was found, or it is not such a command. */
  readonly picked: string | null
  readonly actor: Actor
  /** Null when the system acts. */
  readonly principal: Principal | null
  /** The agent that acts, if it is one. Its status has been checked as the command asked. */
  readonly agent: Agent | null
  /** The enrollment key the caller came with: it may register agents within its ceiling, and nothing else. */
  readonly enrollment: Credential | null
  /** The strictest of installation and project. */
  readonly mode: OperatorMode
  readonly changes: Changes
}

/** A decider of a command on one project. */
export interface DecidingInProject extends Deciding {
  readonly project: Project
}

export type Decision<T> =
  | { readonly kind: 'accepted'; readonly data: T }
  /** Nothing is written. */
  | { readonly kind: 'refused'; readonly error: Refusal }
  /** The refusal has effects, which are committed: an event, a pause, an alert. */
  | { readonly kind: 'refused-with-effects'; readonly error: Refusal }

export function accept<T>(data: T): Decision<T> {
  return { kind: 'accepted', data }
}

export function refuse(error: Refusal): Decision<never> {
  return { kind: 'refused', error }
}

export function refuseWithEffects(error: Refusal): Decision<never> {
  return { kind: 'refused-with-effects', error }
}

/** What an agent that is not free to work may still do. */
export type WhenContained =
  /** Only an ACTIVE agent in a project in normal mode. */
  | 'refused'
  /** Also while paused or drained, not in quarantine: submit, acknowledge. */
  | 'unless-quarantined'
  /** Always: heartbeat, usage, the end of a run. */
  | 'allowed'

interface CommandFacts<Name extends string, In extends z.ZodType, Out> {
  /** `<noun>.<verb>`, the name on every face of the registry. */
  readonly name: Name
  /** One sentence for the reference. */
  readonly summary: string
  readonly input: In
  /** What the caller must be allowed to do; `null`: whoever is authenticated, the decider looks closer. */
  readonly permission: Permission | null
  readonly whenContained: WhenContained
  /** The engine finds what it is about, the next task of the queue, and picks again on CLAIM_LOST. */
  readonly picks?: 'task'
  /** Only the host itself may call it (jobs, containment). */
  readonly systemOnly?: true
  /** With `systemOnly`: also the bridge of a chat may call it, which acts for no person. */
  readonly forBridge?: true
  /** Also in an archived project: the word about what was done before still reaches people. */
  readonly whenArchived?: 'allowed'
  /** Also enrollment keys may call it. */
  readonly forEnrollment?: true
  /** What to keep in the receipt, for answers with a secret that no replay may show. */
  readonly forReceipt?: (data: Out) => Out
}

/** A command on one project. Its input always has `projectId`. */
export interface ProjectCommand<Name extends string, In extends z.ZodType<{ projectId: string }>, Out>
  extends CommandFacts<Name, In, Out> {
  readonly level: 'project'
  /** What to read. Called again with what was seen until it asks for nothing new (at most three looks). */
  scope(input: z.infer<In>, caller: Caller, seen: Snapshot | null, picked: string | null): Scope
  /** Pure and synchronous: the same snapshot and input give the same decision. */
  decide(deciding: DecidingInProject, input: z.infer<In>): Decision<Out>
}

/** A command on the installation. */
export interface GlobalCommand<Name extends string, In extends z.ZodType, Out> extends CommandFacts<Name, In, Out> {
  readonly level: 'global'
  scope(input: z.infer<In>, caller: Caller, seen: Snapshot | null): Scope
  decide(deciding: Deciding, input: z.infer<In>): Decision<Out>
}

/** Declares a command on one project; the types of input and answer follow from the parts. */
export function projectCommand<Name extends string, In extends z.ZodType<{ projectId: string }>, Out>(
  command: Omit<ProjectCommand<Name, In, Out>, 'level'>,
): ProjectCommand<Name, In, Out> {
  return { ...command, level: 'project' }
}

/** Declares a command on the installation. */
export function globalCommand<Name extends string, In extends z.ZodType, Out>(
  command: Omit<GlobalCommand<Name, In, Out>, 'level'>,
): GlobalCommand<Name, In, Out> {
  return { ...command, level: 'global' }
}

/** Joins what several parts of a decision want to read. */
export function joinScopes(...scopes: readonly Scope[]): Scope {
  const records: Ref[] = []
  const lookups: LookupRequest[] = []
  const accounts: string[] = []
  for (const scope of scopes) {
    if (scope.records !== undefined) records.push(...scope.records)
    if (scope.lookups !== undefined) lookups.push(...scope.lookups)
    if (scope.accounts !== undefined) accounts.push(...scope.accounts)
  }
  return { records, lookups, accounts }
}
