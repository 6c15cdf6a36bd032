import { fieldsOf, operationOf } from '../../src/operations.ts'
import { pathFields, ROUTES } from '../../src/routes/index.ts'
import type { Route } from '../../src/routes/route.ts'
import { createHttpHarness } from './http-harness.ts'

/** One answer may take this long, on a busy machine as well. */
const HANG_MS = 5_000
const FAULTS_MAX = 5

export interface Fuzz {
  /** Sends requests for so long; tells each that broke the host, with what was sent. */
  run(ms: number): Promise<{ requests: number; faults: string[] }>
  close(): Promise<void>
}

/** Mulberry32: the same seed gives the same requests. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const TEXTS = [
  ...[
    '',
    ' ',
    'none',
    'me',
    '-',
    '..',
    '.',
    '%',
    '%00',
    '%ff',
    '\u0000',
    '\ud800',
    '\u202e',
    '𝕏',
    "' or 1=1 --",
    '{{7*7}}',
  ],
  ...['__proto__', 'constructor', 'toString', '/etc/passwd', '../../x', '<script>', '=cmd()', 'null', 'true', '1e999'],
  ...['9007199254740993', '-0', 'NaN', 'x'.repeat(300), 'x'.repeat(70_000), '\r\nx-evil: 1', '"1"', '*', 'W/"1"'],
]
const JSONS = [
  '',
  '{',
  '[]',
  'null',
  '"x"',
  '{"a":1,"a":2}',
  '{"__proto__":{}}',
  '['.repeat(5000),
  '{"a":1e999}',
  '\ufeff{}',
]
const HEADERS = [
  ...['if-match', 'idempotency-key', 'content-type', 'content-encoding', 'accept-encoding', 'traceparent', 'origin'],
  ...['x-mc-otp', 'mc-act-for', 'last-event-id', 'x-request-id', 'cookie', 'x-http-method-override', 'x-forwarded-for'],
]

const FIELDS = new Map(ROUTES.map(({ operation }) => [operation, [...fieldsOf(operationOf(operation)).keys()]]))

/** A host in memory, and a stream of requests that nobody sane would send. */
export async function createFuzz(seed: number): Promise<Fuzz> {
  const open = Number.POSITIVE_INFINITY
  const h = await createHttpHarness({
    readsPerMinuteMax: open,
    tasksPerMinuteMax: open,
    reportsPerMinuteMax: open,
    gatesPerMinuteMax: open,
    decisionsPerMinuteMax: open,
  })
  const agent = await h.agent()
  const random = randomOf(seed)
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T
  const known = [h.projectId, agent.id, 'test']

  const value = (depth = 0): unknown => {
    const kind = Math.floor(random() * (depth > 3 ? 5 : 7))
    if (kind === 0) return pick(TEXTS)
    if (kind === 1) return pick([0, -1, 1, 1.5, Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER, 1e21])
    if (kind === 2) return pick([null, true, false])
    if (kind === 3) return pick(known)
    if (kind === 4) return pick(['INBOX', 'DONE', 'ADMIN', 'ALL', 'PAUSE', 'TASK', 'USD'])
    if (kind === 5) return Array.from({ length: Math.floor(random() * 4) }, () => value(depth + 1))
    return Object.fromEntries(Array.from({ length: Math.floor(random() * 4) }, () => [pick(TEXTS), value(depth + 1)]))
  }

  const bodyOf = (fields: readonly string[]): string => {
    if (random() < 0.2) return pick(JSONS)
    const body = Object.fromEntries(fields.filter(() => random() < 0.6).map((name) => [name, value()]))
    return JSON.stringify(random() < 0.2 ? { ...body, [pick(TEXTS)]: value() } : body)
  }

  const request = (): { route: Route; request: Request; said: string } | null => {
    const route = pick(ROUTES)
    const path = pathFields(route.path).reduce<string>((filled, name) => {
      const text = name === 'projectId' && random() < 0.8 ? h.projectId : random() < 0.3 ? pick(known) : pick(TEXTS)
      return filled.replace(`{${name}}`, () => wellFormed(text))
    }, route.path)
    const fields = FIELDS.get(route.operation) ?? []
    const query =
      route.method === 'GET' && random() < 0.7
        ? `?${pick(fields.length > 0 ? fields : ['x'])}=${wellFormed(pick(TEXTS))}`
        : ''
    const headers = new Headers({ authorization: `Bearer ${pick([h.adminKey, agent.key])}` })
    if (random() < 0.8) headers.set('content-type', 'application/json')
    if (random() < 0.8) headers.set('idempotency-key', String(random()))
    if (random() < 0.8) headers.set('if-match', '*')
    try {
      if (random() < 0.3) headers.set(pick(HEADERS), pick(TEXTS))
      const text = route.method === 'GET' ? undefined : bodyOf(fields)
      const url = `http://mc.test${path}${query}`
      const sent = new Request(url, { method: route.method, headers, ...(text === undefined ? {} : { body: text }) })
      return { route, request: sent, said: `${route.method} ${path}${query} ${(text ?? '').slice(0, 500)}` }
    } catch {
      // The platform itself refuses to send such a header or address.
      return null
    }
  }

  return {
    async run(ms) {
      const until = performance.now() + ms
      const faults: string[] = []
      let requests = 0
      while (performance.now() < until && faults.length < FAULTS_MAX) {
        const next = request()
        if (next === null) continue
        requests++
        const beganAt = performance.now()
        const response = await h.handler(next.request)
        await response.text()
        if (response.status >= 500) faults.push(`${response.status} ${next.said}`)
        if (performance.now() - beganAt > HANG_MS) faults.push(`slow ${next.said}`)
      }
      const log = await h.mc.record.verify({ projectId: h.projectId }).catch((error: unknown) => String(error))
      if (typeof log === 'string') faults.push(log)
      return { requests, faults }
    },
    close: () => h.close(),
  }
}

function wellFormed(text: string): string {
  return encodeURIComponent(text.replaceAll(/[\ud800-\udfff]/g, '?'))
}
