import {
  type CallContext,
  type MissionControlClient,
  OPERATIONS,
  type Operation,
  type Outcome,
} from '@mission-control/core'
import { z } from 'zod'

/** How a field of an input is written where only text fits: in a path or a query. */
export type FieldKind = 'text' | 'integer' | 'boolean' | 'list'

/** The fields of an operation's input, in the registry's own words. */
export function fieldsOf(operation: Operation): ReadonlyMap<string, z.ZodType> {
  const input: z.ZodObject = operation.type === 'command' ? operation.command.input : operation.query.input
  return new Map(Object.entries(input.shape as Record<string, z.ZodType>))
}

/** How each of these fields is written as text. */
export function fieldKinds(operation: Operation, names: Iterable<string>): ReadonlyMap<string, FieldKind> {
  const fields = fieldsOf(operation)
  const kinds = new Map<string, FieldKind>()
  for (const name of names) {
    const field = fields.get(name)
    if (field !== undefined) kinds.set(name, fieldKind(field))
  }
  return kinds
}

function fieldKind(field: z.ZodType): FieldKind {
  const { type } = z.toJSONSchema(field, { io: 'input', unrepresentable: 'any' })
  if (type === 'array') return 'list'
  return type === 'integer' || type === 'boolean' ? type : 'text'
}

/** Whether an input may do without this field. */
export function isOptional(operation: Operation, name: string): boolean {
  return fieldsOf(operation).get(name)?.safeParse(undefined).success === true
}

type Method = (input: Record<string, unknown>, context?: CallContext) => Promise<Outcome<unknown>>

/** Calls an operation by its name, with the rights of this client. */
export function callOperation(
  client: MissionControlClient,
  name: string,
  input: Record<string, unknown>,
  context: CallContext = {},
): Promise<Outcome<unknown>> {
  const [noun, verb] = name.split('.') as [string, string]
  // Names come from the route table only, and a test proves that each is in the registry.
  const groups = client as unknown as Readonly<Record<string, Readonly<Record<string, Method | undefined>>>>
  const method = groups[noun]?.[verb]
  if (method === undefined) throw new Error(`no such operation: ${name}`)
  return method(input, context)
}

/** The operation of a route; routes are tested to name only operations that exist. */
export function operationOf(name: string): Operation {
  const operation = OPERATIONS.get(name)
  if (operation === undefined) throw new Error(`no such operation: ${name}`)
  return operation
}
