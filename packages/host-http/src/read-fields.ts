import type { Outcome } from '@mission-control/core'
import type { FieldKind } from './operations.ts'
import { invalid } from './refuse.ts'

const INTEGER = /^-?\d{1,16}$/

/**
 * Turns text of a path or query into what the field wants. Text that does not fit stays text: the schema of the
 * operation refuses it, in the same words as everywhere.
 */
export function fromText(text: string, kind: FieldKind): unknown {
  if (kind === 'integer' && INTEGER.test(text)) return Number(text)
  if (kind === 'boolean' && (text === 'true' || text === 'false')) return text === 'true'
  return text
}

/** Reads the query of a URL. Only lists may repeat, or have commas; unknown names go through to be refused by name. */
export function readQuery(
  query: URLSearchParams,
  kinds: ReadonlyMap<string, FieldKind>,
): Outcome<Record<string, unknown>> {
  const fields: Record<string, unknown> = Object.create(null)
  for (const name of new Set(query.keys())) {
    const values = query.getAll(name)
    const kind = kinds.get(name) ?? 'text'
    if (kind === 'list') fields[name] = values.flatMap((value) => value.split(','))
    else if (values.length === 1) fields[name] = fromText(values[0] ?? '', kind)
    else return invalid('a query field is given twice', [{ field: name, message: 'must be given once' }])
  }
  return { ok: true, data: { ...fields } }
}

/** Joins what the path says with the rest. Nobody may say twice where a request goes. */
export function withPathFields(
  rest: Record<string, unknown>,
  path: Readonly<Record<string, unknown>>,
): Outcome<Record<string, unknown>> {
  const twice = Object.keys(path).filter((name) => Object.hasOwn(rest, name))
  if (twice.length === 0) return { ok: true, data: { ...rest, ...path } }
  return invalid(
    'what the path says is not said again',
    twice.map((field) => ({ field, message: 'is given by the path' })),
  )
}
