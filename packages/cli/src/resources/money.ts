import type { Resource } from './resource.ts'

export const moneyCommands: readonly Resource[] = [
  {
    path: ['run', 'list'],
    operation: 'runs.list',
    columns: ['id', 'status', 'agentId', 'taskId', 'model', 'billedMicros', 'startedAt'],
  },
  { path: ['run', 'get'], operation: 'runs.get', words: ['runId'] },
  {
    path: ['run', 'calls'],
    operation: 'toolCalls.list',
    columns: ['id', 'decision', 'riskLevel', 'toolName', 'status'],
  },
  {
    path: ['budget', 'list'],
    operation: 'budgets.list',
    columns: ['id', 'scopeType', 'scopeId', 'metric', 'window', 'cap'],
  },
  { path: ['budget', 'set'], operation: 'budgets.set', words: ['scopeType', 'scopeId'] },
  { path: ['budget', 'burn-rate'], operation: 'budgets.burnRate' },
  { path: ['budget', 'costs'], operation: 'costs.summary' },
  { path: ['budget', 'check-ledger'], operation: 'ledger.verify' },
]
