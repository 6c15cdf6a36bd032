import { z } from 'zod'

/** Longest text of a description, message or justification, in UTF-8 bytes. */
const TEXT_BYTES_MAX = 64 * 1024
/** Longest content of a document or deliverable, in UTF-8 bytes. */
export const CONTENT_BYTES_MAX = 256 * 1024
/** Longest free-form `metadata`, in bytes of its JSON. */
const METADATA_BYTES_MAX = 16 * 1024

const encoder = new TextEncoder()

/** Length as stored and sent, which is what limits protect. */
export function utf8Bytes(value: string): number {
  return encoder.encode(value).byteLength
}

/** A lone surrogate cannot be stored as UTF-8, and a NUL cannot be stored by Postgres: both would be lost silently. */
function isStorable(value: string): boolean {
  return !value.includes('\u0000') && value.isWellFormed()
}

/** Text that every store can keep: well-formed Unicode without NUL. */
export const storedText = z
  .string()
  .refine(isStorable, { error: 'must be well-formed Unicode without NUL', abort: true })

function withinBytes(bytesMax: number) {
  return storedText.refine((value) => value.length <= bytesMax && utf8Bytes(value) <= bytesMax, {
    error: `must be at most ${bytesMax} bytes`,
  })
}

/** Names, titles and labels: trimmed, NFC, one line, `min` to `max` characters. */
export function nameSchema(max: number, min = 1) {
  return storedText
    .transform((value) => value.normalize('NFC').trim())
    .pipe(
      z
        .string()
        .min(min)
        .max(max)
        // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused here
        .regex(/^[^\u0000-\u001f\u007f]*$/, 'must be a single line without control characters'),
    )
}

/** Prose kept byte for byte, at most 64 KiB. */
export const textSchema = withinBytes(TEXT_BYTES_MAX)

/** Prose that must say something. */
export const statementSchema = textSchema.refine((value) => value.trim() !== '', { error: 'must not be blank' })

/** A reason or justification: not blank, at most 2,000 characters. */
export const reasonSchema = storedText.max(2000).refine((value) => value.trim() !== '', { error: 'must not be blank' })

/** Document content kept byte for byte, at most 256 KiB. */
export const contentSchema = withinBytes(CONTENT_BYTES_MAX)

/** Any JSON value whose strings can be stored. Numbers must be finite, depth at most 32. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue }

const DEPTH_MAX = 32
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype'])

function isJsonValue(value: unknown, depth: number): boolean {
  if (depth > DEPTH_MAX) return false
  if (value === null || typeof value === 'boolean') return true
  if (typeof value === 'string') return isStorable(value)
  if (typeof value === 'number') return Number.isFinite(value)
  if (Array.isArray(value)) return value.every((item) => isJsonValue(item, depth + 1))
  if (typeof value !== 'object') return false
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return false
  return Object.entries(value).every(
    ([key, item]) => isStorable(key) && !FORBIDDEN_KEYS.has(key) && isJsonValue(item, depth + 1),
  )
}

/** Arbitrary JSON up to `bytesMax`, for tool input, payloads and metadata. */
export function jsonSchema(bytesMax: number) {
  return z
    .custom<JsonValue>((value) => isJsonValue(value, 0), {
      error: `must be JSON: finite numbers, well-formed text, depth at most ${DEPTH_MAX}`,
      abort: true,
    })
    .refine((value) => utf8Bytes(JSON.stringify(value)) <= bytesMax, { error: `must be at most ${bytesMax} bytes` })
}

export const metadataSchema = jsonSchema(METADATA_BYTES_MAX)
