import type { Resource } from './resource.ts'

export const attentionCommands: readonly Resource[] = [
  {
    path: ['alerts', 'list'],
    operation: 'alerts.list',
    columns: ['id', 'severity', 'type', 'status', 'createdAt', 'title'],
  },
  { path: ['alerts', 'acknowledge'], operation: 'alerts.acknowledge', words: ['alertId'] },
  { path: ['alerts', 'resolve'], operation: 'alerts.resolve', words: ['alertId', 'note'] },
  { path: ['alerts', 'ignore'], operation: 'alerts.ignore', words: ['alertId', 'note'] },
  { path: ['search', 'tasks'], operation: 'search.tasks', words: ['q'] },
  { path: ['search', 'messages'], operation: 'search.messages', words: ['q'] },
  { path: ['search', 'documents'], operation: 'search.documents', words: ['q'] },
  { path: ['report', 'standup'], operation: 'reports.standup' },
  { path: ['report', 'ceo-brief'], operation: 'reports.ceoBrief' },
  { path: ['report', 'incident'], operation: 'reports.incident', words: ['taskId'] },
]
