import type { Resource } from './resource.ts'

const planPart = {
  name: '--plan',
  path: 'workPlan.bullets',
  kind: 'list',
  value: 'bullet',
  summary: 'a bullet of the plan; repeat it three to six times',
} as const

const TASK_COLUMNS = ['id', 'status', 'type', 'priority', 'assigneeIds', 'title'] as const

export const taskCommands: readonly Resource[] = [
  { path: ['task', 'list'], operation: 'tasks.list', columns: TASK_COLUMNS },
  { path: ['task', 'get'], operation: 'tasks.get', words: ['taskId'] },
  { path: ['task', 'create'], operation: 'tasks.create', words: ['type', 'title'], fromFile: ['description'] },
  { path: ['task', 'update'], operation: 'tasks.update', words: ['taskId'], fromFile: ['description'] },
  { path: ['task', 'assign'], operation: 'tasks.assign', words: ['taskId'] },
  {
    path: ['task', 'claim'],
    operation: 'tasks.claim',
    words: ['taskId'],
    without: ['workPlan'],
    parts: [planPart],
  },
  { path: ['task', 'start'], operation: 'tasks.start', words: ['taskId'], without: ['workPlan'], parts: [planPart] },
  { path: ['task', 'comment'], operation: 'messages.post', words: ['taskId', 'content'], without: ['artifacts'] },
  {
    path: ['task', 'artifact'],
    operation: 'messages.post',
    summary: 'Adds an artifact to a task: a link, or a document that is there.',
    words: ['taskId', 'artifacts.0.name', 'content'],
    fixed: { type: 'ARTIFACT' },
    without: ['artifacts', 'replyToId', 'mentions'],
    parts: [
      { name: '--kind', path: 'artifacts.0.type', kind: 'text', value: 'type', summary: 'what kind of document it is' },
      { name: '--link', path: 'artifacts.0.url', kind: 'text', value: 'url', summary: 'where it lies' },
      { name: '--document', path: 'artifacts.0.documentId', kind: 'text', value: 'id', summary: 'the document it is' },
    ],
  },
  {
    path: ['task', 'submit'],
    operation: 'tasks.complete',
    words: ['taskId'],
    fromFile: ['deliverable'],
  },
  {
    path: ['task', 'move'],
    operation: 'tasks.transition',
    words: ['taskId', 'to'],
    without: ['workPlan'],
    parts: [planPart],
  },
  { path: ['task', 'handover'], operation: 'tasks.handover', words: ['taskId', 'toAgentId'] },
  {
    path: ['task', 'history'],
    operation: 'tasks.transitions',
    words: ['taskId'],
    columns: ['createdAt', 'from', 'to', 'actor.name', 'reason'],
  },
  {
    path: ['task', 'messages'],
    operation: 'messages.list',
    words: ['taskId'],
    columns: ['createdAt', 'type', 'author.name', 'content'],
  },
  {
    path: ['task', 'events'],
    operation: 'events.list',
    words: ['taskId'],
    columns: ['time', 'kind', 'actor.name', 'summary'],
  },
  {
    path: ['review', 'list'],
    operation: 'reviews.list',
    words: ['taskId'],
    columns: ['id', 'verb', 'status', 'summary'],
  },
  { path: ['review', 'post'], operation: 'reviews.post', words: ['taskId', 'verb', 'summary'] },
  { path: ['review', 'respond'], operation: 'reviews.respond', words: ['reviewId', 'answer'] },
  { path: ['review', 'resolve'], operation: 'reviews.resolveItem', words: ['reviewId', 'item', 'resolution'] },
  { path: ['review', 'decide'], operation: 'disputes.decide', words: ['reviewId', 'verdict'] },
]
