import { unwrap } from '@mission-control/core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createHttpHarness, type HttpHarness, once, TASK } from './http-harness.ts'
import { readStream } from './stream-client.ts'

const ORIGIN = 'http://mc.test'
const NAMED = 'https://dashboard.mc.test'
const MINUTE_MS = 60_000

let h: HttpHarness
let person: { key: string; principalId: string; keyId: string }
beforeEach(async () => {
  const limits = { pingMs: 20, recheckMs: 20, reconnectMs: 20, signInsPerMinuteMax: 5, failedKeysPerMinuteMax: 3 }
  h = await createHttpHarness(limits, {}, { cors: { origins: [NAMED] } })
  person = await newPerson()
})
afterEach(() => h.close())

async function newPerson(role: 'VIEWER' | 'OPERATOR' = 'OPERATOR') {
  const made = unwrap(await h.admin.principals.create({ displayName: 'Olga', role, projectIds: [h.projectId] }))
  const keys = unwrap(await h.admin.keys.list({ principalId: made.principal.id })).data
  return { key: made.key, principalId: made.principal.id, keyId: keys[0]?.id ?? '' }
}

interface Page {
  readonly cookie: string
  readonly csrf: string
  readonly credentialId: string
}

const signIn = (key: unknown, headers: Record<string, string> = { origin: ORIGIN }) =>
  h.ask('POST', '/v1/session', { key: null, body: { key }, headers })

async function openPage(key = person.key): Promise<Page> {
  const answer = await signIn(key)
  expect(answer.status).toBe(201)
  const cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? ''
  return { cookie, csrf: answer.json.csrfToken, credentialId: answer.json.credentialId }
}

function ask(
  { cookie, csrf }: Page,
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: unknown,
) {
  const own = method === 'GET' ? {} : { origin: ORIGIN, 'x-csrf-token': csrf }
  return h.ask(method, path, { key: null, body, headers: { cookie, ...own, ...headers } })
}

const createTask = (page: Page, headers: Record<string, string> = {}) =>
  ask(page, 'POST', 'P/tasks', { ...once(), ...headers }, TASK)
const tasks = async () => unwrap(await h.admin.tasks.list({})).data.length

describe('signing in', () => {
  test('gives a cookie that no script, no other site and no plain connection gets, and never the session itself', async () => {
    const answer = await signIn(person.key)
    const [pair = '', ...attributes] = (answer.headers.get('set-cookie') ?? '').split('; ')
    const session = pair.split('=')[1] ?? ''
    expect(pair).toMatch(/^mc_session=mc_live_\w+/)
    expect(attributes.sort()).toEqual(['HttpOnly', 'Path=/', 'SameSite=Strict'])
    expect(JSON.stringify(answer.json)).not.toContain(session)
    expect(answer.json).toMatchObject({ principalId: person.principalId, csrfToken: expect.stringMatching(/^\w{64}$/) })
    const secret = session.split('_').slice(3).join('_')
    expect(JSON.stringify(unwrap(await h.admin.keys.list({})))).not.toContain(secret)
    expect(JSON.stringify(unwrap(await h.admin.events.list({ limit: 200 })))).not.toContain(secret)
  })

  test('over TLS, also behind a proxy, the cookie is Secure and bound to this host', async () => {
    const request = (url: string, origin: string) =>
      new Request(`${url}/v1/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin },
        body: JSON.stringify({ key: person.key }),
      })
    for (const [url, seen] of [
      ['https://mc.test', {}],
      ['http://mc.test', { isSecure: true }],
    ] as const) {
      const response = await h.handler(request(url, 'https://mc.test'), seen)
      const cookie = response.headers.get('set-cookie') ?? ''
      expect(cookie).toMatch(/^__Host-mc_session=/)
      expect(cookie).toContain('; Secure')
      // The name of plain connections is not read there: anybody near could have set it.
      const plain = cookie.split(';')[0]?.replace('__Host-', '') ?? ''
      const again = new Request(`${url}/v1/session`, { headers: { cookie: plain } })
      expect((await h.handler(again, seen)).status).toBe(401)
    }
  })

  test('takes the full key of a person, and nothing else', async () => {
    const ceiling = {
      projectId: h.projectId,
      roles: ['INTERN' as const],
      budgetDailyMicros: 1,
      budgetPerRunMicros: 1,
      uses: 9,
    }
    const issue = async (extra: object) =>
      unwrap(await h.admin.keys.issue({ principalId: person.principalId, ...extra })).key
    const { cookie } = await openPage()
    const agent = await h.agent({ role: 'LEAD' })
    expect(await signIn(agent.key)).toMatchObject({ status: 403, json: { code: 'FORBIDDEN' } })
    expect((await signIn(await issue({ scope: 'metrics.read' }))).status).toBe(403)
    expect((await signIn(await issue({ kind: 'ENROLLMENT', ceiling }))).status).toBe(403)
    // A session opened with a session would outlive every limit.
    expect((await signIn(cookie.split('=')[1])).status).toBe(403)
    for (const key of [undefined, null, 7, '', 'x'.repeat(600), { a: 1 }]) {
      expect([400, 401], String(key)).toContain((await signIn(key)).status)
    }
    const both = await h.ask('POST', '/v1/session', { body: { key: person.key } })
    expect(both).toMatchObject({ status: 400, json: { errors: [{ field: 'authorization' }] } })
    const extra = await h.ask('POST', '/v1/session', { key: null, body: { key: person.key, actor: 'me' } })
    expect(extra.status).toBe(400)
    expect(unwrap(await h.admin.keys.list({})).data.filter(({ kind }) => kind === 'SESSION')).toHaveLength(1)
  })

  test('is no business of pages of other origins', async () => {
    for (const headers of [{ origin: 'https://evil.test' }, { origin: 'null' }, { 'sec-fetch-site': 'cross-site' }]) {
      expect((await signIn(person.key, headers as never)).status, JSON.stringify(headers)).toBe(403)
    }
    for (const headers of [{ origin: NAMED }, { 'sec-fetch-site': 'same-origin' }, {}]) {
      expect((await signIn(person.key, headers as never)).status, JSON.stringify(headers)).toBe(201)
    }
  })

  test('R-52: is limited per person, and guesses per address', async () => {
    for (let count = 0; count < 5; count++) await openPage()
    expect(await signIn(person.key)).toMatchObject({ status: 429, json: { code: 'RATE_LIMITED' } })
    const other = await newPerson()
    const guess = (key: string) =>
      h.handler(h.request('POST', '/v1/session', { key: null, body: { key } }), { address: '192.0.2.7' })
    for (let count = 0; count < 3; count++) expect((await guess(`${other.key.slice(0, -3)}abc`)).status).toBe(401)
    expect((await guess(other.key)).status).toBe(429)
  })

  test('ends the session that the browser had, so that two people do not share one', async () => {
    const first = await openPage()
    const second = await newPerson()
    const { cookie } = first
    expect((await signIn(second.key, { origin: ORIGIN, cookie })).status).toBe(201)
    expect((await ask(first, 'GET', 'P/tasks')).status).toBe(401)
  })
})

describe('a session', () => {
  test('has the rights of its person, on every face', async () => {
    const page = await openPage()
    const created = await createTask(page)
    expect(created).toMatchObject({ status: 201, json: { createdBy: expect.anything() } })
    const [event] = unwrap(await h.admin.events.list({ newestFirst: true, limit: 1 })).data
    expect(event?.actor).toMatchObject({ kind: 'HUMAN', id: person.principalId })
    expect((await ask(page, 'GET', '/health/metrics')).status).toBe(200)
    expect((await ask(page, 'GET', '/v1/keys')).status).toBe(403)
    expect(await ask(page, 'GET', '/v1/session')).toMatchObject({ status: 200, json: { csrfToken: page.csrf } })
  })

  test.each([
    ['no token', { 'x-csrf-token': '' }],
    ['a token of another session', { 'x-csrf-token': 'a'.repeat(64) }],
    ['another origin', { origin: 'https://evil.test' }],
    ['a neighbour that is not named', { origin: 'http://other.mc.test', 'sec-fetch-site': 'same-site' }],
    ['an opaque origin', { origin: 'null' }],
    ['the same host without its port', { origin: 'http://mc.test:8080' }],
    ['a page of another site that hides its origin', { origin: '', 'sec-fetch-site': 'cross-site' }],
  ])('changes nothing with %s', async (_, headers) => {
    const page = await openPage()
    expect(await createTask(page, headers)).toMatchObject({ status: 403, json: { code: 'FORBIDDEN' } })
    expect(await tasks()).toBe(0)
  })

  test('changes nothing when it does not say which page asks', async () => {
    const { cookie, csrf } = await openPage()
    const asked = { key: null, body: TASK, headers: { cookie, 'x-csrf-token': csrf, ...once() } }
    expect((await h.ask('POST', 'P/tasks', asked)).status).toBe(403)
    expect(await tasks()).toBe(0)
    const known = { ...asked, headers: { ...asked.headers, 'sec-fetch-site': 'same-origin' } }
    expect((await h.ask('POST', 'P/tasks', known)).status).toBe(201)
  })

  test('works from an origin that the host names, and reads from no other site', async () => {
    const page = await openPage()
    expect((await createTask(page, { origin: NAMED, 'sec-fetch-site': 'same-site' })).status).toBe(201)
    expect((await ask(page, 'GET', 'P/tasks', { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    expect((await ask(page, 'GET', 'P/tasks', { origin: 'https://evil.test' })).status).toBe(403)
  })

  test('comes alone, once, and in its place', async () => {
    const page = await openPage()
    const session = page.cookie.split('=')[1] ?? ''
    const read = (headers: Record<string, string>, key: string | null = null) =>
      h.ask('GET', 'P/tasks', { key, headers })
    expect((await read({ cookie: page.cookie }, person.key)).status).toBe(400)
    expect((await read({ cookie: `${page.cookie}; ${page.cookie}` })).status).toBe(400)
    expect((await read({}, session)).status).toBe(401)
    expect((await read({ cookie: `mc_session=${person.key}` })).status).toBe(401)
    expect((await read({ cookie: `theme=dark; ${page.cookie}; lang=de` })).status).toBe(200)
    expect((await read({ cookie: 'theme=dark' }, person.key)).status).toBe(200)
    expect((await read({ cookie: `mc_session=${'x'.repeat(300)}` })).status).toBe(400)
  })

  test('R-01: forged ones of every length open nothing, and the browser is told to forget them', async () => {
    const { cookie } = await openPage()
    for (let length = 12; length < cookie.length; length += 7) {
      const forged = await h.ask('GET', 'P/tasks', { key: null, headers: { cookie: cookie.slice(0, length) } })
      expect(forged.status).toBe(401)
      expect(forged.headers.get('set-cookie')).toMatch(/^mc_session=; .*Max-Age=0$/)
    }
  })
})

describe('a session ends', () => {
  const isOpen = async (page: Page) => (await ask(page, 'GET', '/v1/session')).status === 200

  test('R-09: when its person signs out, and then opens nothing', async () => {
    const page = await openPage()
    expect((await h.ask('DELETE', '/v1/session', { key: null, headers: { cookie: page.cookie } })).status).toBe(403)
    const out = await ask(page, 'DELETE', '/v1/session')
    expect(out).toMatchObject({ status: 200, json: { status: 'REVOKED' } })
    expect(out.headers.get('set-cookie')).toMatch(/^mc_session=; .*Max-Age=0$/)
    expect(await isOpen(page)).toBe(false)
    expect((await createTask(page)).status).toBe(401)
    expect((await h.ask('DELETE', '/v1/session')).status).toBe(404)
  })

  test('R-09: with the key that it was opened with, whether that is revoked or its overlap ends', async () => {
    const first = await openPage()
    const rotated = unwrap(await h.admin.keys.rotate({ credentialId: person.keyId, overlapMs: MINUTE_MS }))
    expect(await isOpen(first)).toBe(true)
    const second = await openPage(rotated.key)
    h.clock.advance(MINUTE_MS)
    expect([await isOpen(first), await isOpen(second)]).toEqual([false, true])
    unwrap(await h.admin.keys.revoke({ credentialId: rotated.credentialId }))
    expect(await isOpen(second)).toBe(false)
  })

  test('R-09: after 30 minutes without use, however many streams are open', async () => {
    const page = await openPage()
    for (let count = 0; count < 4; count++) {
      h.clock.advance(29 * MINUTE_MS)
      expect(await isOpen(page)).toBe(true)
    }
    const response = await h.handler(
      h.request('GET', 'P/events/stream?after=now', { key: null, headers: { cookie: page.cookie } }),
    )
    const stream = readStream(response)
    h.clock.advance(29 * MINUTE_MS)
    await new Promise((resolve) => setTimeout(resolve, 100))
    h.clock.advance(MINUTE_MS)
    expect(await stream.next()).toBeNull()
    expect(await isOpen(page)).toBe(false)
  })

  test('R-09: after 12 hours, however much it is used, and it cannot be renewed', async () => {
    const page = await openPage()
    const renewed = await ask(page, 'POST', `/v1/keys/${page.credentialId}/rotate`, {}, {})
    expect(renewed).toMatchObject({ status: 403, json: { code: 'FORBIDDEN' } })
    for (let count = 0; count < 35; count++) {
      h.clock.advance(20 * MINUTE_MS)
      expect(await isOpen(page), String(count)).toBe(true)
    }
    h.clock.advance(20 * MINUTE_MS)
    expect(await isOpen(page)).toBe(false)
  })

  test('R-09: and an open stream with it, within the time of a recheck', async () => {
    const page = await openPage()
    const response = await h.handler(
      h.request('GET', 'P/events/stream?after=now', { key: null, headers: { cookie: page.cookie } }),
    )
    expect(response.status).toBe(200)
    const stream = readStream(response)
    unwrap(await h.admin.keys.revoke({ credentialId: person.keyId }))
    expect(await stream.next()).toBeNull()
  })

  test('from another browser of the same person, who sees only their own', async () => {
    const here = await openPage()
    const there = await openPage()
    await openPage((await newPerson()).key)
    const listed = await ask(here, 'GET', '/v1/sessions')
    const ids = listed.json.data.map(({ credentialId }: { credentialId: string }) => credentialId)
    expect(ids.sort()).toEqual([here.credentialId, there.credentialId].sort())
    expect((await ask(here, 'POST', `/v1/keys/${there.credentialId}/revoke`, {}, {})).status).toBe(200)
    expect([await isOpen(here), await isOpen(there)]).toEqual([true, false])
    expect((await ask(here, 'GET', '/v1/sessions')).json.data).toHaveLength(1)
    h.clock.advance(31 * MINUTE_MS)
    expect((await h.ask('GET', '/v1/sessions', { key: person.key })).json.data).toEqual([])
  })
})
