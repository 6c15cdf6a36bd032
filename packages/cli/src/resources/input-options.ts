import { microsFromUsd, type Operation } from '@mission-control/core'
import { z } from 'zod'
import type { CliOption, Given } from '../command.ts'
import { InputFault, parseJson } from '../input-fault.ts'
import type { Terminal } from '../terminal.ts'
import type { Resource } from './resource.ts'

type FieldKind = 'flag' | 'number' | 'text' | 'list' | 'json' | 'json list' | 'text or json'

interface Field {
  readonly name: string
  readonly kind: FieldKind
  readonly isRequired: boolean
  readonly choices: readonly string[]
}

type JsonSchema = Readonly<Record<string, unknown>>

/** Never an option: the connection knows the project, and paging has words of its own. */
const OWN_WAY = ['projectId', 'cursor']

/** The fields of an operation that a command lets its user fill in. */
export function openFields(resource: Resource, operation: Operation): readonly Field[] {
  const { words = [], fixed = {}, without = [], parts = [] } = resource
  const whole = (path: string) => path.split('.')[0] ?? path
  const spoken = new Set([
    ...OWN_WAY,
    ...words,
    ...Object.keys(fixed),
    ...without,
    ...parts.map(({ path }) => whole(path)),
  ])
  return fieldsOf(operation).filter(({ name }) => !spoken.has(name))
}

/** Every field of an operation's input. */
function fieldsOf(operation: Operation): readonly Field[] {
  const input: z.ZodObject = operation.type === 'command' ? operation.command.input : operation.query.input
  return Object.entries(input.shape as Readonly<Record<string, z.ZodType>>).map(([name, schema]) => ({
    name,
    isRequired: !schema.safeParse(undefined).success,
    ...shapeOf(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema),
  }))
}

function shapeOf(schema: JsonSchema): Pick<Field, 'kind' | 'choices'> {
  const { type, anyOf } = schema
  const choices = choicesOf(schema)
  if (type === 'boolean') return { kind: 'flag', choices }
  if (type === 'integer' || type === 'number') return { kind: 'number', choices }
  if (type === 'string' || choices.length > 0) return { kind: 'text', choices }
  if (type === 'array') {
    const items = (schema.items ?? {}) as JsonSchema
    const isPlain = items.type === 'string' || choicesOf(items).length > 0 || items.type === undefined
    return { kind: isPlain ? 'list' : 'json list', choices: choicesOf(items) }
  }
  if (!Array.isArray(anyOf)) return { kind: 'json', choices }
  const shapes = (anyOf as JsonSchema[]).filter((one) => one.type !== 'null').map(shapeOf)
  if (shapes.length === 1) return shapes[0] ?? { kind: 'json', choices }
  return { kind: shapes.some(({ kind }) => kind === 'text') ? 'text or json' : 'json', choices }
}

function choicesOf(schema: JsonSchema): readonly string[] {
  return Array.isArray(schema.enum) ? schema.enum.map(String) : []
}

/** `estimatedCostMicros` is written `--estimated-cost-usd`: people count in dollars. */
function optionName(field: string): `--${string}` {
  const words = field.replace(/Micros$/, 'Usd').replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  return `--${words}`
}

/** The option of a field, and the one that reads it from a file. */
export function optionsOf(field: Field, hasFile: boolean): readonly CliOption[] {
  const { kind, choices, isRequired } = field
  const name = optionName(field.name)
  const option: CliOption = {
    name,
    kind: kind === 'flag' ? 'flag' : kind === 'list' || kind === 'json list' ? 'list' : 'text',
    value: valueName(field),
    summary: choices.length > 0 ? choices.join(', ') : summaryOf(field),
    isRequired: isRequired && !hasFile,
  }
  if (!hasFile) return [option]
  return [
    option,
    { name: `${name}-file`, kind: 'text', value: 'file', summary: `the same, from a file; - is standard input` },
  ]
}

function valueName({ name, kind }: Field): string {
  if (name.endsWith('Micros')) return 'usd'
  if (/(At|from|to)$/i.test(name) && kind === 'number') return 'time'
  return {
    flag: '',
    number: 'n',
    text: 'text',
    list: 'one',
    json: 'json',
    'json list': 'json',
    'text or json': 'text',
  }[kind]
}

function summaryOf({ name, kind }: Field): string {
  const words = name
    .replace(/Micros$/, '')
    .replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    .replace(/ ms$/, ' in milliseconds')
  return kind.endsWith('list') || kind === 'list' ? `${words}; repeat it for more` : words
}

/** The input of the operation, as the words and options say. Throws an InputFault where they cannot be read. */
export async function inputOf(
  resource: Resource,
  operation: Operation,
  given: Given,
  terminal: Terminal,
): Promise<Record<string, unknown>> {
  const input: Record<string, unknown> = { ...resource.fixed }
  const fields = new Map(fieldsOf(operation).map((field) => [field.name, field]))
  for (const [at, path] of (resource.words ?? []).entries()) {
    const word = given.words[at] ?? ''
    const field = fields.get(path)
    put(input, path, field === undefined ? word : readValue(field, word, `<${path}>`))
  }
  for (const field of openFields(resource, operation)) {
    const value = await optionValue(field, resource, given, terminal)
    if (value !== undefined) input[field.name] = value
  }
  for (const { name, path, kind } of resource.parts ?? []) {
    const value = kind === 'list' ? given.lists[name.slice(2)] : given.texts[name.slice(2)]
    if (value !== undefined && value.length > 0) put(input, path, value)
  }
  return input
}

async function optionValue(field: Field, resource: Resource, given: Given, terminal: Terminal): Promise<unknown> {
  const name = optionName(field.name)
  const key = name.slice(2)
  if (field.kind === 'flag') return given.flags[key] === true ? true : undefined
  if (field.kind === 'list' || field.kind === 'json list') {
    const list = given.lists[key] ?? []
    if (list.length === 0) return undefined
    return field.kind === 'list' ? list : list.map((text) => parseJson(name, text))
  }
  const text = given.texts[key]
  const file = given.texts[`${key}-file`]
  if (text !== undefined && file !== undefined) throw new InputFault(`${name} and ${name}-file say the same: give one`)
  if (file !== undefined) return readValue(field, await terminal.read(file), file)
  if (text !== undefined) return readValue(field, text, name)
  const isMissing = field.isRequired && resource.fromFile?.includes(field.name) === true
  if (isMissing) throw new InputFault(`${name} is missing: give it, or ${name}-file`)
  return undefined
}

function readValue({ name, kind }: Field, text: string, place: string): unknown {
  if (kind === 'json') return parseJson(place, text)
  if (kind === 'text or json') return /^\s*\{/.test(text) ? parseJson(place, text) : text
  if (kind !== 'number') return text
  if (name.endsWith('Micros')) return microsOf(text, place)
  if (/(At|^from|^to)$/.test(name)) return momentOf(text, place)
  const number = Number(text)
  if (text.trim() === '' || !Number.isFinite(number)) throw new InputFault(`${place}: ${text} is no number`)
  return number
}

/** Dollars as people write them; `none` takes a cap away. */
function microsOf(text: string, place: string): number | null {
  if (text === 'none') return null
  const micros = microsFromUsd(text.replace(/^\$/, ''))
  if (micros === null) throw new InputFault(`${place}: ${text} is no amount: write dollars such as 12.50`)
  return micros
}

/** `2026-03-01T09:00Z`, or milliseconds since 1970. */
function momentOf(text: string, place: string): number {
  const at = /^\d{11,}$/.test(text) ? Number(text) : Date.parse(text)
  if (Number.isNaN(at)) throw new InputFault(`${place}: ${text} is no time: write 2026-03-01T09:00Z`)
  return at
}

/** Puts a value at a place such as `artifacts.0.name`, making lists and records on the way. */
function put(target: Record<string, unknown>, path: string, value: unknown): void {
  const parts = path.split('.')
  const last = parts.pop() ?? path
  let place = target
  for (const [at, part] of parts.entries()) {
    const next = parts[at + 1] ?? last
    place[part] ??= /^\d+$/.test(next) ? [] : {}
    place = place[part] as Record<string, unknown>
  }
  place[last] = value
}
