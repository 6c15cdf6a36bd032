import { CREATES, get, PROJECT, post, type Route } from './route.ts'

const ALERTS = `${PROJECT}/alerts` as const
const ALERT = `${ALERTS}/{alertId}` as const

export const attentionRoutes: readonly Route[] = [
  get(`${PROJECT}/events`, 'events.list'),
  get(`${PROJECT}/audit`, 'events.list'),
  get(`${PROJECT}/events/verify`, 'events.verify'),
  get(`${PROJECT}/tasks/{taskId}/timeline`, 'events.list'),
  get(`${PROJECT}/search`, 'search.tasks'),
  get(`${PROJECT}/search/suggest`, 'search.suggest'),
  get(`${PROJECT}/search/messages`, 'search.messages'),
  get(`${PROJECT}/search/documents`, 'search.documents'),
  get('/v1/monitoring/health', 'monitoring.health'),
  get('/v1/monitoring/status', 'monitoring.status'),
  get(`${PROJECT}/monitoring/errors`, 'monitoring.errors'),
  post(`${PROJECT}/monitoring/errors`, 'monitoring.logError', CREATES),
  get(`${PROJECT}/monitoring/performance`, 'monitoring.performance'),
  post(`${PROJECT}/monitoring/performance`, 'monitoring.logPerformance', { idempotencyKey: 'required' }),
  get(`${PROJECT}/exports/{part}/rows`, 'exports.rows'),
  get(ALERTS, 'alerts.list'),
  post(ALERTS, 'alerts.raise', { idempotencyKey: 'required', etag: 'version' }),
  post(`${ALERT}/acknowledge`, 'alerts.acknowledge', { etag: 'version' }),
  post(`${ALERT}/resolve`, 'alerts.resolve', { etag: 'version' }),
  post(`${ALERT}/ignore`, 'alerts.ignore', { etag: 'version' }),
  get(`${PROJECT}/reports/standup`, 'reports.standup'),
  get(`${PROJECT}/reports/ceo-brief`, 'reports.ceoBrief'),
  get(`${PROJECT}/tasks/{taskId}/incident-report`, 'reports.incident'),
  get(`${PROJECT}/permissions-review`, 'reports.permissions'),
  get(`${PROJECT}/notifications`, 'notifications.list'),
  post(`${PROJECT}/notifications/ack`, 'notifications.ack'),
  post(`${PROJECT}/notifications/{notificationId}/replay`, 'notifications.replay', { etag: 'version' }),
]
