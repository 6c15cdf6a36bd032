import { type Label, readLabel } from './labels.ts'
import { readValue, skipQuote, skipSpaces, type ValueSpan } from './quoting.ts'
import type { Detector } from './secret-match.ts'
import { isExpression, isNumeric, isOurId, isRandom, isReference, isStandIn, isWordy } from './values.ts'

/** How surely the text says that the value belongs to the label. */
type Bond =
  /** `label=value`, `"label": "value"`. */
  | 'explicit'
  /** `label: value` without quotes, which is also how a sentence goes on. */
  | 'loose'
  /** `--label value`, `label is value`, `f("label", "value")`. */
  | 'prose'
  /** `label value`, as most sentences with the label in them look: only what no sentence contains is meant. */
  | 'adjacent'

const STEM = /pass|psk|mnemonic|phrase|pwd|pword|secret|token|key|auth|cred|jwt|bearer|sess(?:ion)?id|otp|hmac|\bsid\b|pw\b/gi
const NAME_CHAR = /[A-Za-z0-9_.$-]/
const NAME_CHARS_MAX = 80
/** `API key`, `next page token`: what the word before says matters. */
const WORD_BEFORE = /[A-Za-z]{1,20}$/
const SEPARATOR = /(?:[\])]{0,2}[ \t]{0,16})(=>|:=|={1,3}|：|＝|:(?![:/])|%3D|%3A|\\u003[ad]|>(?:<!\[CDATA\[)?(?=[^<>\s]))[ \t]{0,64}/iy
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
    const valueStart = typed?.end ?? matchAt(NEXT_LINE, text, separator.end)?.end ?? separator.end
    const value = readValue(text, valueStart)
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

function isSecret(text: string, span: ValueSpan, label: Label, bond: Bond): boolean {
  const value = text.slice(span.start, span.end)
  if (isStandIn(value)) return false
  if (bond === 'adjacent') return label.sensitivity !== 'weak' && isScrambled(value) && !isReference(value)
  if (!span.isQuoted && isExpression(value)) return false
  if (isReference(value)) return false
  if (label.sensitivity === 'weak') return isRandom(value, 20, 3.5) || (label.kind === 'credential' && isLoginPair(value))
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

/** Digits inside of words, as in `pa55word`, or much that looks random. */
function isScrambled(value: string): boolean {
  const isMixed = value.length >= 8 && /[A-Za-z]\d{1,16}[A-Za-z]/.test(value)
  return isMixed && !isWordy(value) && !isOurId(value) && !isExpression(value)
}

/** `user:password`. */
function isLoginPair(value: string): boolean {
  const colon = value.indexOf(':')
  return colon > 0 && isScrambled(value.slice(colon + 1))
}

/** Words for "password" in other languages. */
const FOREIGN_LABEL =
  /(?:парол[ьяюе]|contrase(?:ñ|n)a|senha|kennwort|mot de passe|hasło|wachtwoord|lösenord|şifre|密码|密碼|口令|パスワード|비밀번호)["']?[ \t]{0,8}(?:[:=：＝]|=>)[ \t]{0,8}/giu

/** Finds passwords behind words of other languages. */
export const findForeignPasswords: Detector = (text, report) => {
  FOREIGN_LABEL.lastIndex = 0
  for (let match = FOREIGN_LABEL.exec(text); match !== null; match = FOREIGN_LABEL.exec(text)) {
    const value = readValue(text, FOREIGN_LABEL.lastIndex)
    if (value === null) continue
    const judged = text.slice(value.start, value.end)
    if (!isStandIn(judged) && !isReference(judged) && isPassword(text, value, judged, 'password', 'prose')) {
      report('password', value.start, value.findEnd())
    }
  }
}

const BARE_LOGIN = /(?<![\w/:.@-])([A-Za-z][\w.-]{0,63}):([^\s:@/"'`<>]{8,128})@(?=([A-Za-z][\w-]{0,63}))/g
/** `npm:name@version`, `image:tag@sha256:…`. */
const PACKAGE_SCHEME = /^(?:npm|jsr|workspace|file|link|catalog|patch|github|gitlab|docker|pkg|node|python)$/i
const PACKAGE_VERSION = /^(?:sha\d{3}|latest|next|beta|alpha|canary)$/i

/** Finds `user:password@host` without a scheme. */
export const findBareLogins: Detector = (text, report) => {
  if (!text.includes('@')) return
  BARE_LOGIN.lastIndex = 0
  for (let match = BARE_LOGIN.exec(text); match !== null; match = BARE_LOGIN.exec(text)) {
    const [, user = '', password = '', host = ''] = match
    if (PACKAGE_SCHEME.test(user) || PACKAGE_VERSION.test(host) || !isScrambled(password)) continue
    report('password', BARE_LOGIN.lastIndex - password.length - 1, BARE_LOGIN.lastIndex - 1)
  }
}
