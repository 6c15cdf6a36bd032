/** Something to read by an address: a query of the registry, its fields taken from the address. */
export interface McpResource {
  readonly name: string
  readonly template: string
  readonly operation: string
  readonly description: string
}

const PROJECT = 'mission-control://projects/{projectId}'

export const MCP_RESOURCES: readonly McpResource[] = [
  {
    name: 'project-stats',
    template: `${PROJECT}/stats`,
    operation: 'projects.stats',
    description: 'Tasks by status, agents and requests of a project.',
  },
  {
    name: 'task',
    template: `${PROJECT}/tasks/{taskId}`,
    operation: 'tasks.get',
    description: 'One task with all it holds.',
  },
  {
    name: 'timeline',
    template: `${PROJECT}/tasks/{taskId}/timeline`,
    operation: 'events.list',
    description: 'What happened to a task: who, why, and what it cost.',
  },
  {
    name: 'approval',
    template: `${PROJECT}/approvals/{approvalId}`,
    operation: 'approvals.get',
    description: 'A request for a decision, and what became of it.',
  },
  {
    name: 'policy',
    template: `${PROJECT}/policies/effective`,
    operation: 'policies.effective',
    description: 'The policy in force: what is allowed, what needs a human, what is denied.',
  },
]
