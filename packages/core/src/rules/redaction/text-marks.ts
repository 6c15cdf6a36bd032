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
}

/** Of a text that nobody has looked at. */
export const ANY_MARKS: TextMarks = { high: -1, low: -1, isAscii: false, longestRun: Number.POSITIVE_INFINITY }

const ASCII = 128
const isRunCode = new Uint8Array(ASCII)
for (const char of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-') isRunCode[char.charCodeAt(0)] = 1

export function marksOf(text: string): TextMarks {
  let high = 0
  let low = 0
  let isAscii = true
  let longestRun = 0
  let run = 0
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code >= ASCII) {
      isAscii = false
      run = 0
      continue
    }
    if (code >= 64) high |= 1 << (code & 31)
    else if (code >= 32) low |= 1 << (code & 31)
    if (isRunCode[code] === 0) run = 0
    else {
      run += 1
      if (run > longestRun) longestRun = run
    }
  }
  return { high, low, isAscii, longestRun }
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
