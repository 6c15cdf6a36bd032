import type { Route } from './routes/route.ts'

/** The answer of an operation that succeeded. */
export function reply(route: Route, data: unknown, url: URL): Response {
  const headers: Record<string, string> = { 'content-type': 'application/json' }
  const version = route.etag === null ? undefined : at(data, route.etag)
  if (typeof version === 'number') headers.etag = `"${version}"`
  const nextCursor = route.method === 'GET' ? at(data, 'nextCursor') : undefined
  if (typeof nextCursor === 'string') headers.link = `<${nextPage(url, nextCursor)}>; rel="next"`
  return new Response(JSON.stringify(data ?? null), { status: route.successStatus, headers })
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
