import type { Label } from './labels.ts'
import type { ValueSpan } from './quoting.ts'
import { isExpression, isNumeric, isOurId, isRandom, isReference, isStandIn, isWordy } from './values.ts'

/** How surely the text says that the value belongs to the label. */
export type Bond =
  /** `label=value`, `"label": "value"`. */
  | 'explicit'
  /** `label: value` without quotes, which is also how a sentence goes on. */
  | 'loose'
  /** `--label value`, `label is value`, `f("label", "value")`. */
  | 'prose'
  /** `label value`, as most sentences with the label in them look: only what no sentence contains is meant. */
  | 'adjacent'

/** Whether the text of `span` is the secret that `label` announces, and not a word, a stand-in or a piece of code. */
export function isNamedSecret(text: string, span: ValueSpan, label: Label, bond: Bond): boolean {
  const written = text.slice(span.start, span.end)
  const value = span.isQuoted ? written : written.replace(/^[([{]{1,8}|[)\]}]{1,8}$/g, '')
  if (isStandIn(written) || isStandIn(value)) return false
  if (bond === 'adjacent') return label.sensitivity !== 'weak' && isScrambled(value) && !isReference(value)
  if (!span.isQuoted && isExpression(value)) return false
  if (isReference(value)) return false
  if (label.sensitivity === 'weak') {
    return isRandom(value, 20, 3.5) || (label.kind === 'credential' && isLoginPair(value))
  }
  if (label.sensitivity === 'password') return isPassword(text, span, value, label.kind, bond)
  return !isNumeric(value) && value.length >= 6 && !/\s/.test(value) && !isWordy(value)
}

/** Whether a value that is called a password is one. */
export function isPassword(text: string, span: ValueSpan, value: string, kind: string, bond: Bond): boolean {
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
export function isScrambled(value: string): boolean {
  const isMixed = value.length >= 8 && /[A-Za-z]\d{1,16}[A-Za-z]/.test(value)
  return isMixed && !isWordy(value) && !isOurId(value) && !isExpression(value)
}

/** `user:password`. */
function isLoginPair(value: string): boolean {
  const colon = value.indexOf(':')
  return colon > 0 && isScrambled(value.slice(colon + 1))
}
