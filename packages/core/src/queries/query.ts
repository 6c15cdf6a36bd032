import type { z } from 'zod'
import type { Snapshot } from '../decide/snapshot.ts'
import type { Agent } from '../model/agent.ts'
import type { Principal } from '../model/principal.ts'
import type { Project } from '../model/project.ts'
import type { Outcome } from '../model/refusal.ts'
import type { Scope, Storage, StorageQueries } from '../ports/storage.ts'
import type { Permission } from '../rules/permissions.ts'

/** What a query is given. It reads pages for people and never decides anything. */
export interface Reading {
  readonly queries: StorageQueries
  /** One consistent snapshot of what is named, for queries that ask the rules what a command would decide. */
  readonly look: (scope: Scope) => Promise<Snapshot>
  /** The log as followers read it: nothing is ever overtaken, so nothing is missed. */
  readonly readEvents: Storage['readEvents']
  /** The store's clock, epoch ms. */
  readonly now: number
  /** Null when the system reads. */
  readonly principal: Principal | null
  readonly agent: Agent | null
}

export interface ReadingInProject extends Reading {
  readonly project: Project
}

interface QueryFacts<Name extends string, In extends z.ZodType> {
  readonly name: Name
  readonly summary: string
  readonly input: In
  readonly permission: Permission
}

export interface ProjectQuery<Name extends string, In extends z.ZodType<{ projectId: string }>, Out>
  extends QueryFacts<Name, In> {
  readonly level: 'project'
  read(reading: ReadingInProject, input: z.infer<In>): Promise<Outcome<Out>>
}

export interface GlobalQuery<Name extends string, In extends z.ZodType, Out> extends QueryFacts<Name, In> {
  readonly level: 'global'
  read(reading: Reading, input: z.infer<In>): Promise<Outcome<Out>>
}

/** Declares a query on one project. */
export function projectQuery<Name extends string, In extends z.ZodType<{ projectId: string }>, Out>(
  query: Omit<ProjectQuery<Name, In, Out>, 'level'>,
): ProjectQuery<Name, In, Out> {
  return { ...query, level: 'project' }
}

/** Declares a query on the installation. */
export function globalQuery<Name extends string, In extends z.ZodType, Out>(
  query: Omit<GlobalQuery<Name, In, Out>, 'level'>,
): GlobalQuery<Name, In, Out> {
  return { ...query, level: 'global' }
}

/** A good answer of a query. */
export function found<T>(data: T): Outcome<T> {
  return { ok: true, data }
}
