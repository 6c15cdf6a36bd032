import type { Outcome } from '@mission-control/core'
import { isOptional, operationOf } from '../operations.ts'
import { invalid } from '../refuse.ts'
import { LEFT_OUT, pathFields, ROUTES } from '../routes/index.ts'
import type { Route } from '../routes/route.ts'

/** A call in the words of HTTP, before it has an address or a key. */
export interface RouteRequest {
  readonly method: Route['method']
  /** Without a leading slash. */
  readonly path: string
  readonly query: URLSearchParams
  /** Undefined for a query. */
  readonly body: Readonly<Record<string, unknown>> | undefined
  readonly headers: Readonly<Record<string, string>>
}

const ROUTE_OF: ReadonlyMap<string, Route> = new Map([...ROUTES].reverse().map((route) => [route.operation, route]))

/** The route that a client takes for an operation. */
export function clientRoute(operation: string): Route | undefined {
  return ROUTE_OF.get(operation)
}

/** Lays the input of an operation out over path, header, query and body, as the server will read it. */
export function routeRequest(route: Route, input: Readonly<Record<string, unknown>>): Outcome<RouteRequest> {
  const { expectedVersion, ...unversioned } = input
  const rest: Record<string, unknown> = route.ifMatch === 'none' ? { ...input } : unversioned
  const path = fillPath(route, rest)
  if (!path.ok) return path
  const ifMatch = expectedVersion === undefined ? '*' : `"${String(expectedVersion)}"`
  return {
    ok: true,
    data: {
      method: route.method,
      path: path.data.slice(1),
      query: route.method === 'GET' ? queryOf(rest) : new URLSearchParams(),
      body: route.method === 'GET' ? undefined : rest,
      headers: route.ifMatch === 'none' ? {} : { 'if-match': ifMatch },
    },
  }
}

/** Fills the names in braces, taking each out of the input. */
function fillPath(route: Route, rest: Record<string, unknown>): Outcome<string> {
  const unusable: string[] = []
  let path: string = route.path
  for (const name of pathFields(route.path)) {
    const value = rest[name] ?? unsaid(route, name)
    delete rest[name]
    const text = typeof value === 'number' ? String(value) : value
    // A dot would be taken for a step in the path by every URL parser, and lead to another operation.
    if (typeof text !== 'string' || text === '' || text === '.' || text === '..') unusable.push(name)
    else path = path.replace(`{${name}}`, () => encodeURIComponent(text))
  }
  if (unusable.length === 0) return { ok: true, data: path }
  return invalid(
    `${route.operation}: the input is not valid`,
    unusable.map((field) => ({ field, message: 'must be an id' })),
  )
}

/** What a path says for a field that the caller does not name. */
function unsaid(route: Route, name: string): string | undefined {
  if (name === 'agentId' && route.ownAgent === true) return 'me'
  return isOptional(operationOf(route.operation), name) ? LEFT_OUT : undefined
}

function queryOf(fields: Readonly<Record<string, unknown>>): URLSearchParams {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue
    for (const item of Array.isArray(value) ? value : [value]) query.append(name, textOf(item))
  }
  return query
}

function textOf(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
