/** One word of a command as the program will receive it. */
export interface ShellWord {
  readonly value: string
  /** Written without any quoting or escape. */
  readonly isBare: boolean
  /** Holds unquoted `*`, `?` or `[…]`: a path pattern that the executor expands. */
  readonly isPattern: boolean
}

export type DecodedWord =
  | { readonly ok: true; readonly word: ShellWord }
  | { readonly ok: false; readonly reason: string }

const refused = (reason: string): DecodedWord => ({ ok: false, reason })

const MAGIC = /[*?[\]\\]/
/** What may follow a `$` that stands for itself, besides the end of the word or quotes. */
const AFTER_PLAIN_DOLLAR = /[\s|)/.,;%]/

interface Scan {
  readonly text: string
  at: number
  value: string
  isBare: boolean
  isPattern: boolean
  hasQuotedMagic: boolean
}

/**
 * Decodes one word of source text by the few rules a literal needs, and refuses everything that a shell would expand.
 * It is on purpose a second reading, independent of the grammar that found where the word ends.
 */
export function decodeWord(text: string): DecodedWord {
  if (PLAIN_WORD.test(text)) return { ok: true, word: { value: text, isBare: true, isPattern: false } }
  return decodeAnyWord(text)
}

/** Nothing that a shell would remove, expand or end a word at. */
const PLAIN_WORD = /^[A-Za-z0-9_./@+,=:%-]*$/

/** The same character by character, for words of any form. */
export function decodeAnyWord(text: string): DecodedWord {
  const scan: Scan = { text, at: 0, value: '', isBare: true, isPattern: false, hasQuotedMagic: false }
  while (scan.at < text.length) {
    const reason = step(scan)
    if (reason !== null) return refused(reason)
  }
  if (hasBraces(text)) return refused('brace expansion')
  // One pattern text cannot carry both meanings of the same character.
  if (scan.isPattern && scan.hasQuotedMagic) return refused('a pattern with quoted wildcards')
  return { ok: true, word: { value: scan.value, isBare: scan.isBare, isPattern: scan.isPattern } }
}

function step(scan: Scan): string | null {
  const char = scan.text[scan.at] ?? ''
  switch (char) {
    case "'":
      return singleQuoted(scan)
    case '"':
      return doubleQuoted(scan)
    case '\\':
      return escaped(scan)
    case '$':
      if (scan.at + 1 < scan.text.length) return 'an expansion'
      return take(scan, char)
    case '`':
      return 'command substitution'
    case '~':
      if (isTildePlace(scan)) return 'tilde expansion'
      return take(scan, char)
    case '*':
    case '?':
      scan.isPattern = true
      return take(scan, char)
    case '[':
      scan.isPattern ||= scan.text.indexOf(']', scan.at) !== -1
      return take(scan, char)
    default:
      return /[;&|<>()\s]/.test(char) ? 'an operator inside a word' : take(scan, char)
  }
}

function take(scan: Scan, char: string): null {
  scan.value += char
  scan.at += 1
  return null
}

function isTildePlace({ text, at }: Scan): boolean {
  return at === 0 || text[at - 1] === '=' || text[at - 1] === ':'
}

function quote(scan: Scan, value: string): void {
  scan.isBare = false
  scan.hasQuotedMagic ||= MAGIC.test(value)
  scan.value += value
}

function singleQuoted(scan: Scan): string | null {
  const end = scan.text.indexOf("'", scan.at + 1)
  if (end === -1) return 'an unterminated quote'
  quote(scan, scan.text.slice(scan.at + 1, end))
  scan.at = end + 1
  return null
}

function doubleQuoted(scan: Scan): string | null {
  let value = ''
  for (let at = scan.at + 1; at < scan.text.length; at += 1) {
    const char = scan.text[at] ?? ''
    const next = scan.text[at + 1] ?? ''
    if (char === '"') {
      quote(scan, value)
      scan.at = at + 1
      return null
    }
    if (char === '`') return 'command substitution'
    if (char === '$' && next !== '"' && !AFTER_PLAIN_DOLLAR.test(next)) return 'an expansion'
    if (char === '\\' && /[$`"\\]/.test(next)) {
      value += next
      at += 1
    } else {
      value += char
    }
  }
  return 'an unterminated quote'
}

function escaped(scan: Scan): string | null {
  const next = scan.text[scan.at + 1]
  // `\n` and the like mean other things to other shells; `\ `, `\*` or `\;` do not.
  if (next === undefined || /[\p{L}\p{N}\n]/u.test(next)) return 'an escaped letter, digit or line end'
  quote(scan, next)
  scan.at += 2
  return null
}

/** Whether unquoted braces would be expanded: `{a,b}` or `{1..3}`. Judged on the whole word, so rather once too often. */
function hasBraces(text: string): boolean {
  const bare = text.replace(/\\.|'[^']*'|"(?:[^"\\]|\\.)*"/gs, '')
  const open = bare.indexOf('{')
  const close = bare.lastIndexOf('}')
  return open !== -1 && close > open && /,|\.\./.test(bare.slice(open, close))
}
