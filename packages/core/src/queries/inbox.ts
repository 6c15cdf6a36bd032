import type { PageRequest } from '../ports/storage.ts'

/** The queue: tasks that nobody has taken, by priority and then age; of these types only, or of any where none is named. */
export function inboxPage(projectId: string, types: readonly string[]): Omit<PageRequest<'task'>, 'limit' | 'after'> {
  return {
    kind: 'task',
    projectId,
    filters: [
      { field: 'status', op: 'eq', value: 'INBOX' },
      ...(types.length === 0 ? [] : [{ field: 'type', op: 'in', value: types } as const]),
    ],
    order: [
      { field: 'priority', direction: 'asc' },
      { field: 'createdAt', direction: 'asc' },
    ],
  }
}
