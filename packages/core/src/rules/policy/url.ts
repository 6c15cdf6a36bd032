import { canonicalAddress } from './ip.ts'

/** Longest URL that is looked at, in characters. */
const URL_CHARS_MAX = 4096
const HOST_CHARS_MAX = 253

export interface HttpUrl {
  readonly scheme: 'http' | 'https'
  /** Lower case, punycode, without brackets: what is looked up and compared. */
  readonly host: string
  readonly isAddress: boolean
  readonly port: number
  /** Normalised and without the fragment, which is never sent. */
  readonly href: string
  /** False for an IPv4 address in another notation (octal, hexadecimal, one number, missing parts). */
  readonly isPlainHost: boolean
}

export type ParsedUrl =
  | { readonly ok: true; readonly url: HttpUrl }
  | { readonly ok: false; readonly reason: 'SCHEME' | 'TEXT'; readonly detail: string }

// Whatever a reader of an approval cannot see: controls, spaces, formatting, fillers, lone surrogates.
const INVISIBLE = /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]/u
const SCHEME = /^https?:\/\//i
/** Letters of any script; parsers disagree about every other character, so none is let through. */
const AUTHORITY = /^(?:\[([0-9a-f:.]+)\]|([\p{L}\p{M}\p{N}._-]+))(?::(\d{1,5}))?$/iu
const LATE_USERINFO = /^[^/]*[?#][^/]*@/
const ENCODED_CONTROL = /%(?:[01][0-9a-f]|7f)/i

/**
 * Reads a URL so that every other program reads the same host in it, or refuses.
 *
 * Text on which parsers are known to differ (userinfo, backslashes, percent signs in the host, invisible characters,
 * full-width letters, trailing dots) is refused before anything parses it.
 */
export function parseHttpUrl(text: string): ParsedUrl {
  return readPlainUrl(text) ?? parseAnyUrl(text)
}

const PLAIN_LENGTH_MAX = 200
const LABEL_LENGTH_MAX = 40
const LABELS_MAX = 10
const LAST_LABEL_LENGTH_MAX = 20

const LOWER = 1
const DIGIT = 2
const UPPER = 4
/** Characters that stand inside the names of a path, but do not begin one. */
const INNER = 8
const ASCII = 128
const kindOfCode = new Uint8Array(ASCII)
for (const char of 'abcdefghijklmnopqrstuvwxyz') kindOfCode[char.charCodeAt(0)] = LOWER
for (const char of '0123456789') kindOfCode[char.charCodeAt(0)] = DIGIT
for (const char of 'ABCDEFGHIJKLMNOPQRSTUVWXYZ') kindOfCode[char.charCodeAt(0)] = UPPER
for (const char of '_.-') kindOfCode[char.charCodeAt(0)] = INNER

const DASH = 45
const DOT = 46
const SLASH = 47

function kindAt(text: string, at: number): number {
  const code = text.charCodeAt(at)
  return code < ASCII ? (kindOfCode[code] ?? 0) : 0
}

/**
 * Lower-case names with a last label of letters, and a path of names that begin with a letter or digit. The standard
 * parser gives such an address back as it stands: nothing in it is encoded, folded, removed or taken for a number.
 */
function readPlainUrl(text: string): ParsedUrl | null {
  if (text.length > PLAIN_LENGTH_MAX) return null
  const scheme = text.startsWith('https://') ? 'https' : text.startsWith('http://') ? 'http' : null
  if (scheme === null) return null
  const start = scheme.length + 3
  const end = endOfPlainHost(text, start)
  if (end === -1 || !isPlainPath(text, end)) return null
  const host = text.slice(start, end)
  const port = scheme === 'https' ? 443 : 80
  const href = end < text.length ? text : `${text}/`
  return { ok: true, url: { scheme, host, isAddress: false, port, href, isPlainHost: true } }
}

/** Where a host ends that needs no further look; -1 when what stands here is no such host. */
function endOfPlainHost(text: string, start: number): number {
  let labels = 0
  let labelStart = start
  let kinds = 0
  let at = start
  for (; at < text.length && text.charCodeAt(at) !== SLASH; at += 1) {
    const kind = kindAt(text, at)
    if (kind === LOWER || kind === DIGIT) {
      kinds |= kind
      continue
    }
    // Between two letters or digits, so that no label begins or ends with a dash and none is written in punycode.
    const code = text.charCodeAt(at)
    if ((code !== DOT && code !== DASH) || at === labelStart || text.charCodeAt(at - 1) === DASH) return -1
    if (code === DASH) {
      kinds |= INNER
      continue
    }
    if (at - labelStart > LABEL_LENGTH_MAX) return -1
    labels += 1
    labelStart = at + 1
    kinds = 0
  }
  const length = at - labelStart
  const isName = labels > 0 && labels < LABELS_MAX && kinds === LOWER
  return isName && length >= 2 && length <= LAST_LABEL_LENGTH_MAX ? at : -1
}

function isPlainPath(text: string, start: number): boolean {
  let isNameStart = false
  for (let at = start; at < text.length; at += 1) {
    if (text.charCodeAt(at) === SLASH) {
      if (isNameStart) return false
      isNameStart = true
      continue
    }
    const kind = kindAt(text, at)
    if (kind === 0 || (isNameStart && kind === INNER)) return false
    isNameStart = false
  }
  return true
}

/** The same for addresses of any form, slower. */
export function parseAnyUrl(text: string): ParsedUrl {
  if (text.length > URL_CHARS_MAX) return refused(`longer than ${URL_CHARS_MAX} characters`)
  if (INVISIBLE.test(text)) return refused('contains a space, a control or an invisible character')
  if (text.includes('\\')) return refused('contains a backslash')
  const scheme = SCHEME.exec(text)
  if (scheme === null) return { ok: false, reason: 'SCHEME', detail: 'does not start with http:// or https://' }

  const rest = text.slice(scheme[0].length)
  const end = rest.search(/[/?#]/)
  const written = AUTHORITY.exec(end < 0 ? rest : rest.slice(0, end))
  if (written === null) return refused('host has userinfo, an encoding or another character that no host needs')

  // Some programs read what stands before an @ as a user, wherever the host has ended for others.
  if (LATE_USERINFO.test(rest)) return refused('has an @ behind a host without a path')

  const [path = ''] = end < 0 ? [] : rest.slice(end).split(/[?#]/, 1)
  if (ENCODED_CONTROL.test(path) || rest.includes('%00')) return refused('contains an encoded control character')

  const parsed = parseOrNull(text)
  if (parsed === null) return refused('is malformed')
  return fromParsed(parsed, written[1] ?? written[2] ?? '')
}

function parseOrNull(text: string, base?: string): URL | null {
  try {
    return new URL(text, base)
  } catch {
    return null
  }
}

function fromParsed(parsed: URL, writtenHost: string): ParsedUrl {
  const scheme = parsed.protocol === 'https:' ? 'https' : 'http'
  const host = parsed.hostname.replace(/^\[|\]$/g, '')
  const isAddress = canonicalAddress(host) !== null
  if (!isAddress) {
    const problem = nameProblem(host, writtenHost)
    if (problem !== null) return refused(problem)
  }
  parsed.hash = ''
  const url: HttpUrl = {
    scheme,
    host,
    isAddress,
    port: parsed.port === '' ? (scheme === 'https' ? 443 : 80) : Number(parsed.port),
    href: parsed.href,
    isPlainHost: !isAddress || host.includes(':') || host === writtenHost,
  }
  return { ok: true, url }
}

/** Why a host name could be taken for another one; null when it cannot. */
function nameProblem(host: string, written: string): string | null {
  if (host.length > HOST_CHARS_MAX) return `host is longer than ${HOST_CHARS_MAX} characters`
  const labels = host.split('.')
  if (labels.some((label) => label === '' || label.length > 63)) return 'host has an empty or an over-long label'
  const lower = written.toLowerCase()
  if (lower === host) return null
  // A name in another script must stay itself: a full-width or circled letter that turns into a plain one does not.
  const writtenLabels = lower.split('.')
  const isHonest =
    lower.normalize('NFKC').toLowerCase() === lower &&
    writtenLabels.length === labels.length &&
    labels.every((label, index) => label === writtenLabels[index] || label.startsWith('xn--'))
  return isHonest ? null : 'host is written in characters that stand for others'
}

function refused(detail: string): ParsedUrl {
  return { ok: false, reason: 'TEXT', detail }
}

/**
 * The text of the URL that a redirect leads to, or null when it cannot be told.
 *
 * A location with its own host is handed back as written, so that `parseHttpUrl` sees it before any parser does.
 */
export function redirectTarget(from: HttpUrl, location: string): string | null {
  if (/^[a-z][a-z0-9+.-]*:/i.test(location)) return location
  if (location.startsWith('//')) return `${from.scheme}:${location}`
  if (INVISIBLE.test(location) || location.includes('\\')) return null
  return parseOrNull(location, from.href)?.href ?? null
}

/** Whether both texts name the same resource, however they are written. */
export function isSameUrl(text: string, url: HttpUrl): boolean {
  const parsed = parseOrNull(text)
  if (parsed === null) return false
  parsed.hash = ''
  return parsed.href === url.href
}
