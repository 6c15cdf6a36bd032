import { CODES, OPERATIONS } from '@mission-control/core'
import { validate } from '@readme/openapi-parser'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ANSWERS } from '../../src/openapi/answers.ts'
import { type OpenApiDocument, openApiDocument } from '../../src/openapi/document.ts'
import { HOST_PATHS } from '../../src/openapi/host-paths.ts'
import { fieldsOf, operationOf } from '../../src/operations.ts'
import { pathFields, ROUTES } from '../../src/routes/index.ts'
import { permissionOf } from '../../src/routes/route.ts'
import { createHttpHarness, type HttpHarness } from './http-harness.ts'

let h: HttpHarness
let served: OpenApiDocument
beforeAll(async () => {
  h = await createHttpHarness()
  served = (await h.ask('GET', '/openapi.json', { key: null })).json
})
afterAll(() => h.close())

const written = openApiDocument()
const operations = Object.entries(written.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
)

describe('the document', () => {
  test('is OpenAPI 3.1, says the validator of the trade', async () => {
    const verdict = await validate(JSON.parse(JSON.stringify(written)))
    expect(verdict).toMatchObject({ valid: true, specification: 'OpenAPI' })
  })

  test('is what anybody may read, with or without a key', () => {
    expect(served).toEqual(JSON.parse(JSON.stringify(written)))
  })

  test('has every route and nothing else', () => {
    const said = operations.map(({ method, path }) => `${method} ${path}`).sort()
    const routed = ROUTES.map(({ method, path }) => `${method} ${path}`)
    const ofHost = HOST_PATHS.map(({ method, path }) => `${method.toUpperCase()} ${path}`)
    expect(said).toEqual([...routed, ...ofHost].sort())
  })

  test('names each operation once, and says what the registry says of it', () => {
    const ids = operations.map(({ operation }) => operation.operationId)
    expect(ids).toHaveLength(new Set(ids).size)
    for (const route of ROUTES) {
      const operation = OPERATIONS.get(route.operation)
      if (operation === undefined) throw new Error(route.operation)
      const facts = operation.type === 'command' ? operation.command : operation.query
      const said = written.paths[route.path]?.[route.method.toLowerCase()]
      expect(said?.operationId.startsWith(route.operation), route.path).toBe(true)
      expect(said).toMatchObject({ summary: facts.summary, 'x-permission': permissionOf(operation) })
      expect(Object.keys(said?.responses ?? {})).toEqual([String(route.successStatus), 'default'])
    }
  })

  test('asks for exactly the headers that the host asks for', () => {
    for (const route of ROUTES) {
      const said = written.paths[route.path]?.[route.method.toLowerCase()]
      const headers = said?.parameters.filter((one) => one.in === 'header' && one.required).map(({ name }) => name)
      expect(headers, `${route.method} ${route.path}`).toEqual([
        ...(route.idempotencyKey === 'required' ? ['Idempotency-Key'] : []),
        ...(route.ifMatch === 'required' ? ['If-Match'] : []),
      ])
    }
  })

  test('puts every field of an input into path, query, header or body, once', () => {
    for (const route of ROUTES) {
      const said = written.paths[route.path]?.[route.method.toLowerCase()]
      const inPath = said?.parameters.filter((one) => one.in === 'path').map(({ name }) => name)
      expect(inPath).toEqual(pathFields(route.path))
      const body = (said?.requestBody as { content: Record<string, { schema: { properties: object } }> } | undefined)
        ?.content['application/json']?.schema.properties
      const fields = fieldsOf(operationOf(route.operation))
      const places = [
        ...(inPath ?? []).filter((name) => fields.has(name)),
        ...(said?.parameters ?? []).filter((one) => one.in === 'query').map(({ name }) => name),
        ...Object.keys(body ?? {}),
        ...(route.ifMatch === 'required' ? ['expectedVersion'] : []),
      ].sort()
      expect(places, `${route.method} ${route.path}`).toEqual([...fields.keys()].sort())
    }
  })

  test('points at nothing outside of itself, and never at a digest', () => {
    const text = JSON.stringify(written)
    expect(text).not.toContain('$defs')
    expect(text).not.toContain('secretHash')
    for (const [, name] of text.matchAll(/"\$ref":"#\/components\/\w+\/(\w+)"/g)) {
      expect({ ...written.components.schemas, ...written.components.responses }).toHaveProperty(name ?? '')
    }
    expect(text.match(/"\$ref":"(?!#\/components\/)/)).toBeNull()
  })

  test('describes answers of operations that exist', () => {
    expect(Object.keys(ANSWERS).filter((name) => !OPERATIONS.has(name))).toEqual([])
  })
})

describe('the reference', () => {
  test('shows every operation, and needs nothing but this host and no script', async () => {
    const page = await h.ask('GET', '/docs', { key: null })
    expect(page.status).toBe(200)
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
    const html: string = page.json
    for (const { operation } of operations) expect(html).toContain(`id="${operation.operationId}"`)
    expect(html).not.toMatch(/<script|style="|https?:\/\//)
    expect((await h.ask('GET', '/docs/style.css', { key: null })).headers.get('content-type')).toContain('text/css')
    for (const [, target] of html.matchAll(/href="#([^"]+)"/g)) expect(html).toContain(`id="${target}"`)
  })

  test('explains every code to programs and to people', async () => {
    const all = await h.ask('GET', '/docs/errors', { key: null })
    for (const code of Object.keys(CODES)) {
      expect(all.json).toContain(code)
      const page = await h.ask('GET', `/docs/errors/${code}`, { key: null, headers: { accept: 'text/html' } })
      expect(page.json).toContain(`<h1>${code}</h1>`)
      expect((await h.ask('GET', `/docs/errors/${code}`, { key: null })).json).toContain(`# ${code}`)
    }
    const none = await h.ask('GET', '/docs/errors/<b>', { key: null, headers: { accept: 'text/html' } })
    expect(none).toMatchObject({ status: 404, json: { code: 'NOT_FOUND' } })
  })
})
