import { tokensFromUsage } from '@mission-control/core'
import { z } from 'zod'

/** Most spans of one request. */
export const SPANS_MAX = 2_000

/** What one call of a model used, as its span tells. */
export interface ModelCall {
  readonly spanId: string
  readonly provider: string | null
  readonly model: string
  readonly tokens: NonNullable<ReturnType<typeof tokensFromUsage>>
}

/** What one request tells of one trace. */
export interface Trace {
  readonly traceId: string
  /** Names of project, agent, task and run, as far as a span or its resource says them. */
  readonly names: Readonly<Partial<Record<TraceName, string>>>
  readonly calls: readonly ModelCall[]
  /** Whether the span that everything else belongs to has ended, and how. */
  readonly end: 'COMPLETED' | 'FAILED' | null
}

export interface ReadTraces {
  readonly traces: readonly Trace[]
  /** Spans that are none. */
  readonly malformed: number
}

const NAMES = { project: 1, agent: 1, task_id: 1, run_id: 1 } as const
export type TraceName = keyof typeof NAMES
const NAME_PREFIX = 'mission_control.'
const NAME_CHARS_MAX = 200

/** What calls a model; the spans around them repeat their sums, which must not count again. */
const MODEL_CALLS: ReadonlySet<unknown> = new Set(['chat', 'text_completion', 'generate_content', 'embeddings'])
const STATUS_ERROR: readonly unknown[] = [2, 'STATUS_CODE_ERROR']

const attribute = z.object({ key: z.string(), value: z.record(z.string(), z.unknown()).optional() })
const attributes = z.array(attribute).max(1000).default([])
const spanSchema = z.object({
  traceId: z.string().regex(/^(?!0{32})[0-9a-f]{32}$/i),
  spanId: z.string().regex(/^(?!0{16})[0-9a-f]{16}$/i),
  parentSpanId: z.string().default(''),
  attributes,
  status: z.object({ code: z.unknown() }).optional(),
})
export type Span = z.infer<typeof spanSchema>

export const tracesSchema = z.object({
  resourceSpans: z
    .array(
      z.object({
        resource: z.object({ attributes }).optional(),
        scopeSpans: z.array(z.object({ spans: z.array(z.unknown()).default([]) })).default([]),
      }),
    )
    .default([]),
})
export type Traces = z.infer<typeof tracesSchema>

/** Takes the traces of a request apart: which model calls each tells of, and whose work it was. */
export function readTraces({ resourceSpans }: Traces): ReadTraces {
  const traces = new Map<string, { names: Trace['names']; calls: ModelCall[]; end: Trace['end'] }>()
  let malformed = 0
  for (const { resource, scopeSpans } of resourceSpans) {
    const ofResource = namesOf(valuesOf(resource?.attributes ?? []))
    for (const raw of scopeSpans.flatMap(({ spans }) => spans)) {
      const parsed = spanSchema.safeParse(raw)
      const values = parsed.success ? valuesOf(parsed.data.attributes) : null
      if (!parsed.success || values === null) {
        malformed++
        continue
      }
      const { traceId, parentSpanId, status } = parsed.data
      const names = { ...ofResource, ...namesOf(values) }
      // One request may carry one trace for several agents; each is told of its own part.
      const key = JSON.stringify([traceId, names.project, names.agent, names.task_id, names.run_id])
      const trace = traces.get(key) ?? { names, calls: [], end: null }
      traces.set(key, trace)
      const call = modelCall(parsed.data, values)
      if (call !== null) trace.calls.push(call)
      if (parentSpanId === '') trace.end = STATUS_ERROR.includes(status?.code) ? 'FAILED' : 'COMPLETED'
    }
  }
  return {
    malformed,
    traces: [...traces].map(([key, trace]) => ({ ...trace, traceId: (JSON.parse(key) as string[])[0] ?? '' })),
  }
}

/** Attributes as plain values; a number of 64 bits is written as text. */
function valuesOf(given: Span['attributes']): ReadonlyMap<string, unknown> {
  return new Map(
    given.map(({ key, value = {} }) => {
      const { stringValue, intValue, doubleValue, boolValue } = value
      return [key, stringValue ?? (intValue === undefined ? (doubleValue ?? boolValue) : Number(intValue))]
    }),
  )
}

function namesOf(values: ReadonlyMap<string, unknown>): Trace['names'] {
  return Object.fromEntries(
    Object.keys(NAMES).flatMap((name) => {
      const value = values.get(`${NAME_PREFIX}${name}`)
      return typeof value === 'string' && value !== '' ? [[name, value.slice(0, NAME_CHARS_MAX)]] : []
    }),
  )
}

function textOf(values: ReadonlyMap<string, unknown>, ...names: readonly string[]): string | null {
  const found = names.map((name) => values.get(name)).find((value) => typeof value === 'string' && value.trim() !== '')
  return typeof found === 'string' ? found.trim().slice(0, NAME_CHARS_MAX) : null
}

function modelCall(span: Span, values: ReadonlyMap<string, unknown>): ModelCall | null {
  if (!MODEL_CALLS.has(values.get('gen_ai.operation.name') ?? 'chat')) return null
  const model = textOf(values, 'gen_ai.response.model', 'gen_ai.request.model')
  const tokens = tokensFromUsage('otel-genai', Object.fromEntries(values))
  if (model === null || tokens === null) return null
  const provider = textOf(values, 'gen_ai.provider.name', 'gen_ai.system')?.slice(0, 100) ?? null
  return { spanId: span.spanId.toLowerCase(), provider, model, tokens }
}
