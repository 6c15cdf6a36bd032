import { invariant } from '../../errors.ts'

// Most texts have no secret, and most detectors need characters that a text does not have. One look over the text finds
// out which, so that a detector is left out only when what it looks for cannot be there.

/** The characters of a text or of a word in it, letters of either case as one. Some marks share a bit with others. */
interface Characters {
  /** From `@` on. */
  readonly high: number
  /** From the space to `?`. */
  readonly low: number
}

/** Characters that every match of some pattern has. */
export type Sign = Characters

/** What a text must have for a detector to find anything: all characters of one of the signs. */
export type Signs = readonly Sign[]

export function signs(...words: readonly string[]): Signs {
  return words.map((word) => charactersOf(word))
}

/** What one look over a text tells. */
export interface TextMarks extends Characters {
  /** Only of such a text is it known what it does not have: other letters may fold to plain ones. */
  readonly isAscii: boolean
  /** Length of the longest run of letters, digits, `_` and `-`. */
  readonly longestRun: number
  /** Which of the pieces it may hold. */
  readonly pieces: Pieces
}

/** A set of pieces of text, one bit for each call of `pieces`. */
export type Pieces = number

/** For patterns of which no piece is known; every text may match those. */
export const ANY_PIECE: Pieces = -1

/** Of a text that nobody has looked at. */
export const ANY_MARKS: TextMarks = {
  ...{ high: -1, low: -1, isAscii: false },
  ...{ longestRun: Number.POSITIVE_INFINITY, pieces: -1 },
}

/** Characters count by their lower five bits, which makes letters of either case one. */
const CODE_BITS = 5
const CODES = 1 << CODE_BITS
const PIECE_LENGTH = 3
const TRIPLES = 1 << (CODE_BITS * PIECE_LENGTH)

/** The pieces that begin with three characters. */
const piecesAt = new Int32Array(TRIPLES)
const PIECES_MAX = 31
let piecesMade = 0

/**
 * Stands for texts of two characters or more, one of which every match of some pattern has. Told by their first three,
 * so that a text may seem to hold what it does not, never the other way round.
 */
export function pieces(...words: readonly string[]): Pieces {
  const bit = 1 << piecesMade
  piecesMade += 1
  invariant(piecesMade <= PIECES_MAX, 'a piece of text needs a bit of its own')
  for (const word of words) {
    invariant(word.length >= 2, 'one character is no piece of text')
    const pair = ((word.charCodeAt(0) & (CODES - 1)) << CODE_BITS) | (word.charCodeAt(1) & (CODES - 1))
    const thirds = word.length === 2 ? Array.from({ length: CODES }, (_, code) => code) : [word.charCodeAt(2)]
    for (const third of thirds) {
      const at = (pair << CODE_BITS) | (third & (CODES - 1))
      piecesAt[at] = (piecesAt[at] ?? 0) | bit
    }
  }
  return bit
}

const ASCII = 128
const RUN = 1
/** Written otherwise in JSON: controls, the quote and the backslash. */
const ESCAPED = 2
const kindOfCode = new Uint8Array(ASCII)
for (const char of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-')
  kindOfCode[char.charCodeAt(0)] = RUN
for (let code = 0; code < 32; code += 1) kindOfCode[code] = ESCAPED
for (const char of '"\\') kindOfCode[char.charCodeAt(0)] = ESCAPED

export function marksOf(text: string): TextMarks {
  let high = 0
  let low = 0
  let isAscii = true
  let longestRun = 0
  let run = 0
  let triple = 0
  let held: Pieces = 0
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    triple = ((triple << CODE_BITS) | (code & (CODES - 1))) & (TRIPLES - 1)
    held |= piecesAt[triple] ?? 0
    if (code >= ASCII) {
      isAscii = false
      run = 0
      continue
    }
    if (code >= 64) high |= 1 << (code & 31)
    else if (code >= 32) low |= 1 << (code & 31)
    if (kindOfCode[code] !== RUN) run = 0
    else {
      run += 1
      if (run > longestRun) longestRun = run
    }
  }
  // Behind the last two characters a third may be anything.
  held |= piecesAt[(triple << CODE_BITS) & (TRIPLES - 1)] ?? 0
  return { high, low, isAscii, longestRun, pieces: held }
}

/** How JSON ends behind it. */
const CLOSING = '"}'

/** The same of one whose value is a text that is written as it stands. */
export function fieldText({ text: opening }: FieldOpening, text: string): string {
  return `${opening}${text}${CLOSING}`
}

/** JSON of an object as far as its only value, `{"command":"`, and what it tells. */
export interface FieldOpening {
  readonly text: string
  readonly marks: TextMarks
  /** The last two characters, with which a piece may begin. */
  readonly pair: number
}

export function openingOf(field: string): FieldOpening {
  const empty = JSON.stringify({ [field]: '' })
  return { text: empty.slice(0, -CLOSING.length), marks: marksOf(empty), pair: pairOf(':"') }
}

function pairOf(text: string): number {
  return ((text.charCodeAt(0) & (CODES - 1)) << CODE_BITS) | (text.charCodeAt(1) & (CODES - 1))
}

/**
 * What JSON tells of an object with one field whose value is a text, without its being written. Null where the text is
 * not of printable ASCII, or would be written otherwise than it stands.
 */
export function marksOfField({ marks, pair }: FieldOpening, text: string): TextMarks | null {
  let { high, low, longestRun, pieces: held } = marks
  let run = 0
  let triple = pair
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    const kind = code < ASCII ? kindOfCode[code] : ESCAPED
    if (kind === ESCAPED) return null
    triple = ((triple << CODE_BITS) | (code & (CODES - 1))) & (TRIPLES - 1)
    held |= piecesAt[triple] ?? 0
    if (code >= 64) high |= 1 << (code & 31)
    else low |= 1 << (code & 31)
    if (kind !== RUN) run = 0
    else {
      run += 1
      if (run > longestRun) longestRun = run
    }
  }
  for (let at = 0; at < CLOSING.length; at += 1) {
    triple = ((triple << CODE_BITS) | (CLOSING.charCodeAt(at) & (CODES - 1))) & (TRIPLES - 1)
    held |= piecesAt[triple] ?? 0
  }
  return { high, low, isAscii: marks.isAscii, longestRun, pieces: held }
}

function charactersOf(word: string): Characters {
  const { high, low } = marksOf(word)
  return { high, low }
}

/** False when a text with these marks holds none of the signs. */
export function mayHold(marks: TextMarks, wanted: Signs): boolean {
  if (!marks.isAscii) return true
  for (const { high, low } of wanted) {
    if ((marks.high & high) === high && (marks.low & low) === low) return true
  }
  return false
}

/** False when a text with these marks holds none of the pieces. */
export function mayHoldPiece(marks: TextMarks, wanted: Pieces): boolean {
  return wanted === ANY_PIECE || (marks.pieces & wanted) !== 0 || !marks.isAscii
}
