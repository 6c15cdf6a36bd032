import { type Label, readLabel } from './labels.ts'
import { readValue, skipQuote, skipSpaces, type ValueSpan } from './quoting.ts'
import type { Detector } from './secret-match.ts'
import { isExpression, isNumeric, isRandom, isReference, isStandIn, isWordy } from './values.ts'

/** How surely the text says that the value belongs to the label. */
type Bond =
  /** `label=value`, `"label": "value"`. */
  | 'explicit'
  /** `label: value` without quotes, which is also how a sentence goes on. */
  | 'loose'
  /** `--label value`, `label is value`, `f("label", "value")`. */
  | 'prose'

const STEM = /pass|mnemonic|phrase|pwd|pword|secret|token|key|auth|cred|jwt|bearer|sessid|otp|hmac|\bsid\b|\bpw\b/gi
const NAME_CHAR = /[A-Za-z0-9_.$-]/
const NAME_CHARS_MAX = 80
/** `API key`, `next page token`: what the word before says matters. */
const WORD_BEFORE = /[A-Za-z]{1,20}$/
const SEPARATOR = /(?:[\])]{0,2}[ \t]{0,16})(=>|:=|={1,3}|:(?![:/])|%3D|%3A|\\u003[ad]|>(?=[^<>\s]))[ \t]{0,64}/iy
const TYPE_THEN_EQUALS = /(?:&?'?\w{0,10}[ \t]?(?:str|string|text|bytes|char\[?\]?|SecretStr))[ \t]{0,8}=[ \t]{0,8}/iy
const VERB = /[ \t]{1,8}(?:is|was|are)[: \t]{1,8}/iy
const NEXT_ARGUMENT = /[ \t]{0,8},[ \t]{0,8}(?=[fbru]{0,2}\\{0,8}["'`])/iy
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
  const before = text[start - 1] === ' ' ? WORD_BEFORE.exec(text.slice(Math.max(0, start - 21), start - 1))?.[0] : undefined
  const own = text.slice(start, end)
  return { text: before === undefined ? own : `${before} ${own}`, start, end }
}

/** Names in capitals whose long values are known not to be secret. */
const OPEN_NAME = /(?:^|_)(?:ID|SHA\d*|HASH|DIGEST|CHECKSUM|SUM|COMMIT|REF|REV|INTEGRITY|ETAG|NONCE|PUBLIC|CERT|CERTIFICATE|CA|IMAGE|VERSION|TAG|URL|URI|PATH|FILE|DIR|CURSOR|TRACE|LS_COLORS)(?:_|$)/
const CAPITALS = /(?<![A-Za-z0-9_])([A-Z][A-Z0-9_]{2,60})=/g

/** Finds random values of environment variables, whatever the variable is called. */
export const findRandomVariables: Detector = (text, report) => {
  CAPITALS.lastIndex = 0
  for (let match = CAPITALS.exec(text); match !== null; match = CAPITALS.exec(text)) {
    const value = OPEN_NAME.test(match[1] ?? '') ? null : readValue(text, CAPITALS.lastIndex)
    if (value === null) continue
    const judged = text.slice(value.start, value.end)
    if (isReference(judged) || !isRandom(judged, 32, 4)) {
      if (!value.isQuoted) CAPITALS.lastIndex = value.end
      continue
    }
    const end = value.findEnd()
    report('random', value.start, end)
    CAPITALS.lastIndex = end
  }
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
    const value = readValue(text, typed?.end ?? separator.end)
    const isLoose = separator.sign === ':' && value?.isQuoted === false && typed === null
    return value !== null && isSecret(text, value, label, isLoose ? 'loose' : 'explicit') ? value : null
  }
  const at = proseValueStart(text, nameEnd, unquoted, isNameQuoted, isOption)
  const value = at === null ? null : readValue(text, at.index)
  return value !== null && isSecret(text, value, label, at?.bond ?? 'prose') ? value : null
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
  const spaced = skipSpaces(text, nameEnd)
  const next = text[spaced]
  const isQuoteNext = next === '"' || next === "'"
  if (spaced > nameEnd && ((isOption && next !== '-') || isQuoteNext)) return { index: spaced, bond: 'prose' }
  return null
}

function matchAt(pattern: RegExp, text: string, at: number): { end: number; sign: string } | null {
  pattern.lastIndex = at
  const match = pattern.exec(text)
  return match === null ? null : { end: pattern.lastIndex, sign: match[1] ?? '' }
}

function isSecret(text: string, span: ValueSpan, label: Label, bond: Bond): boolean {
  const value = text.slice(span.start, span.end)
  if (isStandIn(value)) return false
  if (!span.isQuoted && isExpression(value)) return false
  if (label.sensitivity === 'weak') return isRandom(value, 20, 3.5) && !isReference(value)
  if (isReference(value)) return false
  if (label.sensitivity === 'password') return isPassword(text, span, value, label.kind, bond)
  return !isNumeric(value) && value.length >= 6 && !/\s/.test(value) && !isWordy(value)
}

function isPassword(text: string, span: ValueSpan, value: string, kind: string, bond: Bond): boolean {
  if (/\s/.test(value)) return bond === 'explicit' && (kind === 'passphrase' || /\p{L}\d|\d\p{L}/u.test(value))
  const hasDigit = /\d/.test(value)
  if (bond === 'prose') return value.length >= 6 && hasDigit && !isNumeric(value)
  if (isNumeric(value)) return /^\d{4,}$/.test(value)
  if (hasDigit || !isWordy(value)) return value.length >= 3
  // Letters only: a weak password, or the name of one.
  if (value.length < 4 || /pass|pwd|secret|token|cred/i.test(value)) return false
  return bond === 'explicit' || (/^[a-z]+$/.test(value) && endsLine(text, span.end))
}

function endsLine(text: string, at: number): boolean {
  const next = text[at]
  return next === undefined || next === '\n' || next === '\r' || next === '\\'
}
