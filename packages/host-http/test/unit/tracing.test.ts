import { connectMissionControl, type ListPrice, type PriceBook, type Tracer, unwrap } from '@mission-control/core'
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createHttpTransport } from '../../src/client.ts'
import { openTelemetry } from '../../src/opentelemetry.ts'
import { createHttpHarness, type HttpHarness, once, TASK } from './http-harness.ts'

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736'
const PARENT_SPAN = '00f067aa0ba902b7'
const TRACEPARENT = `00-${TRACE_ID}-${PARENT_SPAN}-01`
const SECRET = 'sk-ant-api03-AbCdEfGhIjKlMnOpQrStUvWxYz0123456789AbCdEfGhIjKlMnOpQrStUvWxYz0123456789abcdAA'
const PRICE: ListPrice = {
  version: 'test@1',
  inputMicrosPerMillion: 1_000_000,
  outputMicrosPerMillion: 2_000_000,
  cacheReadMicrosPerMillion: 100_000,
  cacheWriteMicrosPerMillion: null,
}
const BOOK: PriceBook = { price: () => PRICE, dearest: () => PRICE }

const exporter = new InMemorySpanExporter()
let tracer: Tracer
let h: HttpHarness

beforeEach(async () => {
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }))
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  tracer = (await openTelemetry()) as Tracer
  h = await createHttpHarness({}, { tracer, priceBook: BOOK }, { tracer })
  exporter.reset()
})

afterEach(async () => {
  await h.close()
  trace.disable()
  context.disable()
  exporter.reset()
})

const spans = () => exporter.getFinishedSpans()
const named = (name: string): ReadableSpan => {
  const found = spans().filter((span) => span.name === name)
  expect(found, `spans named ${name} among ${spans().map((span) => span.name)}`).toHaveLength(1)
  return found[0] as ReadableSpan
}

describe('a request', () => {
  test('is a span of the trace it names, with its operation and the looks into the store below', async () => {
    const headers = { traceparent: TRACEPARENT, ...once() }
    const { status, json } = await h.ask('POST', 'P/tasks?', { headers, body: TASK })
    expect(status).toBe(201)
    const request = named('POST /v1/projects/{projectId}/tasks')
    expect(request.spanContext().traceId).toBe(TRACE_ID)
    expect(request.parentSpanContext?.spanId).toBe(PARENT_SPAN)
    expect(request.kind).toBe(SpanKind.SERVER)
    expect(request.status.code).toBe(SpanStatusCode.UNSET)
    expect(request.attributes).toEqual({
      'http.request.method': 'POST',
      'http.response.status_code': 201,
      'http.route': '/v1/projects/{projectId}/tasks',
      'url.path': `/v1/projects/${h.projectId}/tasks`,
      'url.scheme': 'http',
    })
    const operation = named('tasks.create')
    expect(operation.parentSpanContext?.spanId).toBe(request.spanContext().spanId)
    expect(operation.attributes).toEqual({
      'mission_control.operation': 'tasks.create',
      'mission_control.project': h.projectId,
    })
    const below = spans().filter(
      ({ parentSpanContext }) => parentSpanContext?.spanId === operation.spanContext().spanId,
    )
    expect(below.map(({ name }) => name)).toEqual(['store.load', 'store.commit'])
    expect(below.map(({ attributes }) => attributes['db.operation.name'])).toEqual(['load', 'commit'])
    const { data } = unwrap(await h.admin.events.list({ taskId: json.id }))
    const caused = `00-${TRACE_ID}-${operation.spanContext().spanId}-01`
    expect(data.map(({ traceparent }) => traceparent)).toEqual(data.map(() => caused))
  })

  test('without a trace begins one, which its problem names', async () => {
    const { json } = await h.ask('GET', 'P/tasks/tsk_nowhere')
    const request = named('GET /v1/projects/{projectId}/tasks/{taskId}')
    expect(request.parentSpanContext).toBeUndefined()
    expect(json.traceId).toBe(request.spanContext().traceId)
    expect(request.attributes).toMatchObject({ 'http.response.status_code': 404, 'mission_control.code': 'NOT_FOUND' })
    // The caller's mistake is no error of the server, but the operation did not do what was asked.
    expect(request.status.code).toBe(SpanStatusCode.UNSET)
    expect(named('tasks.get').status).toEqual({ code: SpanStatusCode.ERROR, message: 'NOT_FOUND' })
    expect(named('tasks.get').attributes['error.type']).toBe('NOT_FOUND')
  })

  test.each(['00-zz-yy-01', 'ff'.repeat(30), ''])('is not led astray by traceparent %j', async (traceparent) => {
    await h.ask('GET', 'P/tasks', { headers: { traceparent } })
    expect(named('GET /v1/projects/{projectId}/tasks').parentSpanContext).toBeUndefined()
  })

  test('that fails in the host is an error with our code, and says nothing of what is inside', async () => {
    await h.storage.close()
    const { status } = await h.ask('GET', 'P/tasks')
    expect(status).toBe(503)
    const [request] = spans().filter(({ kind }) => kind === SpanKind.SERVER)
    expect(request?.status).toEqual({ code: SpanStatusCode.ERROR, message: 'UNAVAILABLE' })
    expect(spans().flatMap(({ events }) => events)).toEqual([])
  })

  test('to a path that nobody has tells no path, and a made-up method no name', async () => {
    await h.ask('BREW', `/v1/${SECRET}`)
    expect(named('HTTP').attributes).toMatchObject({
      'http.request.method': '_OTHER',
      'http.response.status_code': 404,
    })
    expect(JSON.stringify(spans().map(({ attributes }) => attributes))).not.toContain('sk-ant')
  })
})

describe('runs and tool calls', () => {
  async function workOf() {
    const worker = await h.agent({ role: 'SPECIALIST' })
    exporter.reset()
    return worker
  }

  test('have the attributes of GenAI: who, which model, which tool, how many tokens', async () => {
    const { client, id } = await workOf()
    const { run } = unwrap(
      await client.runs.start({ sessionKey: 's', model: 'claude-x', provider: 'anthropic', estimatedCostMicros: 10 }),
    )
    const tokens = { input: 10, output: 20, cacheRead: 3, cacheWrite: 4, reasoning: 5 }
    const lines = [
      { callId: 'a', model: 'claude-x', tokens, costMicros: 1 },
      { callId: 'b', model: 'claude-x', tokens, costMicros: 1 },
    ]
    unwrap(await client.runs.report({ runId: run.id, lines }))
    const gated = unwrap(
      await client.toolCalls.gate({ sessionKey: 's', runId: run.id, tool: 'read_file', input: { path: 'secret.txt' } }),
    )
    expect(named('runs.start').attributes).toMatchObject({
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.agent.id': id,
      'gen_ai.provider.name': 'anthropic',
      'gen_ai.request.model': 'claude-x',
      'mission_control.run_id': run.id,
    })
    expect(named('runs.report').attributes).toMatchObject({
      'gen_ai.response.model': 'claude-x',
      'gen_ai.usage.input_tokens': 34,
      'gen_ai.usage.output_tokens': 50,
      'gen_ai.usage.cache_read.input_tokens': 6,
      'gen_ai.usage.cache_creation.input_tokens': 8,
      'mission_control.run.billed_micros': 2,
    })
    expect(named('toolCalls.gate').attributes).toMatchObject({
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'read_file',
      'gen_ai.tool.call.id': gated.toolCallId,
      'mission_control.decision': gated.decision,
    })
    expect(JSON.stringify(spans().map(({ attributes }) => attributes))).not.toContain('secret.txt')
  })

  test('tell no secrets, wherever somebody puts them', async () => {
    const { client } = await workOf()
    await client.toolCalls.gate({ sessionKey: SECRET, tool: `do ${SECRET}`, input: { key: SECRET } })
    await client.runs.start({ sessionKey: SECRET, model: SECRET, provider: SECRET, estimatedCostMicros: 1 })
    await client.tasks.get({ taskId: SECRET })
    await client.tasks.create({ ...TASK, title: SECRET }, { idempotencyKey: SECRET, oneTimeCode: '123456' })
    expect(spans().length).toBeGreaterThan(4)
    const told = JSON.stringify(spans().map(({ name, attributes, status }) => ({ name, attributes, status })))
    expect(told).not.toContain('sk-ant')
    expect(told).not.toContain('123456')
  })

  test('sent to our own /v1/traces count no usage a second time', async () => {
    const { client, key } = await workOf()
    const { run } = unwrap(await client.runs.start({ sessionKey: 's', model: 'claude-x', estimatedCostMicros: 10 }))
    const tokens = { input: 10, output: 20, cacheRead: 0, cacheWrite: 0, reasoning: 0 }
    unwrap(await client.runs.report({ runId: run.id, lines: [{ callId: 'a', model: 'm', tokens, costMicros: 1 }] }))
    const ours = spans().map((span) => ({
      traceId: span.spanContext().traceId,
      spanId: span.spanContext().spanId,
      parentSpanId: span.parentSpanContext?.spanId ?? '',
      attributes: Object.entries(span.attributes).map(([name, value]) => ({
        key: name,
        value: typeof value === 'number' ? { intValue: value } : { stringValue: String(value) },
      })),
    }))
    const body = { resourceSpans: [{ scopeSpans: [{ spans: ours }] }] }
    const taken = await h.ask('POST', '/v1/traces', { key, body })
    expect(taken.json).toEqual({})
    const { data } = unwrap(await h.admin.runs.list({}))
    expect(data.map(({ id, lineCount }) => [id, lineCount])).toEqual([[run.id, 1]])
  })
})

test('a client over HTTP and its host share one trace', async () => {
  const transport = createHttpTransport({ baseUrl: 'http://mc.test', fetch: h.handler, tracer })
  const client = connectMissionControl({ transport, key: h.adminKey, projectId: h.projectId })
  unwrap(await client.tasks.create(TASK))
  const [asked] = spans().filter(({ kind, attributes }) => kind === SpanKind.CLIENT && 'url.template' in attributes)
  const [served] = spans().filter(({ kind }) => kind === SpanKind.SERVER)
  expect(asked?.attributes).toMatchObject({ 'http.response.status_code': 201, 'server.address': 'mc.test' })
  expect(served?.parentSpanContext?.spanId).toBe(asked?.spanContext().spanId)
  expect(served?.spanContext().traceId).toBe(asked?.spanContext().traceId)
})

test('what the clock drives is a trace per round', async () => {
  await h.mc.jobs.runDue()
  const round = named('jobs.runDue')
  expect(round.parentSpanContext).toBeUndefined()
  expect(new Set(spans().map((span) => span.spanContext().traceId))).toEqual(new Set([round.spanContext().traceId]))
})

test('without an SDK nothing is written and the trace of the caller stays as it is', async () => {
  trace.disable()
  const idle = (await openTelemetry()) as Tracer
  const quiet = await createHttpHarness({}, { tracer: idle }, { tracer: idle })
  exporter.reset()
  const { json } = await quiet.ask('GET', 'P/tasks/tsk_nowhere', { headers: { traceparent: TRACEPARENT } })
  expect(json.traceId).toBe(TRACE_ID)
  expect(spans()).toHaveLength(0)
  await quiet.close()
})
