import { z } from 'zod'
import { type Kind, RECORDS } from './records.ts'

/** More sets of changed fields than all commands together have; whoever brings others pays for a schema of his own. */
const CHANGES_MAX = 1000
const changesKnown = new Map<string, z.ZodType<object>>()

/** The schema of an update that writes these fields only, beside `version` and `updatedAt`. */
export function changesSchema(kind: Kind, changed: readonly string[]): z.ZodType<object> {
  const key = `${kind} ${changed.join(' ')}`
  const known = changesKnown.get(key)
  if (known !== undefined) return known
  const shape: Readonly<Record<string, z.ZodType | undefined>> = RECORDS[kind].shape
  // A field that the kind does not have passes for nothing.
  const schema = z.strictObject(
    Object.fromEntries(['version', 'updatedAt', ...changed].map((field) => [field, shape[field] ?? z.never()])),
  )
  if (changesKnown.size < CHANGES_MAX) changesKnown.set(key, schema)
  return schema
}
