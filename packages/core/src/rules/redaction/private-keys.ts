import type { Detector } from './secret-match.ts'

const BEGIN = /-{4,5} ?BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)? ?-{4,5}/g
const END = /-{4,5} ?END /g
/** Base64, line ends (escaped ones too), quotes, `+` of joined strings and the headers of old formats. */
const BODY = /[A-Za-z0-9+/=\s\\:,."'-]*/y
const BODY_CHARS_MIN = 16
const PUTTY_LINES = /Private-Lines: \d{1,4}\s{1,4}(?=[A-Za-z0-9+/])/g
const PUTTY_BODY = /(?:[A-Za-z0-9+/=]{16,}\s{0,4})+/y
/** The private number of a JSON Web Key, and the key of a symmetric one. */
const JWK = /"(?:d|k)\\{0,8}"\s{0,8}:\s{0,8}\\{0,8}"([A-Za-z0-9_-]{40,})/g

/** Finds the body of private keys. The lines that say what it is stay; public keys and certificates are not touched. */
export const findPrivateKeys: Detector = (text, report) => {
  BEGIN.lastIndex = 0
  let hasEnd = true
  for (let begin = BEGIN.exec(text); begin !== null; begin = BEGIN.exec(text)) {
    const start = BEGIN.lastIndex
    END.lastIndex = start
    const end: number | null = hasEnd ? (END.exec(text)?.index ?? null) : null
    hasEnd = end !== null
    const bodyEnd = end ?? unendedBody(text, start)
    const body = text.slice(start, bodyEnd)
    if (body.replace(/\[REDACTED:[a-z0-9-]+\]|\\[nr]|[^A-Za-z0-9+/=]/g, '').length < BODY_CHARS_MIN) continue
    report('private-key', start, bodyEnd)
    BEGIN.lastIndex = bodyEnd
  }
}

/** Of a key that was cut off, everything goes that may be part of it. */
function unendedBody(text: string, start: number): number {
  BODY.lastIndex = start
  BODY.test(text)
  return BODY.lastIndex
}

/** Finds private keys in the formats of PuTTY and of JSON Web Keys. */
export const findOtherKeys: Detector = (text, report) => {
  PUTTY_LINES.lastIndex = 0
  for (let match = PUTTY_LINES.exec(text); match !== null; match = PUTTY_LINES.exec(text)) {
    PUTTY_BODY.lastIndex = PUTTY_LINES.lastIndex
    if (PUTTY_BODY.test(text)) report('private-key', PUTTY_LINES.lastIndex, PUTTY_BODY.lastIndex)
  }
  if (!text.includes('kty')) return
  JWK.lastIndex = 0
  for (let match = JWK.exec(text); match !== null; match = JWK.exec(text)) {
    report('private-key', JWK.lastIndex - (match[1]?.length ?? 0), JWK.lastIndex)
  }
}
