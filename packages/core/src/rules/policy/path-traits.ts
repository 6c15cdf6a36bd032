import { WORD_LENGTH_MAX } from './plain-argument.ts'

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
/** Has a word so long, or such a character, that a secret could be in it (see `plain-argument.ts`). */
const MAY_HIDE = 1 << 28

/** A longer path may have too many folders or too long a name. */
const PLAIN_LENGTH_MAX = 200

const SLASH = 47
const DOT = 46
const ASCII = 128

const WORD = 1
const MARK = 2
/** Letters that end what a path is watched for. */
const WATCHED = 3
/** Of plain characters; slash and dot are told by themselves. */
const kindOfCode = new Uint8Array(ASCII)
for (const char of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-')
  kindOfCode[char.charCodeAt(0)] = WORD
for (const char of '@+,=') kindOfCode[char.charCodeAt(0)] = MARK
for (const char of 'JKk') kindOfCode[char.charCodeAt(0)] = WATCHED

const CASE = 32
const LOWER_E = 101
const J = 74
const LOWER_N = 110
const LOWER_Y = 121

const DEVICES = new Set(['con', 'prn', 'aux', 'nul'])
for (let digit = 0; digit <= 9; digit += 1) DEVICES.add(`com${digit}`).add(`lpt${digit}`)

/**
 * Reads a path of plain characters that means the same to every machine: not empty, no name but `.` and `..` that ends
 * in a dot or has two in a row, none that is a device, no two slashes in a row. Any other path is `UNREAD`.
 */
export function traitsOf(path: string): PathTraits {
  if (path.length === 0 || path.length > PLAIN_LENGTH_MAX) return UNREAD
  let traits = 0
  let start = 0
  let wordStart = 0
  for (let at = 0; at < path.length; at += 1) {
    const code = path.charCodeAt(at)
    const kind = code < ASCII ? kindOfCode[code] : 0
    if (kind === WORD) continue
    if (kind === WATCHED) traits |= traitOfLetter(path, at, code)
    else if (code === SLASH) {
      // The root is the only place that begins with nothing, and nothing ends between two slashes.
      if (at === start && at > 0) return UNREAD
      if (at > start) traits |= traitsOfName(path, start, at, wordStart)
      start = at + 1
      wordStart = start
    } else if (code === DOT) {
      traits |= traitsOfDot(path, start, at, wordStart)
      wordStart = at + 1
    } else if (kind === MARK) traits |= MAY_HIDE
    else return UNREAD
  }
  return start === path.length ? traits | UNTIDY : traits | traitsOfName(path, start, path.length, wordStart)
}

/** What a letter tells that ends `nk` or `eyJ`. */
function traitOfLetter(path: string, at: number, code: number): PathTraits {
  const before = path.charCodeAt(at - 1)
  if (code === J) return before === LOWER_Y && path.charCodeAt(at - 2) === LOWER_E ? MAY_HIDE : 0
  return (before | CASE) === LOWER_N ? MAY_LINK : 0
}

/** What a name tells when it has ended. It is not empty. */
function traitsOfName(path: string, start: number, end: number, wordStart: number): PathTraits {
  const traits = startBit(path.charCodeAt(start)) | (end - wordStart > WORD_LENGTH_MAX ? MAY_HIDE : 0)
  if (path.charCodeAt(end - 1) !== DOT) return isDevice(path, start, end) ? UNREAD : traits
  const isStep = end - start === 1 || (end - start === 2 && path.charCodeAt(start) === DOT)
  return isStep ? traits | UNTIDY : UNREAD
}

/** What a dot tells. Two in a row are a name of their own. */
function traitsOfDot(path: string, start: number, at: number, wordStart: number): PathTraits {
  if (at > start && path.charCodeAt(at - 1) === DOT) {
    const isAbove = at - start === 1 && (at + 1 === path.length || path.charCodeAt(at + 1) === SLASH)
    return isAbove ? 0 : UNREAD
  }
  if (at > start && isDevice(path, start, at)) return UNREAD
  return at - wordStart > WORD_LENGTH_MAX ? MAY_HIDE : 0
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

/** The place of its bit for names that begin with a character, whatever its case. */
export function startIndex(code: number): number {
  const lower = code | 32
  if (lower >= 97 && lower <= 122 && code >= 65) return lower - 97
  return code === DOT ? 26 : 27
}

function startBit(code: number): PathTraits {
  return 1 << startIndex(code)
}

export function isProven(traits: PathTraits): boolean {
  return (traits & UNPROVEN) === 0
}

/** Proven, and nothing that joining would remove. */
export function isTidy(traits: PathTraits): boolean {
  return (traits & (UNPROVEN | UNTIDY)) === 0
}

/** Whether the text is a plain place as `plain-argument.ts` has it, so that it holds no secret. */
export function isSurelyPlain(traits: PathTraits): boolean {
  return (traits & (UNPROVEN | MAY_HIDE)) === 0
}

/** The traits of a tidy relative path in a tidy folder, seen from the root. */
export function joinedTraits(folder: PathTraits, path: PathTraits, length: number): PathTraits {
  return length > PLAIN_LENGTH_MAX ? UNREAD : folder | path
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
