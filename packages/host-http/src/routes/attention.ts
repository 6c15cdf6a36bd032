import { get, PROJECT, post, type Route } from './route.ts'

export const attentionRoutes: readonly Route[] = [
  get(`${PROJECT}/events`, 'events.list'),
  get(`${PROJECT}/audit`, 'events.list'),
  get(`${PROJECT}/events/verify`, 'events.verify'),
  get(`${PROJECT}/tasks/{taskId}/timeline`, 'events.list'),
  get(`${PROJECT}/search`, 'search.tasks'),
  get(`${PROJECT}/search/suggest`, 'search.suggest'),
  get(`${PROJECT}/search/messages`, 'search.messages'),
  get(`${PROJECT}/search/documents`, 'search.documents'),
  get(`${PROJECT}/alerts`, 'alerts.list'),
  get(`${PROJECT}/notifications`, 'notifications.list'),
  post(`${PROJECT}/notifications/ack`, 'notifications.ack'),
]
