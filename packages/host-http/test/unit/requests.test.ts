import { CODES, unwrap } from '@mission-control/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createHttpHarness, type HttpHarness, once, TASK } from './http-harness.ts'

let h: HttpHarness
beforeAll(async () => {
  h = await createHttpHarness()
})
afterAll(() => h.close())

async function createTask(title: string = TASK.title) {
  const answer = await h.ask('POST', 'P/tasks', { body: { ...TASK, title }, headers: once() })
  expect(answer.status).toBe(201)
  return answer.json
}

describe('who asks', () => {
  test('R-01: without a key nothing is answered, whatever is asked', async () => {
    for (const [method, path] of [
      ['GET', 'P/tasks'],
      ['POST', 'P/tasks'],
      ['GET', 'P/events/stream'],
      ['GET', '/v1/projects'],
      ['POST', '/v1/keys'],
      ['GET', '/v1/nothing-here'],
      ['DELETE', 'P/tasks'],
    ] as const) {
      const answer = await h.ask(method, path, { key: null })
      expect(answer.json, `${method} ${path}`).toMatchObject({ code: 'UNAUTHENTICATED', status: 401 })
      expect(answer.status).toBe(401)
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="mission-control"')
    }
  })

  test.each([
    ['an unknown key', 'mc_live_00000000000000000000000000_0000000000000000000000000000000000'],
    ['no key of ours', 'secret'],
  ])('%s is refused', async (_, key) => {
    const answer = await h.ask('GET', 'P/tasks', { key })
    expect(answer).toMatchObject({ status: 401, json: { code: 'UNAUTHENTICATED' } })
  })

  test('only a Bearer header counts', async () => {
    for (const headers of [
      { authorization: `Basic ${btoa(`${h.adminKey}:`)}` },
      { authorization: `Bearer ${h.adminKey}, Bearer ${h.adminKey}` },
      { cookie: `key=${h.adminKey}` },
    ]) {
      expect((await h.ask('GET', 'P/tasks', { key: null, headers })).status).toBe(401)
    }
    expect((await h.ask('GET', `P/tasks?access_token=${h.adminKey}`, { key: null })).status).toBe(401)
    expect(
      (await h.ask('GET', 'P/tasks', { key: null, headers: { authorization: `bearer ${h.adminKey}` } })).status,
    ).toBe(200)
  })

  test('the key decides who acts: an agent acts as itself', async () => {
    const agent = await h.agent()
    const task = await createTask()
    const claimed = await h.ask('POST', `P/tasks/${task.id}/claim`, { key: agent.key })
    expect(claimed).toMatchObject({ status: 200, json: { task: { claim: { agentId: agent.id } } } })
    expect(claimed.headers.get('etag')).toBe(`"${claimed.json.task.version}"`)
  })

  test('R-02: nobody says in a body who they are', async () => {
    const agent = await h.agent()
    const task = await createTask()
    const body = { to: 'DONE', reason: 'because', actor: { kind: 'HUMAN', id: 'somebody' } }
    const headers = { ...once(), 'if-match': `"${task.version}"` }
    const answer = await h.ask('POST', `P/tasks/${task.id}/transition`, { key: agent.key, body, headers })
    expect(answer).toMatchObject({ status: 400, json: { code: 'VALIDATION' } })
    expect(JSON.stringify(answer.json.errors)).toContain('actor')
    const { actor: _, ...said } = body
    const again = await h.ask('POST', `P/tasks/${task.id}/transition`, { key: agent.key, body: said, headers })
    expect(again).toMatchObject({ status: 409, json: { code: 'TRANSITION_REFUSED' } })
    expect((await h.ask('GET', `P/tasks/${task.id}`)).json.status).toBe('INBOX')
  })

  test('R-04: a row of another project does not exist', async () => {
    const other = await h.ask('POST', '/v1/projects', { body: { name: 'Test', slug: 'other' }, headers: once() })
    expect(other.status).toBe(201)
    const foreign = await h.ask('POST', '/v1/projects/other/tasks', { body: TASK, headers: once() })
    expect(foreign.status).toBe(201)
    const agent = await h.agent()
    for (const [method, path] of [
      ['GET', `P/tasks/${foreign.json.id}`],
      ['POST', `P/tasks/${foreign.json.id}/claim`],
      ['GET', `/v1/projects/${other.json.id}/tasks`],
      ['GET', '/v1/projects/other/tasks'],
      ['GET', '/v1/projects/other'],
      ['GET', `/v1/projects/${other.json.id}/events/stream`],
      ['GET', '/v1/projects/other/events/stream'],
      ['GET', '/v1/projects/nowhere/tasks'],
      ['GET', '/v1/projects/prj_00000000000000000000000000/tasks'],
    ] as const) {
      expect(await h.ask(method, path, { key: agent.key }), path).toMatchObject({
        status: 404,
        json: { code: 'NOT_FOUND' },
      })
    }
    const mine = await h.ask('GET', '/v1/projects', { key: agent.key })
    expect(mine.json.data.map((project: { id: string }) => project.id)).toEqual([h.projectId])
  })
})

describe('what is asked', () => {
  test('a project is found by its id and by its slug', async () => {
    const byId = await h.ask('GET', 'P/stats')
    const bySlug = await h.ask('GET', '/v1/projects/test/stats')
    expect(byId.status).toBe(200)
    expect(bySlug.json).toEqual(byId.json)
    expect((await h.ask('GET', '/v1/projects/test')).json.id).toBe(h.projectId)
  })

  test('a path that is none of ours is 404, a method that it does not have 405', async () => {
    expect(await h.ask('GET', '/v1/tasks')).toMatchObject({
      status: 404,
      json: { code: 'NOT_FOUND', instance: '/v1/tasks' },
    })
    expect(await h.ask('GET', '/nothing', { key: null })).toMatchObject({ status: 404, json: { code: 'NOT_FOUND' } })
    const wrong = await h.ask('DELETE', 'P/tasks')
    expect(wrong).toMatchObject({ status: 405, json: { status: 405 } })
    expect(wrong.headers.get('allow')).toBe('GET, HEAD, POST')
    expect((await h.ask('POST', 'P/events/stream')).headers.get('allow')).toBe('GET')
    expect(await h.ask('HEAD', 'P/events/stream')).toMatchObject({ status: 405 })
    expect((await h.ask('OPTIONS', 'P/tasks', { headers: { origin: 'https://evil.example' } })).status).toBe(405)
  })

  test.each([
    ['malformed JSON', '{"title":'],
    ['an array', '[]'],
    ['null', 'null'],
    ['a name twice', '{"title":"a","title":"b","type":"OPS"}'],
    ['__proto__', '{"title":"a","type":"OPS","metadata":{"__proto__":{"x":1}}}'],
    ['a number no double keeps', '{"title":"a","type":"OPS","dueAt":9007199254740993}'],
    ['depth', `{"title":"a","type":"OPS","metadata":${'['.repeat(40)}${']'.repeat(40)}}`],
    ['bytes that are no UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ['an unknown field', '{"title":"a","type":"OPS","status":"DONE"}'],
    ['a NUL', '{"title":"a\\u0000b","type":"OPS"}'],
    ['the project again', '{"title":"a","type":"OPS","projectId":"prj_x"}'],
  ])('%s is refused and changes nothing', async (_, text) => {
    const before = (await h.ask('GET', 'P/stats')).json
    const answer = await h.ask('POST', 'P/tasks', { text, headers: once() })
    expect(answer).toMatchObject({ status: 400, json: { code: 'VALIDATION', errors: [{}] } })
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect((await h.ask('GET', 'P/stats')).json).toEqual(before)
  })

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=latin1', ''])(
    'a body declared as "%s" is refused',
    async (type) => {
      const answer = await h.ask('POST', 'P/tasks', { body: TASK, headers: { ...once(), 'content-type': type } })
      expect(answer).toMatchObject({ status: 400, json: { code: 'VALIDATION', errors: [{ field: 'content-type' }] } })
    },
  )

  test('a body that is too large is refused, whether or not it says so', async () => {
    const text = `{"title":"${'x'.repeat(1024 * 1024)}"}`
    const answer = await h.ask('POST', 'P/tasks', { text, headers: once() })
    expect(answer).toMatchObject({ status: 413, json: { code: 'PAYLOAD_TOO_LARGE' } })
    const declared = await h.ask('POST', 'P/tasks', { text: '{}', key: null, headers: { 'content-length': '1048577' } })
    expect(declared.status).toBe(413)
    expect((await h.ask('POST', 'P/tasks', { text: '{}', headers: { 'content-length': 'many' } })).status).toBe(413)
  })

  test('a URL that is too long is refused', async () => {
    expect(await h.ask('GET', `P/tasks?cursor=${'x'.repeat(5000)}`)).toMatchObject({
      status: 413,
      json: { code: 'PAYLOAD_TOO_LARGE' },
    })
  })

  test('a query is read by the types of its fields', async () => {
    const task = await createTask('By query')
    const listed = await h.ask('GET', 'P/tasks?status=INBOX,DONE&status=BLOCKED&priority=3&limit=200')
    expect(listed.json.data.map(({ id }: { id: string }) => id)).toContain(task.id)
    for (const query of [
      'limit=many',
      'limit=1.5',
      'limit=0',
      'status=GONE',
      'unknown=1',
      'limit=1&limit=2',
      '__proto__=1',
    ]) {
      expect(await h.ask('GET', `P/tasks?${query}`), query).toMatchObject({ status: 400, json: { code: 'VALIDATION' } })
    }
    expect((await h.ask('GET', 'P/events?newestFirst=true&limit=1')).json.data[0].taskId).toBe(task.id)
    expect((await h.ask('GET', 'P/events?newestFirst=perhaps')).status).toBe(400)
    expect((await h.ask('GET', `P/tasks/${task.id}/timeline?taskId=${task.id}`)).status).toBe(400)
    expect((await h.ask('POST', `P/tasks/${task.id}/claim?force=true`)).status).toBe(400)
  })

  test('the timeline of a task is of that task', async () => {
    const task = await createTask('With a past')
    const timeline = await h.ask('GET', `P/tasks/${task.id}/timeline`)
    expect(timeline.json.data.map(({ kind }: { kind: string }) => kind)).toEqual(['TASK_CREATED'])
  })

  test('a list goes on by its cursor, and says where', async () => {
    await createTask('one')
    await createTask('two')
    const seen: string[] = []
    let path: string | null = 'P/tasks?limit=1&status=INBOX'
    while (path !== null) {
      const page: Awaited<ReturnType<typeof h.ask>> = await h.ask('GET', path)
      expect(page.status).toBe(200)
      seen.push(...page.json.data.map(({ id }: { id: string }) => id))
      const link: string | undefined = /^<(.*)>; rel="next"$/.exec(page.headers.get('link') ?? '')?.[1]
      expect(link === undefined).toBe(page.json.nextCursor === null)
      path = link ?? null
    }
    const all = await h.ask('GET', 'P/tasks?limit=200&status=INBOX')
    expect(seen).toEqual(all.json.data.map(({ id }: { id: string }) => id))
    expect(seen.length).toBeGreaterThan(2)
    const texts = btoa('["text","text"]').replaceAll('=', '')
    for (const path of ['tasks?cursor=nonsense', `tasks?cursor=${texts}`, 'events?cursor=nonsense', 'events?cursor=']) {
      expect(await h.ask('GET', `P/${path}`), path).toMatchObject({ status: 400, json: { code: 'CURSOR_INVALID' } })
    }
  })
})

describe('idempotency', () => {
  test('where a repeat would do more, a key is demanded', async () => {
    expect(await h.ask('POST', 'P/tasks', { body: TASK })).toMatchObject({
      status: 400,
      json: { code: 'IDEMPOTENCY_KEY_REQUIRED' },
    })
    const blank = await h.ask('POST', 'P/tasks', { body: TASK, headers: { 'idempotency-key': 'with blank' } })
    expect(blank).toMatchObject({ status: 400, json: { code: 'VALIDATION' } })
  })

  test('R-06: twenty equal requests at once have one effect and one answer', async () => {
    const headers = once()
    const body = { ...TASK, title: 'Only once' }
    const answers = await Promise.all(Array.from({ length: 20 }, () => h.ask('POST', 'P/tasks', { body, headers })))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]))
    expect(new Set(answers.map(({ json }) => JSON.stringify(json))).size).toBe(1)
    // One of them did it; the others say that they are repeats.
    expect(answers.filter(({ headers: answer }) => answer.get('idempotency-replayed') === null)).toHaveLength(1)
    const listed = await h.ask('GET', 'P/tasks?limit=200')
    expect(listed.json.data.filter(({ title }: { title: string }) => title === 'Only once')).toHaveLength(1)
  })

  test('R-05: a key with another request is refused', async () => {
    const headers = once()
    await h.ask('POST', 'P/tasks', { body: TASK, headers })
    const other = await h.ask('POST', 'P/tasks', { body: { ...TASK, title: 'Other' }, headers })
    expect(other).toMatchObject({ status: 422, json: { code: 'IDEMPOTENCY_KEY_REUSED' } })
  })
})

describe('versions', () => {
  test('a row tells its version, and a change must name it', async () => {
    const task = await createTask('Versioned')
    const read = await h.ask('GET', `P/tasks/${task.id}`)
    const etag = read.headers.get('etag') ?? ''
    expect(etag).toBe(`"${task.version}"`)
    const patch = (headers: Record<string, string>, title: string) =>
      h.ask('PATCH', `P/tasks/${task.id}`, { body: { title }, headers })
    expect(await patch({}, 'A')).toMatchObject({ status: 428, json: { code: 'PRECONDITION_REQUIRED' } })
    const changed = await patch({ 'if-match': etag }, 'B')
    expect(changed).toMatchObject({ status: 200, json: { title: 'B', version: task.version + 1 } })
    expect(changed.headers.get('etag')).toBe(`"${task.version + 1}"`)
    expect(await patch({ 'if-match': etag }, 'C')).toMatchObject({ status: 412, json: { code: 'VERSION_CONFLICT' } })
    for (const unknown of ['"abc"', `W/"${task.version + 1}"`, '""']) {
      expect(await patch({ 'if-match': unknown }, 'D')).toMatchObject({ status: 412 })
    }
    for (const malformed of ['3', '"1", "2"', 'x']) {
      expect(await patch({ 'if-match': malformed }, 'E')).toMatchObject({ status: 400, json: { code: 'VALIDATION' } })
    }
    expect((await h.ask('GET', `P/tasks/${task.id}`)).json.title).toBe('B')
    expect(await patch({ 'if-match': '*' }, 'F')).toMatchObject({ status: 200, json: { title: 'F' } })
  })

  test('a version in the body, or where none is compared, is refused', async () => {
    const task = await createTask('Versioned twice')
    const inBody = await h.ask('PATCH', `P/tasks/${task.id}`, {
      body: { title: 'x', expectedVersion: 1 },
      headers: { 'if-match': '*' },
    })
    expect(inBody).toMatchObject({ status: 400, json: { errors: [{ field: 'expectedVersion' }] } })
    const useless = await h.ask('POST', `P/tasks/${task.id}/claim`, { headers: { 'if-match': '"1"' } })
    expect(useless).toMatchObject({ status: 400, json: { errors: [{ field: 'if-match' }] } })
  })
})

describe('every answer', () => {
  test('carries the marks of its request, and is kept by nobody', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
    const created = await h.ask('POST', 'P/tasks', {
      body: TASK,
      headers: { ...once(), traceparent, 'x-request-id': 'req-7' },
    })
    expect(created.headers.get('x-request-id')).toBe('req-7')
    const [event] = (await h.ask('GET', `P/tasks/${created.json.id}/timeline`)).json.data
    expect(event.traceparent).toBe(traceparent)
    const refused = await h.ask('GET', 'P/tasks/none', { headers: { traceparent } })
    expect(refused.json).toMatchObject({
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      instance: `/v1/projects/${h.projectId}/tasks/none`,
    })
    for (const { headers } of [
      created,
      refused,
      await h.ask('GET', '/health/check'),
      await h.ask('GET', '/x', { key: null }),
    ]) {
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('x-request-id')).not.toBeNull()
      expect(headers.get('access-control-allow-origin')).toBeNull()
    }
  })

  test('leads from its problem to what the code means', async () => {
    const refused = await h.ask('GET', 'P/tasks/none')
    expect(refused.json).toMatchObject({
      code: 'NOT_FOUND',
      title: CODES.NOT_FOUND.title,
      hint: CODES.NOT_FOUND.hint,
      status: 404,
    })
    const docs = await h.ask('GET', refused.json.type, { key: null })
    expect(docs.status).toBe(200)
    expect(docs.json).toContain('# NOT_FOUND')
    expect((await h.ask('GET', '/docs/errors/constructor', { key: null })).status).toBe(404)
  })

  test('HEAD has the headers of GET and no body', async () => {
    const task = await createTask()
    const response = await h.handler(h.request('HEAD', `P/tasks/${task.id}`))
    expect(response.status).toBe(200)
    expect(response.headers.get('etag')).toBe('"1"')
    expect(await response.text()).toBe('')
  })
})

describe('agents', () => {
  test('beat by their own name or as me, also in quarantine, and not as anybody else', async () => {
    const agent = await h.agent()
    const body = { sessionKey: 's', health: 'IDLE', currentTaskId: null }
    for (const name of ['me', agent.id]) {
      expect(await h.ask('POST', `P/agents/${name}/heartbeat`, { key: agent.key, body })).toMatchObject({
        status: 200,
        json: { ack: true },
      })
    }
    const other = await h.agent()
    for (const name of [other.id, 'agt_none']) {
      const refused = await h.ask('POST', `P/agents/${name}/heartbeat`, { key: agent.key, body })
      expect(refused, name).toMatchObject({ status: 403, json: { code: 'FORBIDDEN' } })
    }
    expect((await h.ask('POST', 'P/agents/me/heartbeat', { body })).status).toBe(403)
    unwrap(await h.admin.agents.control({ agentId: agent.id, action: 'QUARANTINE', reason: 'odd' }))
    const quarantined = await h.ask('POST', `P/agents/${agent.id}/heartbeat`, { key: agent.key, body })
    expect(quarantined).toMatchObject({ status: 200, json: { directive: 'QUARANTINED' } })
  })

  test('are controlled by people', async () => {
    const agent = await h.agent()
    const body = { action: 'PAUSE', reason: 'a look at it' }
    expect(await h.ask('POST', `P/agents/${agent.id}/control`, { key: agent.key, body })).toMatchObject({ status: 403 })
    const paused = await h.ask('POST', `P/agents/${agent.id}/control`, { body })
    expect(paused).toMatchObject({ status: 200, json: { agent: { status: 'PAUSED' } } })
    const task = await createTask()
    expect(await h.ask('POST', `P/tasks/${task.id}/claim`, { key: agent.key })).toMatchObject({
      status: 409,
      json: { code: 'AGENT_NOT_ACTIVE' },
    })
  })
})
