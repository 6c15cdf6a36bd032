// One request through the real handler for each group of routes: what is answered, and to whom it is refused.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createHttpHarness, type HttpHarness, once, TASK } from './http-harness.ts'

let h: HttpHarness
let viewerKey: string
let strangerKey: string

beforeAll(async () => {
  h = await createHttpHarness({}, { oneTimeCodes: { verify: async (_, code) => (code === '123456' ? 7 : null) } })
  viewerKey = (await person('VIEWER', [h.projectId])).key
  const other = await h.ask('POST', '/v1/projects', { body: { name: 'Other', slug: 'other' }, headers: once() })
  strangerKey = (await person('ADMIN', [other.json.id])).key
})
afterAll(() => h.close())

let people = 0

async function person(role: 'VIEWER' | 'OPERATOR' | 'ADMIN', projectIds: readonly string[]) {
  const body = { displayName: `Person ${++people}`, role, projectIds }
  const made = await h.ask('POST', '/v1/principals', { body, headers: once() })
  expect(made).toMatchObject({ status: 201, json: { principal: { role } } })
  return { id: made.json.principal.id as string, key: made.json.key as string }
}

const FORBIDDEN = { status: 403, json: { code: 'FORBIDDEN', status: 403 } }
const NOT_FOUND = { status: 404, json: { code: 'NOT_FOUND', status: 404 } }

/** A project's rows do not exist for who is of another one. */
async function isHiddenFromStrangers(path: string): Promise<void> {
  expect(await h.ask('GET', path, { key: strangerKey }), path).toMatchObject(NOT_FOUND)
}

describe('threads', () => {
  test('are opened, written in and read by two agents, and unblocked by people', async () => {
    const [one, other, third] = [await h.agent(), await h.agent(), await h.agent()]
    const open = { body: { agentId: other.id }, headers: once() }
    const opened = await h.ask('POST', 'P/threads', { ...open, key: one.key })
    expect(opened).toMatchObject({ status: 200, json: { participants: expect.arrayContaining([one.id, other.id]) } })
    expect(await h.ask('POST', 'P/threads', { ...open, headers: once() })).toMatchObject(FORBIDDEN)
    const thread = `P/threads/${opened.json.id}`
    const said = { body: { content: 'are you there?' }, headers: once() }
    expect(await h.ask('POST', `${thread}/messages`, { ...said, key: one.key })).toMatchObject({
      status: 201,
      json: { content: 'are you there?' },
    })
    const strange = await h.ask('POST', `${thread}/messages`, { ...said, headers: once(), key: third.key })
    expect(strange).toMatchObject(NOT_FOUND)
    const read = await h.ask('GET', `${thread}/messages`, { key: other.key })
    expect(read).toMatchObject({ status: 200, json: { data: [{ content: 'are you there?' }] } })
    expect(await h.ask('GET', 'P/threads', { key: other.key })).toMatchObject({
      status: 200,
      json: { data: [{ id: opened.json.id }] },
    })
    const unblock = { body: { reason: 'go on' } }
    expect((await h.ask('POST', `${thread}/unblock`, unblock)).status).toBe(200)
    expect(await h.ask('POST', `${thread}/unblock`, { ...unblock, key: viewerKey })).toMatchObject(FORBIDDEN)
    await isHiddenFromStrangers('P/threads')
  })
})

describe('alerts', () => {
  test('are raised, acknowledged, put aside and resolved by people who may', async () => {
    const body = { type: 'ANOMALY', severity: 'WARNING', title: 'odd', description: 'odd figures' }
    expect(await h.ask('POST', 'P/alerts', { body, headers: once(), key: viewerKey })).toMatchObject(FORBIDDEN)
    const raised = await h.ask('POST', 'P/alerts', { body, headers: once() })
    expect(raised).toMatchObject({ status: 200, json: { status: 'OPEN', title: 'odd' } })
    const alert = `P/alerts/${raised.json.id}`
    expect(await h.ask('POST', `${alert}/acknowledge`, { key: viewerKey })).toMatchObject(FORBIDDEN)
    for (const [step, status] of [
      ['acknowledge', 'ACKNOWLEDGED'],
      ['ignore', 'IGNORED'],
      ['resolve', 'RESOLVED'],
    ] as const) {
      const note = step === 'acknowledge' ? {} : { body: { note: 'looked at' } }
      const answer = await h.ask('POST', `${alert}/${step}`, note)
      expect(answer, step).toMatchObject({ status: 200, json: { status } })
      expect(answer.headers.get('etag'), step).toBe(`"${answer.json.version}"`)
    }
    const list = await h.ask('GET', 'P/alerts', { key: viewerKey })
    expect(list.json.data.map(({ id }: { id: string }) => id)).toContain(raised.json.id)
    await isHiddenFromStrangers('P/alerts')
  })
})

describe('monitoring', () => {
  test('takes errors and slow operations from operators, and shows them', async () => {
    const error = { source: 'worker', errorType: 'CRITICAL', message: 'it broke' }
    expect(await h.ask('POST', 'P/monitoring/errors', { body: error, headers: once() })).toMatchObject({
      status: 201,
      json: { source: 'worker', message: 'it broke' },
    })
    expect(await h.ask('POST', 'P/monitoring/errors', { body: error, headers: once(), key: viewerKey })).toMatchObject(
      FORBIDDEN,
    )
    const slow = { operation: 'import', durationMs: 20_000, success: true }
    expect((await h.ask('POST', 'P/monitoring/performance', { body: slow, headers: once() })).status).toBe(200)
    expect(
      await h.ask('POST', 'P/monitoring/performance', { body: slow, headers: once(), key: viewerKey }),
    ).toMatchObject(FORBIDDEN)
    const errors = await h.ask('GET', 'P/monitoring/errors', { key: viewerKey })
    expect(errors).toMatchObject({ status: 200, json: { data: [{ source: 'worker' }] } })
    expect(await h.ask('GET', 'P/monitoring/performance', { key: viewerKey })).toMatchObject({ status: 200 })
    await isHiddenFromStrangers('P/monitoring/errors')
  })
})

describe('executors', () => {
  test('are registered by an ADMIN and carry out what people ask for, each with its own key', async () => {
    const body = { name: 'hands', kind: 'CURSOR', types: ['CODE_CHANGE'] }
    expect(await h.ask('POST', 'P/executors', { body, headers: once(), key: viewerKey })).toMatchObject(FORBIDDEN)
    const made = await h.ask('POST', 'P/executors', { body, headers: once() })
    expect(made).toMatchObject({ status: 201, json: { executor: { name: 'hands' } } })
    const { key } = made.json
    const beat = `P/executors/${made.json.executor.id}/heartbeat`
    expect((await h.ask('POST', beat, { key })).status).toBe(200)
    expect(await h.ask('POST', beat, { key: viewerKey })).toMatchObject(FORBIDDEN)
    const wish = { type: 'CODE_CHANGE', payload: { change: 'x' } }
    expect(await h.ask('POST', 'P/executions', { body: wish, headers: once(), key: viewerKey })).toMatchObject(
      FORBIDDEN,
    )
    const asked = await h.ask('POST', 'P/executions', { body: wish, headers: once() })
    expect(asked).toMatchObject({ status: 201, json: { type: 'CODE_CHANGE' } })
    const done = { body: { epoch: asked.json.epoch, result: { log: 'done' } }, headers: once() }
    const complete = `P/executions/${asked.json.id}/complete`
    expect((await h.ask('POST', complete, { ...done, key: viewerKey })).json.code).toBe('LEASE_LOST')
    expect(await h.ask('POST', complete, { ...done, headers: once(), key })).toMatchObject({
      status: 200,
      json: { status: 'COMPLETED' },
    })
    expect((await h.ask('GET', 'P/executions', { key: viewerKey })).json.data).toHaveLength(1)
    await isHiddenFromStrangers('P/executors')
  })
})

describe('the second factor', () => {
  test('is enrolled with a code in the header, and reset by another ADMIN only', async () => {
    const ada = await person('OPERATOR', [h.projectId])
    expect(await h.ask('POST', '/v1/me/totp', { key: ada.key })).toMatchObject({
      status: 403,
      json: { code: 'SECOND_FACTOR_REQUIRED' },
    })
    const enrolled = await h.ask('POST', '/v1/me/totp', { key: ada.key, headers: { 'x-mc-otp': '123456' } })
    expect(enrolled).toMatchObject({ status: 200, json: { totpEnrolled: true } })
    const reset = { body: { reason: 'lost the telephone' } }
    const path = `/v1/principals/${ada.id}/totp/reset`
    expect(await h.ask('POST', path, { ...reset, key: ada.key })).toMatchObject(FORBIDDEN)
    expect(await h.ask('POST', path, reset)).toMatchObject({ status: 200, json: { totpEnrolled: false } })
    expect(await h.ask('POST', '/v1/me/totp', { key: (await h.agent()).key })).toMatchObject(FORBIDDEN)
  })
})

describe('reports', () => {
  test('are text for people, and the permissions review is for those who may export', async () => {
    const task = await h.ask('POST', 'P/tasks', { body: TASK, headers: once() })
    for (const path of ['P/reports/standup', 'P/reports/ceo-brief', `P/tasks/${task.json.id}/incident-report`]) {
      const answer = await h.ask('GET', path, { key: viewerKey })
      expect(answer.status, path).toBe(200)
      expect(JSON.stringify(answer.json).length, path).toBeGreaterThan(50)
      await isHiddenFromStrangers(path)
    }
    const review = await h.ask('GET', 'P/permissions-review')
    expect(review.status).toBe(200)
    expect(JSON.stringify(review.json)).not.toContain('secretHash')
    expect(await h.ask('GET', 'P/permissions-review', { key: viewerKey })).toMatchObject(FORBIDDEN)
  })
})

describe('search', () => {
  test('finds tasks, messages and documents of the project, for whoever may read it', async () => {
    const task = await h.ask('POST', 'P/tasks', { body: { ...TASK, title: 'Zebra crossing' }, headers: once() })
    const said = { body: { content: 'a zebra was seen', type: 'COMMENT' }, headers: once() }
    expect((await h.ask('POST', `P/tasks/${task.json.id}/messages`, said)).status).toBe(201)
    const found = await h.ask('GET', 'P/search?q=zebra', { key: viewerKey })
    expect(found).toMatchObject({ status: 200 })
    expect(JSON.stringify(found.json)).toContain(task.json.id)
    expect(JSON.stringify((await h.ask('GET', 'P/search/messages?q=zebra', { key: viewerKey })).json)).toContain('seen')
    expect((await h.ask('GET', 'P/search/documents?q=zebra', { key: viewerKey })).status).toBe(200)
    expect((await h.ask('GET', 'P/search/suggest?q=zeb', { key: viewerKey })).status).toBe(200)
    expect(await h.ask('GET', 'P/search', { key: viewerKey })).toMatchObject({ status: 400 })
    for (const path of ['P/search?q=zebra', 'P/search/messages?q=zebra', 'P/search/documents?q=zebra']) {
      await isHiddenFromStrangers(path)
    }
  })
})

describe('a project', () => {
  test('is changed by an ADMIN who has read it', async () => {
    const read = await h.ask('GET', '/v1/projects/test')
    const body = { description: 'for tests', policyDefaults: { rules: { maxReviewCycles: 4 } } }
    const headers = { 'if-match': `"${read.json.version}"` }
    expect((await h.ask('PATCH', 'P', { body })).status).toBe(428)
    expect(await h.ask('PATCH', 'P', { body, headers, key: viewerKey })).toMatchObject(FORBIDDEN)
    const changed = await h.ask('PATCH', 'P', { body, headers })
    expect(changed).toMatchObject({
      status: 200,
      json: { description: 'for tests', policyDefaults: { rules: { maxReviewCycles: 4 }, budgetDefaults: null } },
    })
    expect(changed.headers.get('etag')).toBe(`"${changed.json.version}"`)
    expect(await h.ask('PATCH', 'P', { body, headers })).toMatchObject({ json: { code: 'VERSION_CONFLICT' } })
  })
})
