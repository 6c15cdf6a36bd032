import type { Logger, Outcome } from '@mission-control/core'
import { createMcpHandler } from '@modelcontextprotocol/server'
import type { Caller } from '../authenticate.ts'
import type { HttpLimits } from '../limits.ts'
import { readBody } from '../read-body.ts'
import { refuse } from '../refuse.ts'
import { createMcpServer, mcpCaller } from './create-server.ts'

/** Where MCP is spoken over streamable HTTP. */
export const MCP_PATH = '/mcp'

/** Nothing is ever told to a listening client, so one such stream is enough to be answered, and none to be held. */
const SUBSCRIPTIONS_MAX = 1

export interface McpRequest {
  readonly request: Request
  readonly url: URL
  readonly caller: Caller
}

/** Answers MCP over HTTP, each request for itself: the key of this very request says who acts. */
export function mcpOverHttp(limits: HttpLimits, logger: Logger): (asked: McpRequest) => Promise<Outcome<Response>> {
  return async ({ request, url, caller }) => {
    const problem = originProblem(request.headers, url)
    if (problem !== null) return problem
    const body = request.method === 'POST' ? await readBody(request, limits) : null
    if (body !== null && !body.ok) return body
    const known = await mcpCaller({ client: caller.client, baseUrl: url.origin, logger })
    if (!known.ok) return known
    const handler = createMcpHandler(() => createMcpServer(known.data), {
      maxSubscriptions: SUBSCRIPTIONS_MAX,
      onerror: (error) => logger.warn('an MCP request was not served', { error: String(error) }),
    })
    return { ok: true, data: await handler.fetch(request, body === null ? {} : { parsedBody: body.data }) }
  }
}

/** A page of another origin has no business here, whatever name it was made to resolve to. */
function originProblem(headers: Headers, url: URL) {
  const origin = headers.get('origin')
  if (origin === null || origin === url.origin) return null
  return refuse('FORBIDDEN', 'MCP is not for pages of another origin')
}
