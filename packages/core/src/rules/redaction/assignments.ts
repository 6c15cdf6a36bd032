import { type Label, readLabel } from './labels.ts'
import { type Bond, isNamedSecret } from './named-values.ts'
import { readValue, skipQuote, skipSpaces, type ValueSpan } from './quoting.ts'
import type { Detector } from './secret-match.ts'
import { type Pieces, pieces } from './text-marks.ts'

const STEM =
  /pass|psk|mnemonic|phrase|pwd|pword|secret|token|key|auth|cred|jwt|bearer|sess(?:ion)?id|otp|hmac|\bsid\b|pw\b/gi
/** What each of the stems begins with. */
export const ASSIGNMENT_PIECES: Pieces = pieces(
  ...['pass', 'psk', 'mnemonic', 'phrase', 'pwd', 'pword', 'secret', 'token', 'key', 'auth', 'cred', 'jwt', 'bearer'],
  ...['sessid', 'sessionid', 'otp', 'hmac', 'sid', 'pw'],
)
const NAME_CHAR = /[A-Za-z0-9_.$-]/
const NAME_CHARS_MAX = 80
/** `API key`, `next page token`: what the word before says matters. */
const WORD_BEFORE = /[A-Za-z]{1,20}$/
const SEPARATOR =
  /(?:[\])]{0,2}[ \t]{0,16})(=>|:=|={1,3}|：|＝|:(?![:/])|%3D|%3A|\\u003[ad]|>(?:<!\[CDATA\[)?(?=[^<>\s]))[ \t]{0,64}/iy
const TYPE_THEN_EQUALS = /(?:&?'?\w{0,10}[ \t]?(?:str|string|text|bytes|char\[?\]?|SecretStr))[ \t]{0,8}=[ \t]{0,8}/iy
/** JSON with the value on the next line, and the block text of YAML. */
const NEXT_LINE = /\r?\n[ \t]{0,64}(?=\\{0,8}["'])|[|>][+-]?\d?[ \t]{0,8}\r?\n[ \t]{1,64}/y
const VERB = /[ \t]{1,8}(?:is|was|are)[: \t]{1,8}/iy
const NEXT_ARGUMENT = /[ \t]{0,8},[ \t]{0,8}(?=[fbru]{0,2}\\{0,8}["'`])/iy
const HERE_STRING = /[ \t]{1,8}<<<[ \t]{0,8}/y
const NEXT_CELL = /[ \t]{1,16}(?:[|,;][ \t]{0,16})?|[|,;][ \t]{0,16}/y
const CALL = /\([ \t]{0,8}(?=[fbru]{0,2}["'`])/iy
/** `{"name": "token", "value": "…"}` and the same in YAML. */
const VALUE_KEY = /[\s,]{1,64}\\{0,8}["']?(?:value|val|content|plaintext)\\{0,8}["']?[ \t]{0,8}[:=][ \t]{0,8}/iy

/** Finds values by the name before them. */
export const findAssignments: Detector = (text, report) => {
  STEM.lastIndex = 0
  for (let stem = STEM.exec(text); stem !== null; stem = STEM.exec(text)) {
    const name = nameAround(text, stem.index)
    STEM.lastIndex = Math.max(name.end, stem.index + 1)
    const label = readLabel(name.text)
    if (label === null) continue
    const found = valueAfter(text, name.end, isFlag(text, name.start), label)
    if (found === null) continue
    const end = found.findEnd()
    report(label.kind, found.start, end)
    STEM.lastIndex = Math.max(STEM.lastIndex, end)
  }
}

interface Name {
  readonly text: string
  readonly start: number
  readonly end: number
}

function nameAround(text: string, at: number): Name {
  let start = at
  while (start > 0 && at - start < NAME_CHARS_MAX && NAME_CHAR.test(text[start - 1] ?? '')) start--
  // The letter of an escape such as `\n` is not part of the name.
  if (text[start - 1] === '\\' && /[nrt]/.test(text[start] ?? '')) start++
  let end = at
  while (end < text.length && end - at < NAME_CHARS_MAX && NAME_CHAR.test(text[end] ?? '')) end++
  const before =
    text[start - 1] === ' ' ? WORD_BEFORE.exec(text.slice(Math.max(0, start - 21), start - 1))?.[0] : undefined
  const own = text.slice(start, end)
  return { text: before === undefined ? own : `${before} ${own}`, start, end }
}

function isFlag(text: string, start: number): boolean {
  return text[start] === '-'
}

function valueAfter(text: string, nameEnd: number, isOption: boolean, label: Label): ValueSpan | null {
  const unquoted = skipQuote(text, nameEnd)
  const isNameQuoted = unquoted > nameEnd
  const separator = matchAt(SEPARATOR, text, skipSpaces(text, unquoted))
  if (separator !== null) {
    const typed = matchAt(TYPE_THEN_EQUALS, text, separator.end)
    const valueStart = typed?.end ?? matchAt(NEXT_LINE, text, separator.end)?.end ?? separator.end
    const value = readValue(text, valueStart)
    // `password === other` compares; only a literal would give it away.
    if (separator.sign.startsWith('==') && value?.isQuoted === false) return null
    const isLoose = separator.sign === ':' && value?.isQuoted === false && typed === null
    return value !== null && isNamedSecret(text, value, label, isLoose ? 'loose' : 'explicit') ? value : null
  }
  const at = proseValueStart(text, nameEnd, unquoted, isNameQuoted, isOption)
  const value = at === null ? null : readValue(text, at.index)
  return value !== null && isNamedSecret(text, value, label, at?.bond ?? 'prose') ? value : null
}

function proseValueStart(
  text: string,
  nameEnd: number,
  unquoted: number,
  isNameQuoted: boolean,
  isOption: boolean,
): { index: number; bond: Bond } | null {
  const valueKey = matchAt(VALUE_KEY, text, unquoted)
  if (valueKey !== null) return { index: valueKey.end, bond: 'explicit' }
  if (isNameQuoted) {
    const argument = matchAt(NEXT_ARGUMENT, text, unquoted)
    return argument === null ? null : { index: argument.end, bond: 'prose' }
  }
  const call = matchAt(CALL, text, nameEnd)
  if (call !== null) return { index: call.end, bond: 'prose' }
  const verb = matchAt(VERB, text, nameEnd)
  if (verb !== null) return { index: verb.end, bond: 'prose' }
  const spaced = matchAt(HERE_STRING, text, nameEnd)?.end ?? skipSpaces(text, nameEnd)
  const next = text[spaced]
  if (spaced > nameEnd && (next === '"' || next === "'" || (isOption && next !== '-'))) {
    return { index: spaced, bond: 'prose' }
  }
  const cell = matchAt(NEXT_CELL, text, nameEnd)
  return cell === null ? null : { index: cell.end, bond: 'adjacent' }
}

function matchAt(pattern: RegExp, text: string, at: number): { end: number; sign: string } | null {
  pattern.lastIndex = at
  const match = pattern.exec(text)
  return match === null ? null : { end: pattern.lastIndex, sign: match[1] ?? '' }
}
