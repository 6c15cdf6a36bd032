import type { JsonSchema } from '../openapi/json-schema.ts'

const DEPTH_MAX = 3

/** A schema in a few words: `"A" | "B"`, `integer ≥ 1`, `text[]`. */
export function schemaText(schema: JsonSchema | boolean, depth = 0): string {
  if (typeof schema === 'boolean') return schema ? 'any JSON' : 'nothing'
  const { type, items, anyOf, oneOf, $ref } = schema
  if (typeof $ref === 'string') return $ref.slice($ref.lastIndexOf('/') + 1)
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => JSON.stringify(value)).join(' | ')
  if ('const' in schema) return JSON.stringify(schema.const)
  const choices = (anyOf ?? oneOf) as readonly JsonSchema[] | undefined
  if (choices !== undefined) return choices.map((choice) => schemaText(choice, depth)).join(' | ')
  if (type === 'array') return `${listed(schemaText((items ?? {}) as JsonSchema, depth))}${limits(schema)}`
  if (type === 'object') return objectText(schema, depth)
  if (Array.isArray(type)) return type.map(wordOf).join(' | ')
  return type === undefined ? 'any JSON' : `${wordOf(type)}${limits(schema)}${defaulted(schema)}`
}

function listed(item: string): string {
  return item.includes(' ') ? `(${item})[]` : `${item}[]`
}

function objectText(schema: JsonSchema, depth: number): string {
  const properties = schema.properties as Readonly<Record<string, JsonSchema>> | undefined
  if (properties === undefined || depth >= DEPTH_MAX) return 'object'
  const required = new Set((schema.required ?? []) as readonly string[])
  const fields = Object.entries(properties).map(
    ([name, field]) => `${name}${required.has(name) ? '' : '?'}: ${schemaText(field, depth + 1)}`,
  )
  return `{ ${fields.join(', ')} }`
}

function wordOf(type: unknown): string {
  return type === 'string' ? 'text' : String(type)
}

function limits({ minimum, maximum, minLength, maxLength, minItems, maxItems }: JsonSchema): string {
  const range = (from: unknown, to: unknown, unit: string): string => {
    // The whole range of safe integers is no news.
    const most = to === Number.MAX_SAFE_INTEGER ? undefined : to
    const least = from === Number.MIN_SAFE_INTEGER ? undefined : from
    if (least === undefined && most === undefined) return ''
    if (most === undefined) return `, at least ${String(least)}${unit}`
    return least === undefined ? `, at most ${String(most)}${unit}` : `, ${String(least)} to ${String(most)}${unit}`
  }
  return range(minimum, maximum, '') + range(minLength, maxLength, ' characters') + range(minItems, maxItems, ' items')
}

function defaulted(schema: JsonSchema): string {
  return 'default' in schema ? `, default ${JSON.stringify(schema.default)}` : ''
}
