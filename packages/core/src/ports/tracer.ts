/** What is known of a piece of work: names, ids and numbers. Nothing that a caller wrote, and nothing secret. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>

export interface SpanStart {
  /** One of few: it groups what is alike, so no ids are in it. */
  readonly name: string
  /** Whether somebody outside asked for it (SERVER), somebody outside is asked (CLIENT), or neither. */
  readonly kind: 'SERVER' | 'CLIENT' | 'INTERNAL'
  readonly attributes: SpanAttributes
  /** W3C trace context of whoever asked; what is under way here already belongs to it, or is the parent where there is none. */
  readonly traceparent: string | null
}

/** A piece of work while it goes on. */
export interface Span {
  /** W3C trace context of this very piece, for whoever is asked next; null where nothing is traced. */
  readonly traceparent: string | null
  rename(name: string): void
  note(attributes: SpanAttributes): void
  /** It did not do what was asked; `code` says why, in one of few words. */
  fail(code: string): void
}

/**
 * Watches the work of this host as spans of a trace: `openTelemetry()` of `@mission-control/host-http/opentelemetry`, or
 * a tracer of yours. It must neither throw nor change what the work gives.
 */
export interface Tracer {
  /** Does the work once and gives what it gives. Work that it begins in turn becomes part of this span. */
  within<T>(start: SpanStart, work: (span: Span) => Promise<T>): Promise<T>
}
