import { RefusedError } from '@mission-control/core'
import { type ServeStdioOptions, serveStdio } from '@modelcontextprotocol/server/stdio'
import { createMcpServer, type McpServerOptions, mcpCaller } from './mcp/create-server.ts'

export type { McpServerOptions } from './mcp/create-server.ts'
export { MCP_TOOLS, type McpTool } from './mcp/tools.ts'

/** A server that listens on standard input. */
export interface ServedMcp {
  close(): Promise<void>
}

/**
 * Speaks MCP over standard input and output, with the rights of one client and no others. Throws the refusal when the
 * client's key opens nothing.
 */
export async function serveMcpOverStdio(
  options: McpServerOptions & Pick<ServeStdioOptions, 'transport'>,
): Promise<ServedMcp> {
  const known = await mcpCaller(options)
  if (!known.ok) throw new RefusedError(known.error)
  return serveStdio(() => createMcpServer(known.data), {
    ...(options.transport === undefined ? {} : { transport: options.transport }),
    onerror: (error) => options.logger?.warn('MCP over standard input', { error: String(error) }),
  })
}
