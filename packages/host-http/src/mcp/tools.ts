/** One tool: an operation of the registry under the name that models know it by. */
export interface McpTool {
  readonly name: `mc_${string}`
  /** `<noun>.<verb>` in the registry. */
  readonly operation: string
  /** Offered to agents only: it acts as the agent of the key. */
  readonly forAgents?: true
  /** The operation's `agentId` is the agent of the key; it is no argument. `omitted`: the operation finds it itself. */
  readonly ownAgent?: 'filled-in' | 'omitted'
}

/**
 * Every tool. There is none that decides on a request: a program that asks and a program that answers are the same
 * client here, and what needs a human must not be answered by it, whatever key it has.
 */
export const MCP_TOOLS: readonly McpTool[] = [
  { name: 'mc_heartbeat', operation: 'agents.heartbeat', forAgents: true, ownAgent: 'omitted' },
  { name: 'mc_list_tasks', operation: 'tasks.list' },
  { name: 'mc_get_task', operation: 'tasks.get' },
  { name: 'mc_create_task', operation: 'tasks.create' },
  { name: 'mc_claim_task', operation: 'tasks.claim', forAgents: true },
  { name: 'mc_start_task', operation: 'tasks.start', forAgents: true },
  { name: 'mc_complete_task', operation: 'tasks.complete', forAgents: true },
  { name: 'mc_post_message', operation: 'messages.post' },
  { name: 'mc_post_review', operation: 'reviews.post' },
  { name: 'mc_start_run', operation: 'runs.start', forAgents: true },
  { name: 'mc_gate', operation: 'toolCalls.gate', forAgents: true },
  { name: 'mc_report_usage', operation: 'runs.report', forAgents: true },
  { name: 'mc_request_approval', operation: 'approvals.request', forAgents: true },
  { name: 'mc_get_approval', operation: 'approvals.get' },
  { name: 'mc_get_document', operation: 'agents.getDocument', forAgents: true, ownAgent: 'filled-in' },
  { name: 'mc_put_document', operation: 'agents.putDocument', forAgents: true, ownAgent: 'filled-in' },
  { name: 'mc_search', operation: 'search.tasks' },
  { name: 'mc_burn_rate', operation: 'budgets.burnRate' },
]
