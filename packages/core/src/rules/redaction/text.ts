import { ASSIGNMENT_PIECES, findAssignments } from './assignments.ts'
import { COMMAND_PIECES, findCommandSecrets } from './command-lines.ts'
import { findAuthorization, findCookieOptions, findCookies, findSchemedCredentials } from './headers.ts'
import { findOtherKeys, findPrivateKeys } from './private-keys.ts'
import type { Detector, Report, SecretMatch } from './secret-match.ts'
import {
  findJwts,
  findPatternedTokens,
  findProviderTokens,
  PATTERN_PIECES,
  PATTERN_RUN_MIN,
  PROVIDER_PIECES,
} from './shaped-tokens.ts'
import {
  ANY_PIECE,
  marksOf,
  mayHold,
  mayHoldPiece,
  type Pieces,
  pieces,
  type Signs,
  signs,
  type TextMarks,
} from './text-marks.ts'
import { findBareLogins, findForeignPasswords, findRandomVariables } from './unnamed-values.ts'
import { findSignedQueries, findUrlCredentials, findWebhooks } from './urls.ts'

interface Need {
  readonly detect: Detector
  /** Without all characters of one of these there is nothing to find. */
  readonly needs: Signs
  /** Nor without one of these pieces, or a run of letters, digits, `_` and `-` of this length. */
  readonly holds: Pieces
  readonly runMin: number
}

const ANY_SIGN = signs('')

function bySigns(detect: Detector, ...words: readonly string[]): Need {
  return { detect, needs: signs(...words), holds: ANY_PIECE, runMin: 0 }
}

/** Both at once, where either alone is in too many texts. */
function byBoth(detect: Detector, holds: Pieces, ...words: readonly string[]): Need {
  return { detect, needs: signs(...words), holds, runMin: Number.POSITIVE_INFINITY }
}

function byPieces(detect: Detector, holds: Pieces, runMin = Number.POSITIVE_INFINITY): Need {
  return { detect, needs: ANY_SIGN, holds, runMin }
}

const FOREIGN_WORDS = ['senha', 'kennwort', 'mot de passe', 'wachtwoord', 'contrasena'] as const

/** The most telling first: where two find the same text, the earlier one names it. */
const DETECTORS: readonly Need[] = [
  bySigns(findPrivateKeys, 'BEGIN PRIVATE KEY-'),
  bySigns(findOtherKeys, 'Private-Lines: ', 'kty":'),
  byPieces(findProviderTokens, PROVIDER_PIECES),
  byPieces(findPatternedTokens, PATTERN_PIECES, PATTERN_RUN_MIN),
  byPieces(findJwts, pieces('eyJ')),
  byBoth(findWebhooks, pieces('hook', 'ifttt'), 'hook.', 'ifttt.'),
  bySigns(findUrlCredentials, '://@'),
  byPieces(findAuthorization, pieces('authorization')),
  byPieces(findSchemedCredentials, pieces('bearer', 'basic')),
  byPieces(findCookies, pieces('cookie')),
  bySigns(findCookieOptions, '-b=', '--cookie='),
  byPieces(findCommandSecrets, COMMAND_PIECES),
  bySigns(findSignedQueries, 'sig=', 'code=', 'ticket=', 'otp=', 'auth=', 'hmac=', 'x-='),
  byPieces(findAssignments, ASSIGNMENT_PIECES),
  byBoth(findForeignPasswords, pieces(...FOREIGN_WORDS), ...FOREIGN_WORDS),
  bySigns(findBareLogins, ':@'),
  bySigns(findRandomVariables, '='),
]

const NOTHING: readonly SecretMatch[] = []

/** Finds every secret in a text, in order and without overlaps. The time is linear in the length of the text. */
export function detectSecrets(text: string): readonly SecretMatch[] {
  return detectMarked(text, marksOf(text))
}

/** The same for a text of which more or less is known. */
export function detectMarked(text: string, marks: TextMarks): readonly SecretMatch[] {
  // Most texts need no detector at all, so nothing is made ready for one until the first.
  const rank = firstNeeded(marks)
  return rank === DETECTORS.length ? NOTHING : detectFrom(rank, text, marks)
}

/** False when a text with these marks holds nothing that any detector looks for. */
export function mayHoldSecret(marks: TextMarks): boolean {
  return firstNeeded(marks) < DETECTORS.length
}

function firstNeeded(marks: TextMarks): number {
  let rank = 0
  while (rank < DETECTORS.length && !isNeeded(rank, marks)) rank += 1
  return rank
}

type RankedMatch = SecretMatch & { readonly rank: number }

function reportInto(found: RankedMatch[], rank: number): Report {
  return (kind, start, end) => {
    if (end > start) found.push({ kind, start, end, rank })
  }
}

function isNeeded(rank: number, marks: TextMarks): boolean {
  const need = DETECTORS[rank]
  if (need === undefined) return false
  return (marks.longestRun >= need.runMin || mayHoldPiece(marks, need.holds)) && mayHold(marks, need.needs)
}

function detectFrom(first: number, text: string, marks: TextMarks): readonly SecretMatch[] {
  const found: RankedMatch[] = []
  for (let rank = first; rank < DETECTORS.length; rank += 1) {
    if (isNeeded(rank, marks)) DETECTORS[rank]?.detect(text, reportInto(found, rank), marks)
  }
  if (found.length === 0) return NOTHING
  found.sort((a, b) => a.start - b.start || a.rank - b.rank)
  const merged: RankedMatch[] = []
  for (const match of found) {
    const last = merged.at(-1)
    if (last === undefined || match.start >= last.end) merged.push(match)
    else merged[merged.length - 1] = union(last, match)
  }
  return merged.map(({ kind, start, end }) => ({ kind, start, end }))
}

function union(first: RankedMatch, second: RankedMatch): RankedMatch {
  const naming = second.rank < first.rank ? second : first
  return { ...naming, start: first.start, end: Math.max(first.end, second.end) }
}

/** Taking one secret out can lay another one open; a text that still shows some after this many looks is not shown. */
const LOOKS_MAX = 6

/** Titles, states and names come again and again. A text found clean is clean the next time, so it is looked at once. */
const cleanTexts = new Set<string>()
const CLEAN_TEXTS_MAX = 4_000
const CLEAN_TEXT_CHARS_MAX = 200

/**
 * Replaces every secret in a text by `[REDACTED:<kind>]`. Labels, schemes and names around it stay, and a text without
 * secrets comes back unchanged. Redacting twice gives the same as redacting once.
 */
export function redactText(text: string): string {
  if (cleanTexts.has(text)) return text
  const redacted = redactedText(text)
  if (redacted === text && text.length <= CLEAN_TEXT_CHARS_MAX) {
    if (cleanTexts.size >= CLEAN_TEXTS_MAX) cleanTexts.clear()
    cleanTexts.add(text)
  }
  return redacted
}

function redactedText(text: string): string {
  let current = text
  for (let look = 0; look < LOOKS_MAX; look++) {
    const secrets = detectSecrets(current)
    if (secrets.length === 0) return current
    current = replaceAll(current, secrets)
  }
  return detectSecrets(current).length === 0 ? current : '[REDACTED:text]'
}

function replaceAll(text: string, secrets: readonly SecretMatch[]): string {
  let result = ''
  let copied = 0
  for (const { kind, start, end } of secrets) {
    result += `${text.slice(copied, start)}[REDACTED:${kind}]`
    copied = end
  }
  return result + text.slice(copied)
}

/**
 * The beginning of a text, redacted before it is cut, so that half a secret never slips through. Cuts between code
 * points, and before a redaction mark rather than inside of it.
 */
export function preview(text: string, maxChars: number): string {
  const redacted = redactText(text)
  if (redacted.length <= maxChars) return redacted
  const mark = redacted.lastIndexOf('[REDACTED:', maxChars - 1)
  if (mark >= 0 && redacted.indexOf(']', mark) >= maxChars) return redacted.slice(0, mark)
  const isInsidePair = /[\ud800-\udbff]/.test(redacted[maxChars - 1] ?? '')
  return redacted.slice(0, isInsidePair ? maxChars - 1 : maxChars)
}
