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
/**
 * Lower-case names with a last label of letters, and a path of names that begin with a letter or digit. The standard
 * parser gives such an address back as it stands: nothing in it is encoded, folded, removed or taken for a number.
 */
const PLAIN_URL =
  /^(https?):\/\/((?:[a-z0-9]{1,40}(?:-[a-z0-9]{1,10}){0,2}\.){1,9}[a-z]{2,20})(?:\/(?:[A-Za-z0-9][A-Za-z0-9_.-]*\/)*(?:[A-Za-z0-9][A-Za-z0-9_.-]*)?)?$/

function readPlainUrl(text: string): ParsedUrl | null {
  if (text.length > PLAIN_LENGTH_MAX) return null
  const match = PLAIN_URL.exec(text)
  if (match === null) return null
  const scheme = match[1] === 'https' ? 'https' : 'http'
  const host = match[2] ?? ''
  const hasPath = text.length > scheme.length + 3 + host.length
  const port = scheme === 'https' ? 443 : 80
  const url: HttpUrl = { scheme, host, isAddress: false, port, href: hasPath ? text : `${text}/`, isPlainHost: true }
  return { ok: true, url }
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
