import { EVENT_KINDS, eventType } from '@mission-control/core'
import { STREAM_PATH } from '../routes/index.ts'
import type { JsonSchema } from './json-schema.ts'
import type { OperationObject, Parameter } from './operation.ts'

/** A path that is no operation of the registry: a stream, or a question about the host itself. */
export interface HostPath {
  readonly path: string
  readonly method: 'get' | 'post' | 'delete'
  readonly operation: OperationObject
}

const PUBLIC: readonly JsonSchema[] = [{}]
const PROBLEM = { $ref: '#/components/responses/Problem' }

function answers(type: string, description: string, schema: JsonSchema): Record<string, JsonSchema> {
  return { '200': { description, content: { [type]: { schema } } } }
}

function query(name: string, description: string, schema: JsonSchema = { type: 'string' }): Parameter {
  return { name, in: 'query', required: false, description, schema }
}

const stream: OperationObject = {
  operationId: 'events.stream',
  summary: 'Follows the events of a project as they happen, as server-sent events.',
  description:
    'Each message has the cursor as `id`, the type as `event` and the envelope as `data`. Come again with `Last-Event-ID`, to any host: nothing is missed and nothing repeated. A comment is sent every 15 seconds.',
  tags: ['Events'],
  parameters: [
    {
      name: 'projectId',
      in: 'path',
      required: true,
      description: 'The id or the slug of the project.',
      schema: { type: 'string' },
    },
    {
      name: 'Last-Event-ID',
      in: 'header',
      required: false,
      description: 'The last `id` that was received; it counts more than `after`.',
      schema: { type: 'string' },
    },
    query('after', 'A cursor to begin after; `now` skips the past; absent: from the beginning.'),
    query('taskId', 'Only events of this task.'),
    query('agentId', 'Only events of this agent.'),
    query('kinds', 'Only these types or kinds, with commas between.', {
      type: 'array',
      items: { enum: [...EVENT_KINDS.map(eventType), ...EVENT_KINDS] },
    }),
  ],
  responses: { ...answers('text/event-stream', 'Messages without end.', { type: 'string' }), default: PROBLEM },
  'x-permission': 'read',
}

function healthCheck(path: string, operationId: string): HostPath {
  const schema = {
    type: 'object',
    required: ['status', 'timestamp'],
    properties: { status: { enum: ['healthy', 'unhealthy'] }, timestamp: { type: 'integer' } },
  }
  const ok = answers('application/json', 'The store answers.', schema)
  return {
    path,
    method: 'get',
    operation: {
      operationId,
      summary: 'Whether this host can serve.',
      tags: ['Health'],
      parameters: [],
      security: PUBLIC,
      responses: {
        ...ok,
        '503': { description: 'The store does not answer.', content: { 'application/json': { schema } } },
      },
    },
  }
}

/** Everything in the document that the route table does not say. */
export const HOST_PATHS: readonly HostPath[] = [
  { path: STREAM_PATH, method: 'get', operation: stream },
  healthCheck('/health/check', 'health.check'),
  healthCheck('/healthz', 'health.check.healthz'),
]
