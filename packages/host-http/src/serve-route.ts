import type { CallContext, MissionControlClient, Outcome } from '@mission-control/core'
import type { HttpLimits } from './limits.ts'
import { callOperation, type FieldKind, fieldKinds, fieldsOf, isOptional, operationOf } from './operations.ts'
import { readExpectedVersion, readIdempotencyKey } from './preconditions.ts'
import { readBody } from './read-body.ts'
import { fromText, readQuery, withPathFields } from './read-fields.ts'
import { invalid } from './refuse.ts'
import { resolveProject } from './resolve-project.ts'
import { LEFT_OUT, pathFields } from './routes/index.ts'
import type { Route } from './routes/route.ts'
import type { Trace } from './trace.ts'

/** The second factor of whoever calls. */
const ONE_TIME_CODE_HEADER = 'x-mc-otp'
const CODE_CHARS_MAX = 64

/** One request to one route, from a caller that is known. */
export interface RoutedRequest {
  readonly request: Request
  readonly url: URL
  readonly path: Readonly<Record<string, string>>
  readonly client: MissionControlClient
  /** Knows every project by its slug, also where the caller's key reads nothing. Who may enter is the operation's to say. */
  readonly names: MissionControlClient
  readonly trace: Trace
  /** Called when the answer is a stored one. */
  readonly onReplay: () => void
}

/** Prepares a route once and answers its requests: read everything, then do one operation. */
export function routeServer(route: Route, limits: HttpLimits): (routed: RoutedRequest) => Promise<Outcome<unknown>> {
  const operation = operationOf(route.operation)
  const inPath = pathFields(route.path)
  const reading: Reading = {
    route,
    limits,
    kinds: fieldKinds(operation, route.method === 'GET' ? fieldsOf(operation).keys() : inPath),
    optional: new Set(inPath.filter((name) => isOptional(operation, name))),
  }

  return async (routed) => {
    const { client, names, request } = routed
    const read = await readInput(reading, routed)
    if (!read.ok) return read
    const placed = await place(route, names, read.data)
    if (!placed.ok) return placed
    const key = readIdempotencyKey(route, request.headers)
    if (!key.ok) return key
    return callOperation(client, route.operation, placed.data, contextOf(key.data, routed))
  }
}

/** What is known about the input of a route before any request. */
interface Reading {
  readonly route: Route
  readonly limits: HttpLimits
  readonly kinds: ReadonlyMap<string, FieldKind>
  /** Fields of the path that the input may leave out. */
  readonly optional: ReadonlySet<string>
}

async function readInput(
  reading: Reading,
  { request, url, path }: RoutedRequest,
): Promise<Outcome<Record<string, unknown>>> {
  const { route, limits, kinds, optional } = reading
  const version = readExpectedVersion(route, request.headers)
  if (!version.ok) return version
  const query = readQuery(url.searchParams, kinds)
  if (!query.ok) return query
  const rest = route.method === 'GET' ? query : await readCommand(route, query.data, request, limits)
  if (!rest.ok) return rest
  const fromPath = Object.fromEntries(
    Object.entries(path)
      .filter(([name, text]) => text !== LEFT_OUT || !optional.has(name))
      .map(([name, text]) => [name, fromText(text, kinds.get(name) ?? 'text')]),
  )
  const input = withPathFields(rest.data, fromPath)
  if (!input.ok || version.data === null) return input
  return { ok: true, data: { ...input.data, expectedVersion: version.data } }
}

async function readCommand(route: Route, query: Record<string, unknown>, request: Request, limits: HttpLimits) {
  const stray = Object.keys(query)
  if (stray.length > 0) {
    return invalid(
      'a command reads nothing from the query',
      stray.map((field) => ({ field, message: 'goes into the body' })),
    )
  }
  const body = await readBody(request, limits)
  if (!body.ok || route.ifMatch === 'none' || !Object.hasOwn(body.data, 'expectedVersion')) return body
  return invalid('the version goes into If-Match', [{ field: 'expectedVersion', message: 'is given by If-Match' }])
}

/** Settles what a path says in words: a project by its slug, an agent by `me`. */
async function place(
  route: Route,
  names: MissionControlClient,
  input: Record<string, unknown>,
): Promise<Outcome<Record<string, unknown>>> {
  if (typeof input.projectId !== 'string') return { ok: true, data: input }
  const project = await resolveProject(names, input.projectId)
  if (!project.ok) return project
  const placed = { ...input, projectId: project.data }
  if (route.ownAgent !== true) return { ok: true, data: placed }
  const { agentId, ...rest } = placed as Record<string, unknown>
  return { ok: true, data: agentId === 'me' ? rest : placed }
}

function contextOf(idempotencyKey: string | null, { request, trace, onReplay }: RoutedRequest): CallContext {
  const oneTimeCode = request.headers.get(ONE_TIME_CODE_HEADER)?.slice(0, CODE_CHARS_MAX)
  return {
    onReplay,
    ...(idempotencyKey === null ? {} : { idempotencyKey }),
    ...(oneTimeCode === undefined ? {} : { oneTimeCode }),
    ...(trace.traceparent === null ? {} : { traceparent: trace.traceparent }),
  }
}
