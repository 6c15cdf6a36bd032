import type { RECORDS } from '@mission-control/core'

type Kind = keyof typeof RECORDS

/** What an operation answers with: a stored row, a page of rows, or an object of which some fields are rows. */
export type Answer =
  | { readonly type: 'row' | 'page' | 'list'; readonly of: Kind }
  | { readonly type: 'event-page' }
  | { readonly type: 'object'; readonly rows: Readonly<Record<string, Kind>>; readonly texts: readonly string[] }

const row = (of: Kind): Answer => ({ type: 'row', of })
const page = (of: Kind): Answer => ({ type: 'page', of })
const list = (of: Kind): Answer => ({ type: 'list', of })
const object = (rows: Readonly<Record<string, Kind>>, texts: readonly string[] = []): Answer => ({
  type: 'object',
  rows,
  texts,
})

const EVENTS: Answer = { type: 'event-page' }
const RUN = object({ run: 'run' })

/**
 * The answers in the words of the store. The registry knows inputs only, so this is written by hand, and every answer
 * that a test of this package gets is compared with it. An operation that is not named answers with some JSON object.
 */
export const ANSWERS: Readonly<Record<string, Answer>> = {
  'projects.list': page('project'),
  'projects.create': row('project'),
  'projects.get': row('project'),
  'projects.update': row('project'),
  'projects.archive': row('project'),
  'projects.setOperatorMode': row('project'),
  'system.setOperatorMode': row('system'),
  'principals.list': page('principal'),
  'principals.create': object({ principal: 'principal' }, ['key']),
  'principals.enrollSecondFactor': row('principal'),
  'principals.resetSecondFactor': row('principal'),
  'keys.issue': object({}, ['credentialId', 'keyId', 'key']),
  'keys.rotate': object({}, ['credentialId', 'keyId', 'key']),
  'keys.revoke': object({}, ['credentialId', 'keyId', 'status']),
  'agents.list': page('agent'),
  'agents.get': object({ agent: 'agent' }),
  'agents.register': object({ agent: 'agent' }, ['agentId', 'principalId']),
  'agents.spawn': object({ agent: 'agent' }, ['agentId', 'principalId']),
  'agents.retire': row('agent'),
  'agents.control': object({ agent: 'agent' }),
  'agents.getDocument': row('agentDocument'),
  'agents.putDocument': row('agentDocument'),
  'tasks.list': page('task'),
  'tasks.create': row('task'),
  'tasks.get': row('task'),
  'tasks.update': row('task'),
  'tasks.claim': object({ task: 'task' }),
  'tasks.assign': row('task'),
  'tasks.handover': row('task'),
  'tasks.start': row('task'),
  'tasks.transition': row('task'),
  'tasks.complete': row('task'),
  'tasks.transitions': page('transition'),
  'messages.list': page('message'),
  'messages.post': row('message'),
  'messages.edit': row('message'),
  'threads.list': page('directThread'),
  'threads.open': row('directThread'),
  'threads.messages': page('message'),
  'threads.post': row('message'),
  'threads.unblock': row('directThread'),
  'reviews.list': page('review'),
  'reviews.post': object({ review: 'review', task: 'task' }),
  'reviews.respond': row('review'),
  'reviews.resolveItem': row('review'),
  'disputes.decide': row('review'),
  'runs.list': page('run'),
  'runs.start': RUN,
  'runs.get': row('run'),
  'runs.report': RUN,
  'runs.complete': RUN,
  'runs.fail': RUN,
  'toolCalls.list': page('toolCall'),
  'toolCalls.end': row('toolCall'),
  'documents.create': row('document'),
  'documents.get': row('document'),
  'approvals.list': page('approval'),
  'approvals.request': row('approval'),
  'approvals.get': row('approval'),
  'approvals.decide': row('approval'),
  'approvals.cancel': row('approval'),
  'policies.list': page('policy'),
  'policies.listGlobal': page('policy'),
  'policies.draft': row('policy'),
  'policies.draftGlobal': row('policy'),
  'policies.activate': row('policy'),
  'policies.activateGlobal': row('policy'),
  'policies.get': row('policy'),
  'executors.list': page('executor'),
  'executors.register': object({ executor: 'executor' }, ['key']),
  'executions.list': page('execution'),
  'executions.request': row('execution'),
  'executions.start': row('execution'),
  'executions.heartbeat': row('execution'),
  'executions.complete': row('execution'),
  'executions.fail': row('execution'),
  'executions.cancel': row('execution'),
  'executions.replay': row('execution'),
  'monitoring.errors': page('errorReport'),
  'monitoring.logError': row('errorReport'),
  'monitoring.logPerformance': row('performanceStat'),
  'alerts.list': page('alert'),
  'alerts.raise': row('alert'),
  'alerts.acknowledge': row('alert'),
  'alerts.resolve': row('alert'),
  'alerts.ignore': row('alert'),
  'notifications.list': page('notification'),
  'notifications.replay': row('notification'),
  'search.messages': list('message'),
  'events.list': EVENTS,
}

/** The kinds of rows that some answer shows. */
export function shownKinds(): ReadonlySet<Kind> {
  return new Set(
    Object.values(ANSWERS).flatMap((answer) => {
      if (answer.type === 'event-page') return []
      return answer.type === 'object' ? Object.values(answer.rows) : [answer.of]
    }),
  )
}
