import { EVENT_KINDS, eventType, ROW_FORMATS, ROW_PARTS } from '@mission-control/core'
import { EXPORT_PATH } from '../exports/stream-export.ts'
import { MCP_PATH } from '../mcp/http.ts'
import { TRACES_PATH } from '../otlp/http.ts'
import { STREAM_PATH } from '../routes/index.ts'
import type { HostPath } from './host-path.ts'
import type { JsonSchema } from './json-schema.ts'
import type { OperationObject, Parameter } from './operation.ts'
import { SESSION_PATHS } from './session-paths.ts'

const PUBLIC: readonly JsonSchema[] = [{}]
const PROBLEM = { $ref: '#/components/responses/Problem' }

function answers(type: string, description: string, schema: JsonSchema): Record<string, JsonSchema> {
  return { '200': { description, content: { [type]: { schema } } } }
}

function query(name: string, description: string, schema: JsonSchema = { type: 'string' }): Parameter {
  return { name, in: 'query', required: false, description, schema }
}

const PROJECT_IN_PATH: Parameter = {
  name: 'projectId',
  in: 'path',
  required: true,
  description: 'The id or the slug of the project.',
  schema: { type: 'string' },
}

const stream: OperationObject = {
  operationId: 'events.stream',
  summary: 'Follows the events of a project as they happen, as server-sent events.',
  description:
    'Each message has the cursor as `id`, the type as `event` and the envelope as `data`. Come again with `Last-Event-ID`, to any host: nothing is missed and nothing repeated. A comment is sent every 15 seconds.',
  tags: ['Events'],
  parameters: [
    PROJECT_IN_PATH,
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

const exported: OperationObject = {
  operationId: 'exports.stream',
  summary: 'Streams one part of a project as a file, oldest row first, redacted.',
  description:
    'A file of any length; it ends where the project stood when it began. In CSV no cell is a formula. A file that breaks off is not whole.',
  tags: ['Export'],
  parameters: [
    PROJECT_IN_PATH,
    {
      name: 'part',
      in: 'path',
      required: true,
      description: 'What is exported; `costs` are lines of usage, `audit` is the sealed log.',
      schema: { enum: [...ROW_PARTS] },
    },
    query('format', 'How rows are written, in any case.', {
      enum: [...ROW_FORMATS, ...ROW_FORMATS.map((format) => format.toLowerCase())],
      default: 'NDJSON',
    }),
  ],
  responses: {
    '200': {
      description: 'The file.',
      content: {
        'application/x-ndjson': { schema: { type: 'string' } },
        'application/json': { schema: { type: 'array', items: { type: 'object' } } },
        'text/csv': { schema: { type: 'string' } },
      },
    },
    default: PROBLEM,
  },
  'x-permission': 'export.read',
}

const traces: OperationObject = {
  operationId: 'traces.take',
  summary: 'Takes traces in the JSON of OTLP: calls of models become runs and lines of usage, each once.',
  description: 'With the key of an agent. What is not taken is counted in `partialSuccess`.',
  tags: ['Runs'],
  parameters: [],
  requestBody: {
    required: true,
    content: { 'application/json': { schema: { type: 'object', properties: { resourceSpans: { type: 'array' } } } } },
  },
  responses: {
    ...answers('application/json', 'What was taken.', {
      type: 'object',
      properties: {
        partialSuccess: {
          type: 'object',
          required: ['rejectedSpans', 'errorMessage'],
          properties: { rejectedSpans: { type: 'integer' }, errorMessage: { type: 'string' } },
        },
      },
    }),
    default: PROBLEM,
  },
  'x-permission': 'runs.write',
}

const mcp: OperationObject = {
  operationId: 'mcp.message',
  summary: 'Speaks the Model Context Protocol, one message for one request.',
  tags: ['Gate'],
  parameters: [],
  requestBody: { required: true, content: { 'application/json': { schema: { type: 'object' } } } },
  responses: {
    '200': {
      description: 'The answer of the protocol.',
      content: {
        'application/json': { schema: { type: 'object' } },
        'text/event-stream': { schema: { type: 'string' } },
      },
    },
    '202': { description: 'A notification was taken.' },
    default: PROBLEM,
  },
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

function readyCheck(path: string, operationId: string): HostPath {
  const { operation } = healthCheck(path, operationId)
  return {
    path,
    method: 'get',
    operation: { ...operation, summary: 'Whether this host can do its work.', responses: readyAnswers() },
  }
}

function readyAnswers(): Record<string, JsonSchema> {
  const names = ['database', 'migrations', 'projects', 'agents', 'policy', 'outbox']
  const checks = Object.fromEntries(names.map((name) => [name, { type: 'boolean' }]))
  const schema = {
    type: 'object',
    required: ['status', 'checks'],
    properties: {
      status: { enum: ['ready', 'not_ready'] },
      checks: { type: 'object', required: names, properties: checks },
    },
  }
  const content = { 'application/json': { schema } }
  return { '200': { description: 'It can.', content }, '503': { description: 'It cannot.', content } }
}

const PROJECT = query('project', 'The id or slug of one project; absent: all that the key reaches.')

function watched(path: string, operationId: string, summary: string, type: string): HostPath {
  return {
    path,
    method: 'get',
    operation: {
      operationId,
      summary,
      tags: ['Health'],
      parameters: [PROJECT],
      responses: {
        ...answers(type, 'The facts.', { type: type.includes('json') ? 'object' : 'string' }),
        default: PROBLEM,
      },
      'x-permission': 'metrics.read',
    },
  }
}

/** Everything in the document that the route table does not say. */
export const HOST_PATHS: readonly HostPath[] = [
  ...SESSION_PATHS,
  { path: STREAM_PATH, method: 'get', operation: stream },
  { path: EXPORT_PATH, method: 'get', operation: exported },
  { path: TRACES_PATH, method: 'post', operation: traces },
  { path: MCP_PATH, method: 'post', operation: mcp },
  healthCheck('/health/check', 'health.check'),
  healthCheck('/healthz', 'health.check.healthz'),
  readyCheck('/health/ready', 'health.ready'),
  readyCheck('/readyz', 'health.ready.readyz'),
  watched(
    '/health/metrics',
    'health.metrics',
    'The facts that alerts are made of, under flat names.',
    'application/json',
  ),
  watched('/health/status', 'health.status', 'The last events, the open alerts, and the agents.', 'application/json'),
  watched('/metrics', 'health.prometheus', 'The same facts in the text format of Prometheus.', 'text/plain'),
]
