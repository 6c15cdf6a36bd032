import { BODY_CHARS_MAX, TOKEN_SHAPES, type TokenShape } from './provider-tokens.ts'
import type { Detector } from './secret-match.ts'
import { type Pieces, pieces } from './text-marks.ts'
import { isVaried, looksDrawn } from './values.ts'

const ASCII = 128

/** Shapes by the first two characters of their prefix, so that most of a text costs one look-up per character. */
const SHAPES_BY_START = new Map<number, TokenShape[]>()
for (const shape of TOKEN_SHAPES) {
  const start = startCode(shape.prefix, 0)
  SHAPES_BY_START.set(start, [...(SHAPES_BY_START.get(start) ?? []), shape])
}
for (const found of SHAPES_BY_START.values()) found.sort((a, b) => b.prefix.length - a.prefix.length)

/** What each of the tokens begins with. */
export const PROVIDER_PIECES: Pieces = pieces(...TOKEN_SHAPES.map(({ prefix }) => prefix))

function startCode(text: string, index: number): number {
  const first = text.charCodeAt(index)
  const second = text.charCodeAt(index + 1)
  return first < ASCII && second < ASCII ? first * ASCII + second : -1
}

/** Whether some prefix begins with two characters: asked at each place of a text. */
const isStart = new Uint8Array(ASCII * ASCII)
for (const start of SHAPES_BY_START.keys()) isStart[start] = 1

/** Finds tokens that are known by how they begin. */
export const findProviderTokens: Detector = (text, report) => {
  for (let index = 0; index + 1 < text.length; index++) {
    const start = startCode(text, index)
    if (start < 0 || isStart[start] === 0) continue
    const candidates = SHAPES_BY_START.get(start)
    if (candidates === undefined) continue
    for (const shape of candidates) {
      const end = matchShape(text, index, shape)
      if (end < 0) continue
      report(shape.kind, index, end)
      index = end - 1
      break
    }
  }
}

function matchShape(text: string, index: number, shape: TokenShape): number {
  if (!text.startsWith(shape.prefix, index)) return -1
  if (!shape.isFoundInside && !isWordStart(text, index)) return -1
  const bodyStart = index + shape.prefix.length
  shape.body.lastIndex = bodyStart
  if (!shape.body.test(text)) return -1
  const end = shape.body.lastIndex
  if (!shape.isLikely(text.slice(bodyStart, end))) return -1
  return end - bodyStart < BODY_CHARS_MAX ? end : runEnd(text, end)
}

const RUN = /[A-Za-z0-9+/=_.-]*/y

function runEnd(text: string, at: number): number {
  RUN.lastIndex = at
  RUN.test(text)
  return RUN.lastIndex
}

const ESCAPE_BEFORE = /(?:\\[abfnrtv0]|\\x[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|%[0-9a-fA-F]{2}|\[[\d;]{0,8}m)$/

/** Whether a word begins here, also when what stands before is an escape such as `\n`, `%3D` or a colour code. */
function isWordStart(text: string, index: number): boolean {
  if (index === 0 || !/[A-Za-z0-9]/.test(text[index - 1] ?? '')) return true
  return ESCAPE_BEFORE.test(text.slice(Math.max(0, index - 10), index))
}

interface TokenPattern {
  readonly kind: string
  /** Part of every such token; a text without it need not be searched. */
  readonly sign: string
  /** So are this many letters, digits, `_` and `-` in a row. */
  readonly runMin: number
  readonly pattern: RegExp
  /** Nothing else looks like this, so that even letters that could be words are taken for a token. */
  readonly isUnmistakable?: true
}

/** Tokens without a fixed beginning. Each pattern is bounded up to its telling part. */
const TOKEN_PATTERNS: readonly TokenPattern[] = [
  {
    kind: 'telegram',
    sign: ':AA',
    runMin: 24,
    pattern: /(?<!\d)\d{6,12}:AA[A-Za-z0-9_-]{24,}/g,
    isUnmistakable: true,
  },
  { kind: 'telegram', sign: ':', runMin: 35, pattern: /(?<!\d)\d{8,10}:[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])/g },
  {
    kind: 'discord',
    sign: '.',
    runMin: 22,
    pattern: /(?<![A-Za-z0-9])[A-Za-z0-9_-]{22,28}\.[A-Za-z0-9_-]{6,7}\.[A-Za-z0-9_-]{27,}/g,
  },
  {
    kind: 'discord',
    sign: '.',
    runMin: 22,
    pattern: /[MNO][A-Za-z0-9_-]{22,28}\.[A-Za-z0-9_-]{6,7}\.[A-Za-z0-9_-]{27,}/g,
  },
  { kind: 'mailchimp', sign: '-us', runMin: 32, pattern: /[0-9a-zA-Z]{32}-us\d{1,2}\b/g },
  { kind: 'azure', sign: 'Q~', runMin: 0, pattern: /[A-Za-z0-9_~.-]{3}\dQ~[A-Za-z0-9_~.-]{30,}/g },
  { kind: 'terraform', sign: '.atlasv1.', runMin: 0, pattern: /[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{40,}/g },
  { kind: 'firebase', sign: 'AAAA', runMin: 100, pattern: /AAAA[A-Za-z0-9_-]{7}:[A-Za-z0-9_-]{100,}/g },
  // Many name themselves: `acme_secret_…`, `acme-pat-…`.
  {
    kind: 'token',
    sign: '',
    runMin: 20,
    pattern:
      /(?<![A-Za-z0-9_-])[A-Za-z0-9]{2,16}(?:[_-][A-Za-z0-9]{1,16})?[_-](?:secret|sk|pat|oat|apikey)[_-][A-Za-z0-9_-]{20,}/g,
  },
  {
    kind: 'convex',
    sign: '|',
    runMin: 0,
    pattern: /(?:prod|dev|preview|project):[a-z0-9-]{4,64}(?::[a-z0-9-]{1,64})?\|[A-Za-z0-9+/=_-]{20,}/g,
  },
]

/** What each of those patterns holds for which no run is long enough. */
export const PATTERN_PIECES: Pieces = pieces('Q~', '.atlasv1.', 'prod:', 'dev:', 'preview:', 'project:')
/** Each of the others has a run of at least this length. */
export const PATTERN_RUN_MIN = Math.min(...TOKEN_PATTERNS.flatMap(({ runMin }) => (runMin > 0 ? [runMin] : [])))

const JWT_START = /eyJ/g
const JWT_REST = /[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){0,3}/y

/** Finds tokens that are known by their inner structure. */
export const findPatternedTokens: Detector = (text, report, { longestRun }) => {
  for (const { kind, sign, runMin, pattern, isUnmistakable = false } of TOKEN_PATTERNS) {
    if (longestRun < runMin || !text.includes(sign)) continue
    pattern.lastIndex = 0
    for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
      const isToken = looksDrawn(match[0]) || (isUnmistakable && isVaried(match[0]))
      if (isToken) report(kind, match.index, match.index + match[0].length)
    }
  }
}

/** Finds JSON Web Tokens, signed or encrypted. A lone piece of base64 is none. */
export const findJwts: Detector = (text, report) => {
  JWT_START.lastIndex = 0
  for (let match = JWT_START.exec(text); match !== null; match = JWT_START.exec(text)) {
    // Only where a run begins, or one long run would be read again from each of its letters.
    const isRunStart = !/[_-]/.test(text[match.index - 1] ?? '') && isWordStart(text, match.index)
    if (!isRunStart) continue
    JWT_REST.lastIndex = match.index
    if (!JWT_REST.test(text)) continue
    report('jwt', match.index, JWT_REST.lastIndex)
    JWT_START.lastIndex = JWT_REST.lastIndex
  }
}
