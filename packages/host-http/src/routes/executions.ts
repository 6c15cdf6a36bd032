import { CREATES, get, PROJECT, post, type Route } from './route.ts'

const EXECUTORS = `${PROJECT}/executors` as const
const EXECUTIONS = `${PROJECT}/executions` as const
const EXECUTION = `${EXECUTIONS}/{executionId}` as const

export const executionRoutes: readonly Route[] = [
  get(EXECUTORS, 'executors.list'),
  post(EXECUTORS, 'executors.register', { ...CREATES, etag: 'executor.version' }),
  post(`${EXECUTORS}/{executorId}/heartbeat`, 'executors.heartbeat'),
  get(EXECUTIONS, 'executions.list'),
  post(EXECUTIONS, 'executions.request', CREATES),
  post(`${EXECUTION}/start`, 'executions.start', { etag: 'version' }),
  post(`${EXECUTION}/heartbeat`, 'executions.heartbeat', { etag: 'version' }),
  post(`${EXECUTION}/complete`, 'executions.complete', { idempotencyKey: 'required', etag: 'version' }),
  post(`${EXECUTION}/fail`, 'executions.fail', { idempotencyKey: 'required', etag: 'version' }),
  post(`${EXECUTION}/replay`, 'executions.replay', { etag: 'version' }),
  post(`${EXECUTION}/cancel`, 'executions.cancel', { etag: 'version' }),
]
