import { CREATES, get, PROJECT, patch, post, put, type Route, remove } from './route.ts'

const TASKS = `${PROJECT}/tasks` as const
const THREADS = `${PROJECT}/threads` as const
const THREAD = `${THREADS}/{threadId}` as const
const TASK = `${TASKS}/{taskId}` as const

export const taskRoutes: readonly Route[] = [
  get(TASKS, 'tasks.list'),
  post(TASKS, 'tasks.create', CREATES),
  get(TASK, 'tasks.get', { etag: 'version' }),
  patch(TASK, 'tasks.update', { ifMatch: 'required', etag: 'version' }),
  post(`${TASKS}/claim-next`, 'tasks.claimNext', { etag: 'task.version' }),
  post(`${TASK}/claim`, 'tasks.claim', { etag: 'task.version' }),
  post(`${TASK}/assign`, 'tasks.assign', { ifMatch: 'required', etag: 'version' }),
  post(`${TASK}/handover`, 'tasks.handover', { etag: 'version' }),
  post(`${TASK}/start`, 'tasks.start', { etag: 'version' }),
  post(`${TASK}/transition`, 'tasks.transition', { idempotencyKey: 'required', ifMatch: 'required', etag: 'version' }),
  post(`${TASK}/complete`, 'tasks.complete', { idempotencyKey: 'required', etag: 'version' }),
  get(`${TASK}/transitions`, 'tasks.transitions'),
  get(`${TASK}/messages`, 'messages.list'),
  post(`${TASK}/messages`, 'messages.post', CREATES),
  patch(`${PROJECT}/messages/{messageId}`, 'messages.edit', { ifMatch: 'required', etag: 'version' }),
  get(THREADS, 'threads.list'),
  // There is one thread per pair: asking again gives it.
  post(THREADS, 'threads.open', { idempotencyKey: 'required', etag: 'version' }),
  get(`${THREAD}/messages`, 'threads.messages'),
  post(`${THREAD}/messages`, 'threads.post', CREATES),
  post(`${THREAD}/ack`, 'threads.ack'),
  post(`${THREAD}/unblock`, 'threads.unblock', { etag: 'version' }),
  put(`${TASK}/subscription`, 'tasks.subscribe'),
  remove(`${TASK}/subscription`, 'tasks.unsubscribe'),
  get(`${TASK}/reviews`, 'reviews.list'),
  post(`${TASK}/reviews`, 'reviews.post', { ...CREATES, etag: 'review.version' }),
]
