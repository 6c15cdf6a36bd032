import { createTestHarness, type TestHarness, type TestHarnessOptions } from '@mission-control/testing'
import { createHttpHandler, type HttpHandler, type HttpLimits } from '../../src/index.ts'
import { answerValidator } from '../../src/openapi/answer-schema.ts'
import { ROUTES } from '../../src/routes/index.ts'

export interface Asked {
  readonly key?: string | null
  readonly body?: unknown
  /** Sent as it is, in place of `body`. */
  readonly text?: string | Uint8Array
  readonly headers?: Readonly<Record<string, string>>
}

/** An answer with its body read. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly json: any
}

/** What a test may settle beside the limits. */
export type HandlerOptions = Omit<Parameters<typeof createHttpHandler>[0], 'missionControl' | 'limits'>

export interface HttpHarness extends TestHarness {
  readonly handler: HttpHandler
  /** Asks the handler; `P` at the start of the path stands for the project of the test. */
  ask(method: string, path: string, asked?: Asked): Promise<Answer>
  request(method: string, path: string, asked?: Asked): Request
}

/** A Mission Control in memory behind the HTTP handler. Requests carry the key of the first ADMIN unless told otherwise. */
export async function createHttpHarness(
  limits: Partial<HttpLimits> = {},
  options: TestHarnessOptions = {},
  settings: HandlerOptions = {},
): Promise<HttpHarness> {
  const harness = await createTestHarness(options)
  const handler = createHttpHandler({ missionControl: harness.mc, limits, ...settings })

  const request = (method: string, path: string, asked: Asked = {}): Request => {
    const key = asked.key === undefined ? harness.adminKey : asked.key
    const text = asked.text ?? (asked.body === undefined ? undefined : JSON.stringify(asked.body))
    return new Request(`http://mc.test${path.replace(/^P/, `/v1/projects/${harness.projectId}`)}`, {
      method,
      headers: {
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...(text === undefined ? {} : { 'content-type': 'application/json' }),
        ...asked.headers,
      },
      ...(text === undefined ? {} : { body: text as string }),
    })
  }

  return {
    ...harness,
    handler,
    request,
    ask: async (method, path, asked) => {
      const response = await handler(request(method, path, asked))
      const text = await response.text()
      const isJson = response.headers.get('content-type')?.includes('json') === true
      const json = isJson && text !== '' ? JSON.parse(text) : text
      if (response.ok && isJson) isAsDocumented(method, new URL(request(method, path).url).pathname, json)
      return { status: response.status, headers: response.headers, json }
    },
  }
}

const PATTERNS = ROUTES.map(({ method, path, operation }) => ({
  method,
  operation,
  pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
}))

/** Every answer that any test gets is compared with what the document says of it. */
function isAsDocumented(method: string, path: string, json: unknown): void {
  const route = PATTERNS.find((one) => one.method === method && one.pattern.test(path))
  if (route === undefined) return
  const verdict = answerValidator(route.operation).safeParse(json)
  if (!verdict.success)
    throw new Error(`${route.operation} answers otherwise than documented: ${verdict.error.message}`)
}

/** A key for one request. */
export function once(): Record<string, string> {
  return { 'idempotency-key': crypto.randomUUID() }
}

/** The input of a task that anybody may create. */
export const TASK = { title: 'Count the files', type: 'OPS' } as const

export type { TestHarness }
