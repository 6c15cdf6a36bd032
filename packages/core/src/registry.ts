import type { z } from 'zod'
import { COMMANDS } from './commands/index.ts'
import type { GlobalCommand, ProjectCommand } from './decide/command.ts'
import type { Outcome } from './model/refusal.ts'
import type { CallContext } from './ports/transport.ts'
import { readHeartbeatReply } from './queries/heartbeat-reply.ts'
import { QUERIES } from './queries/index.ts'
import type { GlobalQuery, ProjectQuery, ReadingInProject } from './queries/query.ts'

// biome-ignore lint/suspicious/noExplicitAny: one list for operations of every input and answer
export type AnyCommand = ProjectCommand<string, any, any> | GlobalCommand<string, any, any>
// biome-ignore lint/suspicious/noExplicitAny: one list for operations of every input and answer
export type AnyQuery = ProjectQuery<string, any, any> | GlobalQuery<string, any, any>

/** Reads the full answer of a command after it was committed: fresh at each call, no part of any receipt. */
// biome-ignore lint/suspicious/noExplicitAny: one list for operations of every input and answer
export type ReadReply = (reading: ReadingInProject, input: any, data: any) => Promise<Outcome<unknown>>

/** Commands whose answer is more than what they wrote. */
const REPLIES = { agents: { heartbeat: readHeartbeatReply } } as const

/** One entry of the registry: a command changes something, a query only reads. */
export type Operation =
  | { readonly type: 'command'; readonly name: string; readonly command: AnyCommand; readonly reply: ReadReply | null }
  | { readonly type: 'query'; readonly name: string; readonly query: AnyQuery }

type Groups = Readonly<Record<string, Readonly<Record<string, unknown>>>>

function flatten(): Operation[] {
  const commands = Object.values(COMMANDS as Groups).flatMap((group) => Object.values(group) as AnyCommand[])
  const queries = Object.values(QUERIES as Groups).flatMap((group) => Object.values(group) as AnyQuery[])
  return [
    ...commands.map(
      (command) => ({ type: 'command', name: command.name, command, reply: replyOf(command.name) }) as const,
    ),
    ...queries.map((query) => ({ type: 'query', name: query.name, query }) as const),
  ]
}

function replyOf(name: string): ReadReply | null {
  const [noun, verb] = name.split('.') as [string, string]
  return (REPLIES as unknown as Readonly<Record<string, Readonly<Record<string, ReadReply>>>>)[noun]?.[verb] ?? null
}

/** Everything Mission Control can be asked, by name. HTTP routes, MCP tools and the command line are made from it. */
export const OPERATIONS: ReadonlyMap<string, Operation> = new Map(
  flatten().map((operation) => [operation.name, operation]),
)

type InputOf<In extends z.ZodType> = Omit<z.input<In>, 'projectId'> & { readonly projectId?: string }

type Method<In extends z.ZodType, Out> = (input: InputOf<In>, context?: CallContext) => Promise<Outcome<Out>>

/** The method a client has for one operation. Clients bound to a project fill in `projectId`. */
// biome-ignore-start lint/suspicious/noExplicitAny: only input and answer matter here
export type MethodOf<T> =
  T extends ProjectCommand<any, infer In, infer Out>
    ? Method<In, Out>
    : T extends GlobalCommand<any, infer In, infer Out>
      ? Method<In, Out>
      : T extends ProjectQuery<any, infer In, infer Out>
        ? Method<In, Out>
        : T extends GlobalQuery<any, infer In, infer Out>
          ? Method<In, Out>
          : never
// biome-ignore-end lint/suspicious/noExplicitAny: only input and answer matter here

/** The method of a command whose answer is read afterwards. */
// biome-ignore lint/suspicious/noExplicitAny: only the answer matters here
type Replied<Method, Read> = Read extends (...args: any[]) => Promise<infer Answer>
  ? Method extends (input: infer In, context?: CallContext) => unknown
    ? (input: In, context?: CallContext) => Promise<Answer>
    : never
  : never

type Commands = typeof COMMANDS
type Replies = typeof REPLIES
type Queries = typeof QUERIES
type MethodsOf<G, R = unknown> = {
  readonly [Verb in keyof G]: Verb extends keyof R ? Replied<MethodOf<G[Verb]>, R[Verb]> : MethodOf<G[Verb]>
}
type RepliesOf<Noun> = Noun extends keyof Replies ? Replies[Noun] : unknown

/** All operations as methods, grouped as in the registry: `tasks.claim(…)`, `approvals.list(…)`. */
export type Facade = {
  readonly [Noun in keyof Commands | keyof Queries]: (Noun extends keyof Commands
    ? MethodsOf<Commands[Noun], RepliesOf<Noun>>
    : unknown) &
    (Noun extends keyof Queries ? MethodsOf<Queries[Noun]> : unknown)
}
