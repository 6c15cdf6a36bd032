import type { Operation } from '@mission-control/core'
import type { z } from 'zod'
import { fieldsOf, isOptional, operationOf } from '../operations.ts'
import { rateClassOf } from '../rates/rate-class.ts'
import { pathFields, ROUTES } from '../routes/index.ts'
import { permissionOf, type Route } from '../routes/route.ts'
import { answerSchema } from './answer-schema.ts'
import { type JsonSchema, jsonSchemaOf } from './json-schema.ts'
import { securityOf } from './security.ts'

/** One operation of the document. */
export interface OperationObject {
  readonly operationId: string
  readonly summary: string
  readonly description?: string
  readonly tags: readonly string[]
  readonly parameters: readonly Parameter[]
  readonly requestBody?: JsonSchema
  readonly responses: Readonly<Record<string, JsonSchema>>
  readonly security?: readonly JsonSchema[]
  readonly deprecated?: true
  /** What the caller must be allowed to do; null: it depends on what is asked for, and the operation looks closer. */
  readonly 'x-permission'?: string | null
}

export interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required: boolean
  readonly description?: string
  readonly schema: JsonSchema
}

/** The areas of the reference, in reading order. */
export const TAGS = [
  { name: 'Projects', description: 'What a squad works in, and whether it may.' },
  { name: 'Agents', description: 'Who works: registration, heartbeats, controls, documents.' },
  { name: 'Tasks', description: 'The work and its lifecycle.' },
  { name: 'Messages', description: 'What is said about tasks, and between two agents.' },
  { name: 'Reviews', description: 'What others think of a deliverable.' },
  { name: 'Runs', description: 'Attempts at a task, and what they cost.' },
  { name: 'Gate', description: 'Whether a tool may be called.' },
  { name: 'Approvals', description: 'What a human has to decide.' },
  { name: 'Policies', description: 'The rules, as versioned data.' },
  { name: 'Money', description: 'Caps, spending, the ledger.' },
  { name: 'Events', description: 'The record: read it, check it, follow it.' },
  { name: 'Alerts', description: 'What people should look at.' },
  { name: 'Executors', description: 'Work that is handed to machines.' },
  { name: 'Documents', description: 'What is written down.' },
  { name: 'Search', description: 'Finding any of it again.' },
  { name: 'Reports', description: 'Summaries for people.' },
  { name: 'Export', description: 'Taking data out.' },
  { name: 'Webhooks', description: 'Telling other systems.' },
  { name: 'Telegram', description: 'What a bot that runs elsewhere needs, and how people are paired with it.' },
  { name: 'Monitoring', description: 'Faults and durations that hosts and agents report.' },
  { name: 'Admin', description: 'People and keys.' },
  { name: 'Health', description: 'Whether this host can serve.' },
] as const

const TAG_OF: Readonly<Record<string, string>> = {
  projects: 'Projects',
  system: 'Projects',
  agents: 'Agents',
  tasks: 'Tasks',
  messages: 'Messages',
  threads: 'Messages',
  reviews: 'Reviews',
  disputes: 'Reviews',
  runs: 'Runs',
  toolCalls: 'Gate',
  approvals: 'Approvals',
  policies: 'Policies',
  budgets: 'Money',
  costs: 'Money',
  ledger: 'Money',
  events: 'Events',
  alerts: 'Alerts',
  notifications: 'Alerts',
  executors: 'Executors',
  executions: 'Executors',
  documents: 'Documents',
  search: 'Search',
  reports: 'Reports',
  exports: 'Export',
  backups: 'Export',
  webhooks: 'Webhooks',
  monitoring: 'Monitoring',
  principals: 'Admin',
  keys: 'Admin',
  sessions: 'Admin',
  telegram: 'Telegram',
}

/** The area of the reference in which a route is found. */
export function tagOf({ operation }: Pick<Route, 'operation'>): string {
  return TAG_OF[operation.split('.')[0] ?? ''] ?? 'Admin'
}

const FIRST_ROUTE = new Map([...ROUTES].reverse().map((route) => [route.operation, route]))

/** The name of an operation, unique also where several routes lead to it. */
function operationId(route: Route): string {
  if (FIRST_ROUTE.get(route.operation) === route) return route.operation
  const last = route.path.split('/').findLast((part) => !part.startsWith('{')) ?? ''
  return `${route.operation}.${last}`
}

/** Writes down one route. */
export function operationObject(route: Route): OperationObject {
  const operation = operationOf(route.operation)
  const facts = operation.type === 'command' ? operation.command : operation.query
  const body = route.method === 'GET' ? null : bodySchema(route, operation)
  const permission = permissionOf(operation)
  return {
    operationId: operationId(route),
    summary: facts.summary,
    ...(permission === null ? {} : { description: `Needs the permission \`${permission}\`.` }),
    tags: [tagOf(route)],
    security: securityOf(route.method),
    parameters: parametersOf(route, operation),
    ...(body === null ? {} : { requestBody: body }),
    responses: responsesOf(route),
    ...(route.deprecation === undefined ? {} : { deprecated: true }),
    'x-permission': permission,
  }
}

function parametersOf(route: Route, operation: Operation): Parameter[] {
  const inPath = pathFields(route.path)
  const fields = fieldsOf(operation)
  const parameters: Parameter[] = inPath.map((name) => ({
    name,
    in: 'path',
    required: true,
    ...pathHint(route, operation, name),
    schema: schemaOfField(fields.get(name)),
  }))
  if (route.method === 'GET') {
    for (const [name, field] of fields) {
      if (inPath.includes(name)) continue
      parameters.push({ name, in: 'query', required: !isOptional(operation, name), schema: schemaOfField(field) })
    }
  }
  return [...parameters, ...headersOf(route)]
}

function pathHint(route: Route, operation: Operation, name: string): { description?: string } {
  if (name === 'projectId') return { description: 'The id or the slug of the project.' }
  if (name === 'agentId' && route.ownAgent === true) return { description: 'The id of your own agent, or `me`.' }
  return isOptional(operation, name) ? { description: 'Write `-` for none.' } : {}
}

function headersOf(route: Route): Parameter[] {
  const headers: Parameter[] = []
  if (route.idempotencyKey !== 'none') {
    headers.push({
      name: 'Idempotency-Key',
      in: 'header',
      required: route.idempotencyKey === 'required',
      description: 'Repeating a request with the same key gives the same answer and has no second effect.',
      schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[\\x21-\\x7e]+$' },
    })
  }
  if (route.ifMatch === 'required') {
    headers.push({
      name: 'If-Match',
      in: 'header',
      required: true,
      description: 'The `ETag` of what you read, or `*` for whichever version is there.',
      schema: { type: 'string' },
    })
  }
  if (route.operation === 'approvals.decide' || route.operation === 'principals.enrollSecondFactor') {
    headers.push({
      name: 'X-MC-OTP',
      in: 'header',
      required: false,
      description: 'A one-time code, for what takes a second factor.',
      schema: { type: 'string', maxLength: 64 },
    })
  }
  return headers
}

/** The body: the input without what path and headers say. Null when nothing is left to say. */
function bodySchema(route: Route, operation: Operation): JsonSchema | null {
  const elsewhere = new Set([...pathFields(route.path), ...(route.ifMatch === 'required' ? ['expectedVersion'] : [])])
  const named = [...fieldsOf(operation)].filter(([name]) => !elsewhere.has(name))
  if (named.length === 0) return null
  const required = named.filter(([name]) => !isOptional(operation, name)).map(([name]) => name)
  const schema = {
    type: 'object',
    properties: Object.fromEntries(named.map(([name, field]) => [name, schemaOfField(field)])),
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
  }
  return { required: required.length > 0, content: { 'application/json': { schema } } }
}

function schemaOfField(field: z.ZodType | undefined): JsonSchema {
  return field === undefined ? { type: 'string' } : jsonSchemaOf(field, 'input')
}

const text = (description: string): JsonSchema => ({ description, schema: { type: 'string' } })

function responsesOf(route: Route): Record<string, JsonSchema> {
  const isPage = pagesOf(route)
  const headers = {
    'X-Request-Id': text('Yours, or one that was drawn for this request.'),
    ...(route.etag === null ? {} : { ETag: text('The version of the row, for `If-Match`.') }),
    ...(isPage ? { Link: text('`rel="next"`: the next page, while there is one.') } : {}),
    ...(route.idempotencyKey === 'none' ? {} : { 'Idempotency-Replayed': text('`true` on a stored answer.') }),
    ...(rateClassOf(route) === null
      ? {}
      : { 'RateLimit-Policy': text('The limit.'), RateLimit: text('What is left of it.') }),
  }
  return {
    [String(route.successStatus)]: {
      description: route.successStatus === 201 ? 'Created.' : 'Done.',
      headers,
      content: { 'application/json': { schema: answerSchema(route.operation) } },
    },
    default: { $ref: '#/components/responses/Problem' },
  }
}

function pagesOf(route: Route): boolean {
  return route.method === 'GET' && fieldsOf(operationOf(route.operation)).has('cursor')
}
