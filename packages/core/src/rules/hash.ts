import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import canonicalize from 'canonicalize'
import type { JsonValue } from '../model/text.ts'

/** SHA-256 of a text's UTF-8 bytes, in lower-case hex. */
export function sha256Hex(text: string): string {
  return bytesToHex(sha256(utf8ToBytes(text)))
}

/** The canonical JSON of a value (RFC 8785): equal values give equal text, whatever the order of their keys. */
export function canonicalJson(value: JsonValue): string {
  const text = canonicalize(value)
  if (text === undefined) throw new TypeError('the value has no JSON form')
  return text
}

/** SHA-256 over the canonical JSON of a value: the hash that approvals, receipts and the log are bound by. */
export function canonicalHash(value: JsonValue): string {
  return sha256Hex(canonicalJson(value))
}

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const ULID_CHARS = 26

/** An id that follows from what it stands for, for rows of which there is one: whoever comes second meets the first. */
export function derivedId(prefix: string, parts: readonly string[]): string {
  const bytes = sha256(utf8ToBytes(canonicalJson(parts)))
  let text = ''
  for (let at = 0; at < ULID_CHARS; at++) text += CROCKFORD[(bytes[at] ?? 0) % CROCKFORD.length]
  // The first character of a ULID is at most 7.
  return `${prefix}_${(bytes[ULID_CHARS] ?? 0) % 8}${text.slice(1)}`
}
