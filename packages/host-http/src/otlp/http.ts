import type { MissionControlClient, Outcome } from '@mission-control/core'
import { z } from 'zod'
import type { HttpLimits } from '../limits.ts'
import { readBody } from '../read-body.ts'
import { invalid, refuse } from '../refuse.ts'
import { readTraces, SPANS_MAX, tracesSchema } from './read-traces.ts'
import { recordTrace, workerOf } from './record-traces.ts'

/** Where exporters send traces: the path that OTLP over HTTP has. */
export const TRACES_PATH = '/v1/traces'

/** As OTLP answers: what was not taken, and why. */
interface ExportAnswer {
  readonly partialSuccess?: { readonly rejectedSpans: number; readonly errorMessage: string }
}

/**
 * Takes spans in the JSON of OTLP. The calls of models among them become runs, lines of usage and entries of the
 * timeline of the agent whose key it is; every other span is accepted and means nothing here. Sent again, it counts
 * no second time: a span is a line by its id, a trace a run.
 */
export async function takeTraces(
  request: Request,
  client: MissionControlClient,
  limits: HttpLimits,
): Promise<Outcome<ExportAnswer>> {
  const worker = await workerOf(client)
  if (!worker.ok) return worker
  const body = await readBody(request, limits)
  if (!body.ok) return body
  const parsed = tracesSchema.safeParse(body.data)
  if (!parsed.success) {
    return invalid('these are not traces of OTLP', [
      { field: '(body)', message: z.prettifyError(parsed.error).slice(0, 500) },
    ])
  }
  const spans = parsed.data.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans))
  if (spans.length > SPANS_MAX) return refuse('PAYLOAD_TOO_LARGE', `a request has at most ${SPANS_MAX} spans`)
  const { traces, malformed } = readTraces(parsed.data)
  let rejected = malformed
  const reasons = malformed === 0 ? [] : ['a span without a traceId or spanId']
  for (const trace of traces) {
    const refused = await recordTrace(worker.data, trace)
    if (refused === null) continue
    rejected += Math.max(1, trace.calls.length)
    reasons.push(`${refused.code}: ${refused.detail}`)
  }
  if (rejected === 0) return { ok: true, data: {} }
  const errorMessage = [...new Set(reasons)].join('; ').slice(0, 1000)
  return { ok: true, data: { partialSuccess: { rejectedSpans: rejected, errorMessage } } }
}
