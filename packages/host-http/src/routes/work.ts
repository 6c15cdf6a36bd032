import { CREATES, get, PROJECT, post, type Route } from './route.ts'

const RUNS = `${PROJECT}/runs` as const
const RUN = `${RUNS}/{runId}` as const
const TOOL_CALLS = `${PROJECT}/tool-calls` as const
const TOOL_CALL = `${TOOL_CALLS}/{toolCallId}` as const
const DOCUMENTS = `${PROJECT}/documents` as const

/** A report of usage counts once, however often it is sent. */
const REPORTS = { idempotencyKey: 'required', etag: 'run.version' } as const

export const workRoutes: readonly Route[] = [
  get(RUNS, 'runs.list'),
  post(RUNS, 'runs.start', { ...REPORTS, successStatus: 201 }),
  get(RUN, 'runs.get', { etag: 'version' }),
  post(`${RUN}/usage`, 'runs.report', REPORTS),
  post(`${RUN}/hold`, 'runs.hold'),
  post(`${RUN}/complete`, 'runs.complete', REPORTS),
  post(`${RUN}/fail`, 'runs.fail', REPORTS),
  post(`${PROJECT}/gate`, 'toolCalls.gate'),
  get(TOOL_CALLS, 'toolCalls.list'),
  post(`${TOOL_CALL}/begin`, 'toolCalls.begin'),
  post(`${TOOL_CALL}/end`, 'toolCalls.end', { etag: 'version' }),
  post(`${PROJECT}/reviews/{reviewId}/respond`, 'reviews.respond', { etag: 'version' }),
  post(`${PROJECT}/reviews/{reviewId}/decision`, 'disputes.decide', { etag: 'version' }),
  post(`${PROJECT}/reviews/{reviewId}/items/{item}/resolve`, 'reviews.resolveItem', { etag: 'version' }),
  post(DOCUMENTS, 'documents.create', CREATES),
  get(`${DOCUMENTS}/{documentId}`, 'documents.get', { etag: 'version' }),
]
