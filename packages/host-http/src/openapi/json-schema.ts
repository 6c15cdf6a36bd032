import { z } from 'zod'

/** A schema of JSON Schema 2020-12, as far as this package writes it. */
export type JsonSchema = Readonly<Record<string, unknown>>

/** The JSON Schema of a validator, in a form that can stand anywhere in a document. */
export function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const written = z.toJSONSchema(schema, { io, unrepresentable: 'any', cycles: 'ref', reused: 'inline' })
  const { $schema: _, $defs: definitions, ...rest } = written as Record<string, unknown>
  return inlined(rest, (definitions ?? {}) as Record<string, unknown>, new Set()) as JsonSchema
}

const DEFINITION = '#/$defs/'

/**
 * Puts definitions where they are pointed at: a pointer into a schema of its own is wrong once the schema is part of a
 * document. The only ones that contain themselves are those of "any JSON", and inside of them anything is right.
 */
function inlined(node: unknown, definitions: Record<string, unknown>, open: ReadonlySet<string>): unknown {
  if (Array.isArray(node)) return node.map((part) => inlined(part, definitions, open))
  if (typeof node !== 'object' || node === null) return node
  const { $ref } = node as { $ref?: unknown }
  if (typeof $ref === 'string') {
    const name = $ref.startsWith(DEFINITION) ? $ref.slice(DEFINITION.length) : null
    if (name === null || open.has(name)) return {}
    return inlined(definitions[name] ?? {}, definitions, new Set([...open, name]))
  }
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, inlined(value, definitions, open)]))
}
