// One look over a path answers most of what is asked about it. Whatever has not been proven here counts as unread, and
// is then looked at in full.

/** Bits of a number: the lower ones say with which characters folder and file names begin. */
export type PathTraits = number

/** Nothing is known. Every bit is set, so each question has to be asked in full. */
export const UNREAD: PathTraits = -1
/** Has names that joining would remove, such as a slash at the end. */
const UNTIDY = 1 << 31
/** Holds `nk`, without which no name says that it is a link. */
const MAY_LINK = 1 << 30
/** Set in `UNREAD` only. */
const UNPROVEN = 1 << 29

/** A longer path may have too many folders or too long a name. */
const PLAIN_LENGTH_MAX = 200

const SLASH = 47
const DOT = 46
const ASCII = 128

const isPlainCode = new Uint8Array(ASCII)
for (const char of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./@+,=-') {
  isPlainCode[char.charCodeAt(0)] = 1
}

const DEVICES = new Set(['con', 'prn', 'aux', 'nul'])
for (let digit = 0; digit <= 9; digit += 1) DEVICES.add(`com${digit}`).add(`lpt${digit}`)

/**
 * Reads a path of plain characters that means the same to every machine: not empty, no name that ends in a dot or is a
 * device, no two slashes or dots in a row. Any other path is `UNREAD`.
 */
export function traitsOf(path: string): PathTraits {
  if (path.length === 0 || path.length > PLAIN_LENGTH_MAX) return UNREAD
  let traits = 0
  let start = 0
  let before = 0
  for (let at = 0; at <= path.length; at += 1) {
    const code = at === path.length ? SLASH : path.charCodeAt(at)
    if (code >= ASCII || isPlainCode[code] === 0) return UNREAD
    if (code === SLASH || code === DOT) {
      if (before === DOT || (code === SLASH && before === SLASH && at < path.length)) return UNREAD
      if (isDevice(path, start, at)) return UNREAD
      if (at === start && code === SLASH && at > 0) traits |= UNTIDY
    } else if (before === 110 /* n */ || before === 78 /* N */) {
      if ((code | 32) === 107 /* k */) traits |= MAY_LINK
    }
    if (code === SLASH) start = at + 1
    else if (at === start) traits |= startBit(code)
    before = code
  }
  return traits
}

const LAST_LETTERS = [110 /* n */, 108 /* l */, 120 /* x */]

function isDevice(path: string, start: number, end: number): boolean {
  const length = end - start
  if (length !== 3 && length !== 4) return false
  // Their last letters tell nearly all other names from them: a digit, or the end of `con`, `prn`, `nul` or `aux`.
  const last = path.charCodeAt(end - 1)
  const isLike = length === 4 ? last <= 57 : LAST_LETTERS.includes(last | 32)
  return isLike && DEVICES.has(path.slice(start, end).toLowerCase())
}

/** The bit for names that begin with a character, whatever its case. */
function startBit(code: number): PathTraits {
  const lower = code | 32
  if (lower >= 97 && lower <= 122 && code >= 65) return 1 << (lower - 97)
  return code === DOT ? 1 << 26 : 1 << 27
}

export function isProven(traits: PathTraits): boolean {
  return (traits & UNPROVEN) === 0
}

/** Proven, and nothing that joining would remove. */
export function isTidy(traits: PathTraits): boolean {
  return (traits & (UNPROVEN | UNTIDY)) === 0
}

export function mayHoldLink(traits: PathTraits): boolean {
  return (traits & MAY_LINK) !== 0
}

const SIMPLE_GLOB = /^\*\*\/[\w.-][\w.*-]*(?:\/[\w.*-]+)*$/

/** What the traits of a path must share with these for a glob to match that begins with a folder of any depth. */
export function startsOfGlob(glob: string): PathTraits {
  return SIMPLE_GLOB.test(glob) ? startBit(glob.charCodeAt(3)) : UNREAD
}

/** False when no name in the path begins as one of the globs needs. */
export function mayStart(path: PathTraits, globs: PathTraits): boolean {
  return (path & globs) !== 0
}
