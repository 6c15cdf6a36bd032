import { skipQuote, skipSpaces } from './quoting.ts'
import type { Detector, Report } from './secret-match.ts'
import { isStandIn, isWordy } from './values.ts'

/** A credential is judged by its beginning; its end is looked for only when it is one. */
const JUDGED_CHARS_MAX = 256

const AUTHORIZATION = /\b(?:proxy-|x-)?authorization\b/gi
const SEPARATOR = /(?:=>|:=|[:=,]|%3A|%3D)[ \t]{0,64}/iy
const SCHEME = /([A-Za-z][\w-]{1,30})(?:[ \t]{1,8}|%20)/y
/** Schemes whose credential is a list of parameters up to the end of the line. */
const LISTED = /^(?:digest|aws4-[\w-]+|hawk|oauth|signature|mutual|ntlm|negotiate)$/i

/** Finds credentials in Authorization headers, written as header, JSON, code or shell argument. The scheme stays. */
export const findAuthorization: Detector = (text, report) => {
  AUTHORIZATION.lastIndex = 0
  for (let match = AUTHORIZATION.exec(text); match !== null; match = AUTHORIZATION.exec(text)) {
    SEPARATOR.lastIndex = skipSpaces(text, skipQuote(text, AUTHORIZATION.lastIndex))
    if (!SEPARATOR.test(text)) continue
    const start = skipQuote(text, SEPARATOR.lastIndex)
    SCHEME.lastIndex = start
    const first = SCHEME.exec(text)?.[1]
    // A scheme is a word; what is none is the credential itself.
    const scheme = first !== undefined && (isWordy(first) || LISTED.test(first)) ? first : undefined
    const at = scheme === undefined ? start : SCHEME.lastIndex
    const quote = quoteBefore(text, match.index) || quoteBefore(text, start)
    const endWithin = (limit: number) =>
      scheme !== undefined && LISTED.test(scheme) ? headerEnd(text, at, limit, quote) : wordEnd(text, at, limit)
    if (!isCredential(text.slice(at, endWithin(at + JUDGED_CHARS_MAX)))) continue
    const end = endWithin(text.length)
    report('authorization', at, end)
    AUTHORIZATION.lastIndex = end
  }
}

function quoteBefore(text: string, at: number): string {
  const char = text[at - 1] ?? ''
  return /["'`]/.test(char) ? char : ''
}

/** A header ends with its line, or with the quote around it; quotes inside of it are part of the credential. */
function headerEnd(text: string, at: number, limit: number, quote: string): number {
  const end = Math.min(text.length, limit)
  for (let index = at; index < end; index++) {
    const char = text[index]
    if (char === '\n' || char === '\r' || (char === quote && text[index - 1] !== '\\')) return index
    if (char === '\\' && /[nr]/.test(text[index + 1] ?? '')) return index
  }
  return end
}

const WORD_END = /[\s"'`\\<>,;)}\]]/

function wordEnd(text: string, at: number, limit: number): number {
  const end = Math.min(text.length, limit)
  for (let index = at; index < end; index++) {
    if (WORD_END.test(text[index] ?? '')) return index
  }
  return end
}

function isCredential(text: string): boolean {
  return text.length >= 4 && !isStandIn(text) && !isWordy(text)
}

const SCHEMED = /\b(bearer|basic)(?:,?[ \t]{1,8}|%20)\\{0,8}["']?(?=[A-Za-z0-9])/gi
const TOKEN68 = /[A-Za-z0-9._~+/-]{8,256}={0,2}/y
const TOKEN68_REST = /[A-Za-z0-9._~+/-]*={0,2}/y

/** Finds `Bearer …` and `Basic …` that stand alone. */
export const findSchemedCredentials: Detector = (text, report) => {
  SCHEMED.lastIndex = 0
  for (let match = SCHEMED.exec(text); match !== null; match = SCHEMED.exec(text)) {
    TOKEN68.lastIndex = SCHEMED.lastIndex
    const token = TOKEN68.exec(text)?.[0]
    if (token === undefined || isStandIn(token) || isWordy(token)) continue
    if (match[1]?.toLowerCase() === 'basic' && !isEncodedPair(token)) continue
    TOKEN68_REST.lastIndex = TOKEN68.lastIndex
    TOKEN68_REST.test(text)
    report('authorization', SCHEMED.lastIndex, TOKEN68_REST.lastIndex)
    SCHEMED.lastIndex = TOKEN68_REST.lastIndex
  }
}

/** Basic credentials are `user:password` in base64, which tells them from the word after "basic". */
function isEncodedPair(token: string): boolean {
  try {
    return atob(token).includes(':')
  } catch {
    return false
  }
}

const COOKIE = /\b(?:set-)?cookies?2?\b/gi
const COOKIE_SEPARATOR = /(?:[:=]|[ \t](?=["']))[ \t]{0,64}/y
const PAIR = /[ \t]{0,8}([A-Za-z0-9_.$%!#&*+^|~-]{1,128})=([^;\s"'`,\\]{0,4096});?/y
const COOKIE_ATTRIBUTE = /^(?:path|domain|expires|max-age|samesite|priority|version)$/i
const SESSION_NAME = /sess|sid|auth|token|jwt|login|remember|csrf|xsrf|key|secret/i

/** Finds the values in Cookie and Set-Cookie headers. Names and attributes stay. */
export const findCookies: Detector = (text, report) => {
  COOKIE.lastIndex = 0
  for (let match = COOKIE.exec(text); match !== null; match = COOKIE.exec(text)) {
    COOKIE_SEPARATOR.lastIndex = skipSpaces(text, skipQuote(text, COOKIE.lastIndex))
    if (!COOKIE_SEPARATOR.test(text)) continue
    COOKIE.lastIndex = reportPairs(text, skipQuote(text, COOKIE_SEPARATOR.lastIndex), report)
  }
}

function reportPairs(text: string, start: number, report: Report): number {
  let at = start
  PAIR.lastIndex = at
  for (let pair = PAIR.exec(text); pair !== null; pair = PAIR.exec(text)) {
    const [whole, name = '', value = ''] = pair
    const valueStart = at + whole.indexOf('=') + 1
    if (!COOKIE_ATTRIBUTE.test(name) && isCookieSecret(name, value))
      report('cookie', valueStart, valueStart + value.length)
    at = PAIR.lastIndex
    if (!whole.endsWith(';')) break
    PAIR.lastIndex = at
  }
  return at
}

function isCookieSecret(name: string, value: string): boolean {
  if (isStandIn(value)) return false
  return SESSION_NAME.test(name) ? value.length >= 4 : value.length >= 8 && !isWordy(value)
}

/** Finds the value of an option that sets a cookie or a header, which `curl` and its kin take in short form. */
export const findCookieOptions: Detector = (text, report) => {
  const option = /(?:^|\s)(?:-b|--cookie)[ =]?["']?(?=[A-Za-z0-9_.-]{1,128}=)/g
  for (let match = option.exec(text); match !== null; match = option.exec(text)) {
    option.lastIndex = Math.max(option.lastIndex, reportPairs(text, option.lastIndex, report))
  }
}
