import { type ListPrice, type PriceBook, unwrap } from '@mission-control/core'
import type { TestAgent } from '@mission-control/testing'
import { afterEach, describe, expect, test } from 'vitest'
import { createHttpHarness, type HttpHarness, TASK } from './http-harness.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const SPAN = '00f067aa0ba902b7'
const PRICE: ListPrice = {
  version: 'test@1',
  inputMicrosPerMillion: 1_000_000,
  outputMicrosPerMillion: 2_000_000,
  cacheReadMicrosPerMillion: 100_000,
  cacheWriteMicrosPerMillion: null,
}
const BOOK: PriceBook = { price: (_, model) => (model === 'known' ? PRICE : null), dearest: () => PRICE }

const opened: HttpHarness[] = []
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
})

interface Scene {
  readonly h: HttpHarness
  readonly agent: TestAgent
  readonly key: string
  /** Sends spans as that agent. */
  send(spans: readonly unknown[], resource?: Values, key?: string): ReturnType<HttpHarness['ask']>
}

type Values = Readonly<Record<string, string | number>>

async function scene(): Promise<Scene> {
  const h = await createHttpHarness({}, { priceBook: BOOK })
  opened.push(h)
  const agent = await h.agent()
  const key = unwrap(await h.admin.keys.issue({ principalId: agent.principalId })).key
  const send: Scene['send'] = (spans, resource = {}, sentWith = key) =>
    h.ask('POST', '/v1/traces', {
      key: sentWith,
      body: { resourceSpans: [{ resource: { attributes: attributes(resource) }, scopeSpans: [{ spans }] }] },
    })
  return { h, agent, key, send }
}

/** 64 bits are text in OTLP's JSON. */
function attributes(values: Values) {
  return Object.entries(values).map(([key, value]) => ({
    key,
    value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value },
  }))
}

function chat(spanId: string, values: Values = {}, rest: object = {}) {
  return {
    traceId: TRACE,
    spanId,
    parentSpanId: 'aaaaaaaaaaaaaaaa',
    name: 'chat known',
    kind: 3,
    startTimeUnixNano: '1544712660000000000',
    endTimeUnixNano: '1544712661000000000',
    attributes: attributes({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'known',
      'gen_ai.usage.input_tokens': 1000,
      'gen_ai.usage.output_tokens': 100,
      ...values,
    }),
    ...rest,
  }
}

const runs = async ({ h }: Scene) => unwrap(await h.admin.runs.list({})).data

describe('traces of OTLP', () => {
  test('become a run with a line per model call, on the timeline, priced, and end with their root', async () => {
    const s = await scene()
    const root = {
      ...chat('aaaaaaaaaaaaaaaa', { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.usage.input_tokens': 2000 }),
      parentSpanId: '',
    }
    const answer = await s.send([chat(SPAN), chat('00f067aa0ba902b8'), root])
    expect([answer.status, answer.json]).toEqual([200, {}])
    const [run, ...more] = await runs(s)
    expect(more).toEqual([])
    expect(run).toMatchObject({
      agentId: s.agent.id,
      status: 'COMPLETED',
      sessionKey: `otlp:${TRACE}`,
      model: 'known',
      inputTokens: 2000,
      outputTokens: 200,
      billedMicros: 2400,
      lineCount: 2,
    })
    const kinds = unwrap(await s.h.admin.events.list({})).data.map(({ kind }) => kind)
    expect(kinds).toEqual(expect.arrayContaining(['RUN_STARTED', 'USAGE_REPORTED', 'RUN_COMPLETED']))
  })

  test('R-79: cached tokens are counted once', async () => {
    const s = await scene()
    await s.send([chat(SPAN, { 'gen_ai.usage.cache_read.input_tokens': 900 })])
    const [run] = await runs(s)
    expect(run).toMatchObject({ inputTokens: 100, cacheReadTokens: 900, billedMicros: 100 + 90 + 200 })
  })

  test('count each span once: sent again, by two senders at once, and after its run has ended', async () => {
    const s = await scene()
    const spans = [chat(SPAN), chat('00f067aa0ba902b8')]
    const root = { ...chat('aaaaaaaaaaaaaaaa', { 'gen_ai.operation.name': 'invoke_agent' }), parentSpanId: '' }
    const answers = await Promise.all(Array.from({ length: 8 }, () => s.send(spans)))
    expect(answers.map(({ json }) => json)).toEqual(Array(8).fill({}))
    for (const late of [[root], [root], spans]) expect((await s.send(late)).json).toEqual({})
    // The answer to the start is forgotten after a day; the run is found all the same.
    s.h.clock.advance(3 * 24 * 60 * 60_000)
    expect((await s.send(spans)).json).toEqual({})
    const all = await runs(s)
    expect(all.map(({ lineCount, inputTokens, billedMicros }) => [lineCount, inputTokens, billedMicros])).toEqual([
      [2, 2000, 2400],
    ])
  })

  test('R-78: of a model without a price are UNPRICED, not free; a run of it has to be asked for', async () => {
    const s = await scene()
    const unpriced = { 'gen_ai.request.model': 'unheard-of' }
    await s.send([chat(SPAN), chat('00f067aa0ba902b8', unpriced)])
    expect(await runs(s)).toMatchObject([{ costStatus: 'UNPRICED', inputTokens: 2000, billedMicros: 1200 }])
    const answer = await s.send([{ ...chat(SPAN, unpriced), traceId: `${TRACE.slice(0, -1)}7` }])
    expect(answer.json.partialSuccess).toMatchObject({
      rejectedSpans: 1,
      errorMessage: expect.stringContaining('APPROVAL_REQUIRED'),
    })
  })

  test('go to the run or the task that they name', async () => {
    const s = await scene()
    const task = unwrap(await s.h.admin.tasks.create(TASK))
    const bullets = ['Look.', 'Count.', 'Tell.']
    unwrap(await s.agent.client.tasks.claim({ taskId: task.id, workPlan: { bullets } }))
    await s.send([chat(SPAN)], { 'mission_control.task_id': task.id })
    const own = unwrap(await s.agent.client.runs.start({ sessionKey: 'own', model: 'known' })).run
    await s.send([{ ...chat('00f067aa0ba902b9'), traceId: `${TRACE.slice(0, -1)}7` }], {
      'mission_control.run_id': own.id,
    })
    const all = await runs(s)
    expect(all).toHaveLength(2)
    expect(all.find(({ id }) => id === own.id)).toMatchObject({ lineCount: 1, status: 'RUNNING' })
    expect(all.find(({ id }) => id !== own.id)).toMatchObject({ taskId: task.id, lineCount: 1 })
  })

  test('without a model call mean nothing', async () => {
    const s = await scene()
    const http = { ...chat(SPAN), attributes: attributes({ 'http.request.method': 'GET' }) }
    const tool = chat('00f067aa0ba902b8', { 'gen_ai.operation.name': 'execute_tool' })
    expect((await s.send([http, tool])).json).toEqual({})
    expect(await runs(s)).toEqual([])
  })
})

describe('what is refused', () => {
  test('R-01, R-04: a project, an agent or a run that is not that of the key', async () => {
    const s = await scene()
    const other = unwrap(await s.h.admin.projects.create({ name: 'Other', slug: 'other' }))
    const rival = await s.h.agent({ name: 'Rival' })
    const foreign = unwrap(await rival.client.runs.start({ sessionKey: 'x', model: 'known' })).run
    for (const resource of [
      { 'mission_control.project': 'other' },
      { 'mission_control.project': other.id },
      { 'mission_control.project': 'nowhere' },
      { 'mission_control.agent': 'Rival' },
      { 'mission_control.agent': rival.id },
      { 'mission_control.run_id': foreign.id },
      { 'mission_control.task_id': 'tsk_none' },
    ]) {
      const answer = await s.send([chat(SPAN)], resource)
      expect([resource, answer.json.partialSuccess?.rejectedSpans]).toEqual([resource, 1])
    }
    expect((await runs(s)).map(({ id, lineCount }) => [id, lineCount])).toEqual([[foreign.id, 0]])
    const named = { 'mission_control.project': 'test', 'mission_control.agent': s.agent.agent.name }
    expect((await s.send([chat(SPAN)], named)).json).toEqual({})
    for (const [key, status] of [
      [s.h.adminKey, 403],
      ['nonsense', 401],
    ] as const) {
      expect((await s.send([chat(SPAN)], {}, key)).status).toBe(status)
    }
  })

  test('spans that are none; the others count', async () => {
    const s = await scene()
    const bad = [{}, 7, null, chat('0000000000000000'), chat('xyz'), { ...chat(SPAN), traceId: '1' }]
    const answer = await s.send([...bad, chat(SPAN)])
    expect(answer.json.partialSuccess.rejectedSpans).toBe(bad.length)
    expect((await runs(s)).map(({ lineCount }) => lineCount)).toEqual([1])
  })

  test('R-75: tokens that are negative, fractional or beyond counting', async () => {
    const s = await scene()
    for (const tokens of [-1, 1.5, 1e13]) {
      const spoiled = chat(SPAN)
      const value = { doubleValue: tokens }
      spoiled.attributes = [
        ...spoiled.attributes.filter(({ key }) => key !== 'gen_ai.usage.input_tokens'),
        { key: 'gen_ai.usage.input_tokens', value } as never,
      ]
      expect((await s.send([spoiled])).status).toBe(200)
    }
    expect(await runs(s)).toEqual([])
  })

  test('too many spans, a body that is too large, and what is no JSON', async () => {
    const s = await scene()
    const many = Array.from({ length: 2001 }, () => ({}))
    expect((await s.send(many)).status).toBe(413)
    expect((await s.h.ask('POST', '/v1/traces', { key: s.key, text: ' '.repeat(1024 * 1024 + 1) })).status).toBe(413)
    const headers = { 'content-type': 'application/x-protobuf' }
    expect((await s.h.ask('POST', '/v1/traces', { key: s.key, text: 'x', headers })).status).toBe(400)
    expect((await s.h.ask('POST', '/v1/traces', { key: s.key, body: { resourceSpans: 7 } })).status).toBe(400)
    expect((await s.h.ask('GET', '/v1/traces', { key: s.key })).status).toBe(405)
  })

  test('R-27: a trace of an agent that is paused, with the reason', async () => {
    const s = await scene()
    unwrap(await s.h.admin.agents.control({ agentId: s.agent.id, action: 'PAUSE', reason: 'Stop.' }))
    const answer = await s.send([chat(SPAN)])
    expect(answer.json.partialSuccess.errorMessage).toContain('AGENT_NOT_ACTIVE')
  })
})
