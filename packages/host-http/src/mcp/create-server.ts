import { type Logger, type MissionControlClient, type Outcome, silentLogger } from '@mission-control/core'
import { McpServer, ResourceTemplate } from '@modelcontextprotocol/server'
import { callOperation, operationOf } from '../operations.ts'
import { callTool, type McpCaller } from './call-tool.ts'
import { MCP_RESOURCES, type McpResource } from './resources.ts'
import { toolSchema } from './tool-input.ts'
import { MCP_TOOLS } from './tools.ts'

const SERVER = { name: 'mission-control', version: '1' } as const
const INSTRUCTIONS = `Mission Control says who may work on what, which action needs a human, and what everything costs.
Beat with mc_heartbeat and obey its directive. Ask mc_gate before every call of a tool; run nothing that is not ALLOW.
What needs an approval is decided by people at the address in approvalUrls, never here: wait, and look with mc_get_approval.`

export interface McpServerOptions {
  /** Its rights are the rights of every tool. */
  readonly client: MissionControlClient
  /** Where people reach this host, for the addresses of requests. */
  readonly baseUrl?: string
  readonly logger?: Logger
}

/** Finds out whom the tools will act as. */
export async function mcpCaller(options: McpServerOptions): Promise<Outcome<McpCaller>> {
  const { client, baseUrl = null, logger = silentLogger } = options
  const self = await client.principals.self({})
  if (self.ok) {
    const { kind, agentId, projectIds } = self.data
    const homeId = projectIds !== 'ALL' && projectIds.length === 1 ? (projectIds[0] ?? null) : null
    return { ok: true, data: { client, baseUrl, logger, agentId, homeId, isAgent: kind === 'AGENT' } }
  }
  // Only an agent is contained. It may do little, but it must be able to beat and learn why.
  const { code } = self.error
  if (code !== 'AGENT_NOT_ACTIVE' && code !== 'OPERATOR_MODE') return self
  return { ok: true, data: { client, baseUrl, logger, agentId: null, homeId: null, isAgent: true } }
}

/** Makes the MCP server of one caller: the tools that its kind of principal may use, and what it may read. */
export function createMcpServer(caller: McpCaller): McpServer {
  const server = new McpServer(SERVER, { instructions: INSTRUCTIONS })
  for (const tool of MCP_TOOLS) {
    if (tool.forAgents === true && !caller.isAgent) continue
    const operation = operationOf(tool.operation)
    const { summary } = operation.type === 'command' ? operation.command : operation.query
    server.registerTool(
      tool.name,
      {
        description: summary,
        inputSchema: toolSchema(tool),
        annotations: { readOnlyHint: operation.type === 'query', openWorldHint: false },
      },
      (given) => callTool(tool, caller, given as Record<string, unknown>),
    )
  }
  for (const resource of MCP_RESOURCES) addResource(server, caller, resource)
  return server
}

function addResource(server: McpServer, { client }: McpCaller, resource: McpResource): void {
  const { name, template, operation, description } = resource
  server.registerResource(
    name,
    new ResourceTemplate(template, { list: undefined }),
    { description, mimeType: 'application/json' },
    async (uri, variables) => {
      const outcome = await callOperation(client, operation, variables as Record<string, unknown>)
      // The caller is told what it would be told by a tool; there are no other words for "no" in a resource.
      const text = JSON.stringify(outcome.ok ? outcome.data : { error: outcome.error })
      return { contents: [{ uri: uri.href, mimeType: 'application/json', text }] }
    },
  )
}
