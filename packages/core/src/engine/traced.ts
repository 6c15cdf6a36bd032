import { isMissionControlError } from '../errors.ts'
import type { Outcome } from '../model/refusal.ts'
import type { Storage } from '../ports/storage.ts'
import type { Span, Tracer } from '../ports/tracer.ts'
import type { Transport } from '../ports/transport.ts'
import { answeredAttributes, askedAttributes } from '../rules/span-attributes.ts'

/**
 * A transport of which each operation is a span, named as the operation is. A refusal fails its span with its code, and
 * so does a fault. Events carry the trace context of the span that caused them.
 */
export function tracedTransport(transport: Transport, tracer: Tracer, agentId: string | null): Transport {
  return {
    send: (name, input, context) => {
      const attributes = askedAttributes(name, input, agentId)
      const traceparent = context.traceparent ?? null
      return tracer.within({ name, kind: 'INTERNAL', attributes, traceparent }, (span) =>
        failing(span, async () => {
          const outcome = await transport.send(name, input, {
            ...context,
            ...(span.traceparent === null ? {} : { traceparent: span.traceparent }),
            onReplay: () => {
              span.note({ 'mission_control.is_replay': true })
              context.onReplay?.()
            },
          })
          noteOutcome(span, name, outcome)
          return outcome
        }),
      )
    },
    subscribe: (request) => transport.subscribe(request),
  }
}

function noteOutcome(span: Span, name: string, outcome: Outcome<unknown>): void {
  span.note(answeredAttributes(name, outcome))
  if (!outcome.ok) span.fail(outcome.error.code)
}

/** The store as commands and reads see it: each look and each commit is a span of the operation that waits for it. */
export function tracedStorage(storage: Storage, tracer: Tracer): Storage {
  const within = <T>(operation: string, work: () => Promise<T>): Promise<T> =>
    tracer.within(
      {
        name: `store.${operation}`,
        kind: 'CLIENT',
        attributes: {
          'db.operation.name': operation,
          ...(storage.system === undefined ? {} : { 'db.system.name': storage.system }),
        },
        traceparent: null,
      },
      (span) => failing(span, work),
    )
  return {
    ...(storage.system === undefined ? {} : { system: storage.system }),
    load: (scope) => within('load', () => storage.load(scope)),
    commit: (commit) => within('commit', () => storage.commit(commit)),
    readEvents: (request) => storage.readEvents(request),
    readUnsealed: (limit) => storage.readUnsealed(limit),
    seal: (request) => storage.seal(request),
    snapshot: (take) => storage.snapshot(take),
    restore: (rows) => storage.restore(rows),
    onCommit: (listener) => storage.onCommit(listener),
    queries: storage.queries,
    close: () => storage.close(),
  }
}

/** One round of what the clock drives, as one trace of its own; its commands are the parts. */
export function tracedRound<T>(tracer: Tracer | undefined, name: string, round: () => Promise<T>): () => Promise<T> {
  if (tracer === undefined) return round
  const start = { name, kind: 'INTERNAL', attributes: {}, traceparent: null } as const
  return () => tracer.within(start, (span) => failing(span, round))
}

/** Says on the span what code a fault has; what it says beside that may be anything, and stays out. */
async function failing<T>(span: Span, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (fault) {
    span.fail(isMissionControlError(fault) ? fault.code : 'INTERNAL')
    throw fault
  }
}
