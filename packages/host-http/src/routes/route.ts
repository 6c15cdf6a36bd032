import type { Operation } from '@mission-control/core'

/** When something is going to go, and where to read what replaces it. */
export interface Deprecation {
  /** Since when it is deprecated, epoch ms. */
  readonly since: number
  /** From when it may be gone, epoch ms. */
  readonly sunsetAt: number
  /** What to use instead, as a path of this host. */
  readonly link?: string
}

/** One line of the HTTP surface: where an operation of the registry is found, and what a request for it must carry. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /**
   * A name in braces is a field of the operation's input; `{projectId}` is also found by its slug. Every other field
   * comes from the query of a GET, and from the JSON body of the rest.
   */
  readonly path: `/v1/${string}`
  /** `<noun>.<verb>` in the registry. */
  readonly operation: string
  /** Whether the header `Idempotency-Key` must, may, or cannot mean anything here. */
  readonly idempotencyKey: 'required' | 'optional' | 'none'
  /** Whether `If-Match` must name the version that the caller read; it becomes the input's `expectedVersion`. */
  readonly ifMatch: 'required' | 'none'
  readonly successStatus: 200 | 201
  /** Where the answer keeps the version of its row, for `ETag`; null when the answer is not one row. */
  readonly etag: string | null
  /** The path's `{agentId}` is the caller's own agent, for which one may write `me`. */
  readonly ownAgent?: true
  /** Set while the route still answers, and callers should leave it. */
  readonly deprecation?: Deprecation
}

/** What a caller must be allowed to do here; null where that depends on what is asked for, and the operation looks closer. */
export function permissionOf(operation: Operation): string | null {
  return operation.type === 'command' ? operation.command.permission : operation.query.permission
}

type Terms = Partial<Pick<Route, 'idempotencyKey' | 'ifMatch' | 'successStatus' | 'etag' | 'ownAgent' | 'deprecation'>>

/** Where the routes of one project begin. */
export const PROJECT = '/v1/projects/{projectId}'

function route(method: Route['method'], idempotencyKey: Route['idempotencyKey']) {
  return (path: Route['path'], operation: string, terms: Terms = {}): Route => ({
    method,
    path,
    operation,
    idempotencyKey,
    ifMatch: 'none',
    successStatus: 200,
    etag: null,
    ...terms,
  })
}

/** A query. */
export const get = route('GET', 'none')
/** A query whose question is too much for an address. */
export const question = route('POST', 'none')
/** A command that may be repeated with the same key. */
export const post = route('POST', 'optional')
/** A command that replaces what is there. */
export const put = route('PUT', 'optional')
/** A command that changes some fields of a row that was read before. */
export const patch = route('PATCH', 'optional')

/** A command that takes something away. */
export const remove = route('DELETE', 'optional')

/** Creates a row: the key is demanded, because a repeat would create another one. */
export const CREATES = { idempotencyKey: 'required', successStatus: 201, etag: 'version' } as const satisfies Terms
