import type { Outcome } from '@mission-control/core'
import type { HttpLimits } from './limits.ts'
import { invalid, refuse } from './refuse.ts'
import { parseStrictJson, StrictJsonError } from './strict-json.ts'

const JSON_TYPE = /^application\/json *(?:; *charset="?utf-8"? *)?$/i

/** Whether the length that a request declares is already too much; asked before anything else is done for it. */
export function declaredTooLarge(headers: Headers, limits: HttpLimits): boolean {
  const declared = headers.get('content-length')
  return declared !== null && !(Number(declared) <= limits.bodyBytesMax)
}

/** The refusal of a body that is too large. */
export function bodyTooLarge(limits: HttpLimits) {
  return refuse('PAYLOAD_TOO_LARGE', `a body has at most ${limits.bodyBytesMax} bytes`)
}

/** Reads the JSON object of a body; an absent body is an empty object. */
export async function readBody(request: Request, limits: HttpLimits): Promise<Outcome<Record<string, unknown>>> {
  const bytes = await readBytes(request, limits.bodyBytesMax).catch(() => undefined)
  // The only way for reading to fail is that the sender went away; nobody will see this answer.
  if (bytes === undefined) return malformed('ended early')
  if (bytes === null) return bodyTooLarge(limits)
  if (bytes.byteLength === 0) return { ok: true, data: {} }
  const refused = encodingProblem(request.headers)
  if (refused !== null) return refused
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    const value = parseStrictJson(text, { depthMax: limits.jsonDepthMax, keysMax: limits.jsonKeysMax })
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return { ok: true, data: value as Record<string, unknown> }
    }
    return malformed('must be a JSON object')
  } catch (error) {
    return malformed(error instanceof StrictJsonError ? error.message : 'is not UTF-8')
  }
}

/**
 * Anything else than plain JSON. HTTP has a status of its own for this, 415; the table of codes has none, and a caller
 * should find one status per code.
 */
function encodingProblem(headers: Headers) {
  if (!JSON_TYPE.test(headers.get('content-type') ?? '')) {
    return invalid('the body is not declared as JSON', [{ field: 'content-type', message: 'must be application/json' }])
  }
  const encoding = headers.get('content-encoding') ?? 'identity'
  if (encoding === 'identity') return null
  return invalid('the body is compressed', [{ field: 'content-encoding', message: 'must be absent' }])
}

function malformed(message: string) {
  return invalid(`the body ${message}`, [{ field: '(body)', message }])
}

/** The whole body, or null as soon as it is longer than allowed. */
async function readBytes(request: Request, bytesMax: number): Promise<Uint8Array | null> {
  // A declared length is enforced by the protocol, so the whole can be taken at once.
  if (request.headers.has('content-length')) {
    const bytes = new Uint8Array(await request.arrayBuffer())
    return bytes.byteLength > bytesMax ? null : bytes
  }
  if (request.body === null) return new Uint8Array()
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of request.body) {
    length += chunk.byteLength
    // Leaving the loop cancels the rest.
    if (length > bytesMax) return null
    chunks.push(chunk)
  }
  const whole = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.byteLength
  }
  return whole
}
