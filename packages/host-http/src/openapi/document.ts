import { RECORDS } from '@mission-control/core'
import type { z } from 'zod'
import { ROUTES } from '../routes/index.ts'
import { answerComponents } from './answer-schema.ts'
import { shownKinds } from './answers.ts'
import { HOST_PATHS } from './host-paths.ts'
import { type JsonSchema, jsonSchemaOf } from './json-schema.ts'
import { type OperationObject, operationObject, TAGS, tagOf } from './operation.ts'
import { problemSchema } from './problem-schema.ts'
import { SECURITY_SCHEMES, securityOf } from './security.ts'

/** What this host answers, as OpenAPI 3.1. */
export interface OpenApiDocument {
  readonly openapi: '3.1.0'
  readonly info: JsonSchema
  readonly servers: readonly JsonSchema[]
  readonly tags: readonly { readonly name: string; readonly description: string }[]
  readonly security: readonly JsonSchema[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>
    readonly securitySchemes: Readonly<Record<string, JsonSchema>>
    readonly responses: Readonly<Record<string, JsonSchema>>
  }
}

/** The version of the contract, not of the software: it changes with what callers can rely on. */
const API_VERSION = '1.0.0'

const DESCRIPTION = `Makes a squad of AI agents governable: who may work on what, which action needs a human, what everything costs.

Send \`Authorization: Bearer mc_live_…\`; pages in a browser sign in instead. Where the reference says so, a request needs an \`Idempotency-Key\` (repeat it with
the same key and it has one effect), or \`If-Match\` with the version from \`ETag\`. Lists are read page by page: follow
\`Link: rel="next"\`. Every no is \`application/problem+json\` with a stable \`code\`. Amounts are whole micro-USD, times are
milliseconds since 1970.`

/** Writes the document from the route table and the validators; nothing in it is written twice. */
export function openApiDocument(): OpenApiDocument {
  const paths: Record<string, Record<string, OperationObject>> = {}
  for (const route of ROUTES) {
    const path = paths[route.path] ?? {}
    paths[route.path] = path
    path[route.method.toLowerCase()] = operationObject(route)
  }
  for (const { path, method, operation } of HOST_PATHS) {
    paths[path] = { ...paths[path], [method]: { security: securityOf(method), ...operation } }
  }
  const used = new Set([...ROUTES.map(tagOf), ...HOST_PATHS.flatMap(({ operation }) => operation.tags)])
  return {
    openapi: '3.1.0',
    info: {
      title: 'Mission Control',
      version: API_VERSION,
      description: DESCRIPTION,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/', description: 'The host that served this document.' }],
    tags: TAGS.filter(({ name }) => used.has(name)),
    security: securityOf('get'),
    paths,
    components: {
      schemas: { ...recordSchemas(), ...answerComponents(), Problem: problemSchema() },
      securitySchemes: SECURITY_SCHEMES,
      responses: {
        Problem: {
          description: 'A refusal. `code` says which; `hint` says what to do.',
          content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      },
    },
  }
}

/** The rows that answers show; others, such as keys, stay inside. */
function recordSchemas(): Record<string, JsonSchema> {
  return Object.fromEntries(
    [...shownKinds()].sort().map((kind) => [kind, jsonSchemaOf(RECORDS[kind] as z.ZodType, 'output')]),
  )
}
