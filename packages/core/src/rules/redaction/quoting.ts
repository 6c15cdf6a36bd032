// Reading a value out of text that may be JSON, code, YAML, a shell line, a query string, or one of these inside another.

/** A value is judged by its beginning; only once it is known to be secret is its end looked for. */
const JUDGED_CHARS_MAX = 1024

export interface ValueSpan {
  readonly start: number
  /** End of the piece to judge, at most `JUDGED_CHARS_MAX` after the start. */
  readonly end: number
  readonly isQuoted: boolean
  /** Finds the true end, which may lie beyond the judged piece. */
  readonly findEnd: () => number
}

const OPENING =
  /(?:[fbruFBRU]{1,2}(?=\\{0,8}["'`]))?(\\{0,8})("""|'''|["'`]|&quot;|&#34;|&#39;|&apos;|%22|%27|(?<=\\)u00(?:22|27))/y
const SPACES = /[ \t]{0,64}/y

/** Index of the first character from `at` on that is no space or tab. */
export function skipSpaces(text: string, at: number): number {
  SPACES.lastIndex = at
  SPACES.test(text)
  return SPACES.lastIndex
}

/** Index after an opening or closing quote, with the backslashes of nested JSON before it; `at` when there is none. */
export function skipQuote(text: string, at: number): number {
  OPENING.lastIndex = at
  return OPENING.test(text) ? OPENING.lastIndex : at
}

/** The value that begins at `at`, null when nothing does. */
export function readValue(text: string, at: number): ValueSpan | null {
  OPENING.lastIndex = at
  const opening = OPENING.exec(text)
  const start = opening === null ? at : OPENING.lastIndex
  const endWithin =
    opening === null
      ? (limit: number) => unquotedEnd(text, start, limit)
      : (limit: number) => quotedEnd(text, start, limit, opening[2] ?? '', opening[1]?.length ?? 0)
  const end = endWithin(Math.min(text.length, start + JUDGED_CHARS_MAX))
  return end <= start ? null : { start, end, isQuoted: opening !== null, findEnd: () => endWithin(text.length) }
}

/**
 * Where quoted text ends: at a quote with no more backslashes before it than before the opening one, or where a line
 * ends, because text that was cut off has no closing quote.
 */
function quotedEnd(text: string, start: number, limit: number, quote: string, depth: number): number {
  const isMultiline = quote.length === 3
  let backslashes = 0
  for (let index = start; index < limit; index++) {
    const char = text[index]
    if (char === '\\') {
      backslashes++
      continue
    }
    if (char === '\n' && !isMultiline) return index
    if (char === quote[0] && text.startsWith(quote, index)) {
      const isClosing = depth === 0 ? backslashes % 2 === 0 : backslashes <= depth
      if (isClosing) return index - (depth === 0 ? 0 : backslashes)
    }
    backslashes = 0
  }
  return limit
}

const HARD_END = /[\s"'`]/
const SOFT_END = /[,;&|)}\]<>\\%]/
/** What follows a mark that separates a value from the rest: another name, a tag, an escape, or the end. */
const SEPARATED = /[,;&|)}\]>]{1,8}(?:$|[\s"'`<\\]|[A-Za-z_][\w.-]{0,40}(?:=|%3D))|<[/A-Za-z!]|\\[nrtu"'`\\]|%2[26]/iy

/** Where unquoted text ends: at a space, a quote, or a mark that separates it from what follows. */
function unquotedEnd(text: string, start: number, limit: number): number {
  let open = 0
  for (let index = start; index < limit; index++) {
    const char = text[index] ?? ''
    if (HARD_END.test(char)) return index
    // A bracket that closes one of the value belongs to it: `getToken(user)`.
    if (char === '(') open++
    else if (char === ')' && open > 0) open--
    else if (SOFT_END.test(char)) {
      SEPARATED.lastIndex = index
      if (SEPARATED.test(text)) return index
    }
  }
  return limit
}
