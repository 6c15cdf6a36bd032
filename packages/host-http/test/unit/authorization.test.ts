import { unwrap } from '@mission-control/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { operationOf } from '../../src/operations.ts'
import { pathFields, ROUTES } from '../../src/routes/index.ts'
import { permissionOf, type Route } from '../../src/routes/route.ts'
import { createHttpHarness, type HttpHarness, once } from './http-harness.ts'

/** What each kind of caller holds, as the specification has it; written out here so that a change of the code shows. */
const ANY_AGENT = [
  ...['read', 'tasks.create', 'tasks.claim', 'tasks.work', 'runs.write', 'messages.post'],
  ...['approvals.request', 'documents.write', 'tasks.block', 'agents.spawn'],
]
const OPERATOR = [
  ...['read', 'tasks.create', 'tasks.claim', 'tasks.work', 'tasks.block', 'tasks.assign', 'tasks.manage', 'tasks.caps'],
  ...['messages.post', 'reviews.post', 'approvals.decide', 'disputes.decide', 'documents.write', 'agents.control'],
  ...['alerts.manage', 'export.read', 'metrics.read'],
]
const HELD: Readonly<Record<string, readonly string[] | 'all but runs.write'>> = {
  agent: ANY_AGENT,
  viewer: ['read'],
  operator: OPERATOR,
  admin: 'all but runs.write',
  // A person in a browser: the same rights as with the key, and nobody else has one.
  session: OPERATOR,
  monitor: ['metrics.read'],
  enrollment: [],
}
const KINDS = ['nobody', ...Object.keys(HELD)] as const

/** A right of the caller is not everything: these look at what is asked for, and are tested where their rules are. */
const LOOKS_CLOSER: readonly string[] = [
  ...['principals.enrollSecondFactor', 'keys.rotate', 'keys.revoke', 'agents.register', 'agents.heartbeat'],
  ...['agents.spawn', 'agents.retire', 'reviews.post', 'reviews.respond', 'budgets.set', 'approvals.decide'],
  ...['approvals.decideBatch', 'approvals.cancel', 'notifications.ack', 'executors.heartbeat', 'executions.request'],
  ...[
    'threads.ack',
    'executions.start',
    'executions.heartbeat',
    'executions.complete',
    'executions.fail',
    'executions.cancel',
  ],
]

let h: HttpHarness
const keys = new Map<string, string | null>([['nobody', null]])
let foreign: string
let page: Readonly<Record<string, string>>

beforeAll(async () => {
  const open = Number.POSITIVE_INFINITY
  h = await createHttpHarness({
    readsPerMinuteMax: open,
    tasksPerMinuteMax: open,
    reportsPerMinuteMax: open,
    gatesPerMinuteMax: open,
    decisionsPerMinuteMax: open,
  })
  foreign = unwrap(await h.admin.projects.create({ name: 'Foreign', slug: 'foreign' })).id
  const person = async (role: 'VIEWER' | 'OPERATOR' | 'ADMIN') =>
    unwrap(await h.admin.principals.create({ displayName: role, role, projectIds: [h.projectId] }))
  const admin = await person('ADMIN')
  const issue = async (extra: object) =>
    unwrap(await h.admin.keys.issue({ principalId: admin.principal.id, ...extra })).key
  const ceiling = { projectId: h.projectId, roles: ['INTERN'], budgetDailyMicros: 1, budgetPerRunMicros: 1, uses: 9 }
  keys.set('agent', (await h.agent()).key)
  keys.set('viewer', (await person('VIEWER')).key)
  keys.set('operator', (await person('OPERATOR')).key)
  const signedIn = await h.ask('POST', '/v1/session', { key: null, body: { key: keys.get('operator') } })
  const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? ''
  page = { cookie, origin: 'http://mc.test', 'x-csrf-token': signedIn.json.csrfToken }
  keys.set('admin', admin.key)
  keys.set('monitor', await issue({ scope: 'metrics.read' }))
  keys.set('enrollment', await issue({ kind: 'ENROLLMENT', ceiling }))
})
afterAll(() => h.close())

/** The same request for everybody: well-formed as far as the route table can tell, and of rows that are nowhere. */
function ask(route: Route, kind: string, projectId: string) {
  const path = pathFields(route.path).reduce<string>((filled, name) => {
    const value = name === 'projectId' || name === 'project' ? projectId : name === 'item' ? '0' : 'none'
    return filled.replace(`{${name}}`, value)
  }, route.path)
  return h.ask(route.method, path, {
    key: keys.get(kind) ?? null,
    ...(route.method === 'GET' ? {} : { body: {} }),
    headers: {
      ...(route.idempotencyKey === 'none' ? {} : once()),
      ...(route.ifMatch === 'required' ? { 'if-match': '"1"' } : {}),
      ...(kind === 'session' ? page : {}),
    },
  })
}

function holds(kind: string, permission: string): boolean {
  const held = HELD[kind]
  return held === 'all but runs.write' ? permission !== 'runs.write' : held?.includes(permission) === true
}

const isOfProject = (route: Route) => pathFields(route.path).some((name) => name === 'projectId' || name === 'project')

describe('R-01: each route, each kind of caller, the own project and a foreign one', () => {
  test('every route names its permission, or is among those that look closer', () => {
    const unnamed = ROUTES.filter(({ operation }) => permissionOf(operationOf(operation)) === null)
      .map(({ operation }) => operation)
      .filter((operation) => !operation.startsWith('telegram.') && !operation.startsWith('notifications.'))
    expect(unnamed.filter((operation) => !LOOKS_CLOSER.includes(operation))).toEqual([])
  })

  test.each(ROUTES.map((route) => [`${route.method} ${route.path}`, route] as const))('%s', async (_, route) => {
    const permission = permissionOf(operationOf(route.operation))
    for (const kind of KINDS) {
      const own = await ask(route, kind, h.projectId)
      const said = `${kind}: ${own.status} ${own.json.code ?? ''} ${own.json.detail ?? ''}`
      expect(own.status, said).toBeLessThan(500)
      if (kind === 'nobody') {
        expect(own.status, said).toBe(401)
        continue
      }
      // What is wrong with the input is said first; the point is that nobody gets further than they may.
      const isStopped = [400, 403, 404].includes(own.status)
      if (permission !== null && !holds(kind, permission)) expect(isStopped, said).toBe(true)
      if (isOfProject(route)) {
        const other = await ask(route, kind, foreign)
        expect([400, 403, 404], `${kind} in a foreign project: ${other.status}`).toContain(other.status)
        expect(JSON.stringify(other.json)).not.toContain('"slug":"foreign"')
      }
    }
  })

  test('reads are exactly for those who hold their permission', async () => {
    const wrong: string[] = []
    const reads = ROUTES.filter(({ path, method }) => method === 'GET' && /^[^{]*(\{projectId\}[^{]*)?$/.test(path))
    for (const route of reads) {
      const permission = permissionOf(operationOf(route.operation))
      if (permission === null) continue
      for (const kind of Object.keys(HELD)) {
        const { status } = await ask(route, kind, h.projectId)
        const mayNot = status === 403
        if (status !== 400 && mayNot === holds(kind, permission) && !(kind === 'admin' && mayNot)) {
          wrong.push(`${kind} ${route.path}: ${status}`)
        }
      }
    }
    expect(wrong).toEqual([])
  })

  test('R-01: forged keys of every length open nothing', async () => {
    const [prefix = '', , keyId = '', secret = ''] = h.adminKey.split('_')
    for (let length = 0; length <= secret.length + 40; length += 3) {
      const forged = `${prefix}_live_${keyId}_${secret.slice(0, length).padEnd(length, 'x')}`
      if (forged === h.adminKey) continue
      expect((await h.ask('GET', 'P/tasks', { key: forged })).status, String(length)).toBe(401)
    }
    for (const key of [keyId, secret, `mc_live_${secret}_${keyId}`, h.adminKey.toUpperCase(), `${h.adminKey}x`]) {
      expect((await h.ask('GET', 'P/tasks', { key })).status).toBe(401)
    }
  })

  test('R-11: neither key nor digest is shown by any list, export or event', async () => {
    const secrets = [...keys.values()].flatMap((key) => (key === null ? [] : [key.split('_').slice(3).join('_')]))
    for (const route of ROUTES.filter(({ method }) => method === 'GET')) {
      const text = JSON.stringify((await ask(route, 'admin', h.projectId)).json)
      for (const secret of secrets) expect(text.includes(secret), route.path).toBe(false)
      expect(text, route.path).not.toContain('secretHash')
    }
  })
})
