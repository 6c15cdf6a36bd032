import { jsonBody, takesGzip } from './compress.ts'
import type { Deprecation, Route } from './routes/route.ts'

/** The answer of an operation that succeeded. */
export function reply(route: Route, data: unknown, url: URL, asked: Headers): Response {
  const { body, headers: encoding } = jsonBody(JSON.stringify(data ?? null), route.method === 'GET' && takesGzip(asked))
  const headers: Record<string, string> = { 'content-type': 'application/json', ...encoding }
  const version = route.etag === null ? undefined : at(data, route.etag)
  if (typeof version === 'number') headers.etag = `"${version}"`
  const nextCursor = route.method === 'GET' ? at(data, 'nextCursor') : undefined
  if (typeof nextCursor === 'string') headers.link = `<${nextPage(url, nextCursor)}>; rel="next"`
  return new Response(body, { status: route.successStatus, headers })
}

/** What every answer of a route says that is going to go: since when, until when, and what comes after it. */
export function deprecationHeaders({ since, sunsetAt, link }: Deprecation): Record<string, string> {
  return {
    deprecation: `@${Math.floor(since / 1000)}`,
    sunset: new Date(sunsetAt).toUTCString(),
    ...(link === undefined ? {} : { link: `<${link}>; rel="successor-version"` }),
  }
}

function at(data: unknown, path: string): unknown {
  let value = data
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = (value as Record<string, unknown>)[name]
  }
  return value
}

function nextPage(url: URL, cursor: string): string {
  const query = new URLSearchParams(url.searchParams)
  query.set('cursor', cursor)
  return `${url.pathname}?${query}`
}
