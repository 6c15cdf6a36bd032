import { type FieldOpening, marksOfField, type TextMarks } from '../redaction.ts'

/** Longer texts may be too long to be searched at all. */
export const LENGTH_MAX = 10_000
/** Every secret has a longer unbroken run than this, or a label and a mark behind it, or begins like a web token. */
export const WORD_LENGTH_MAX = 13

/** Whether what is recorded of a value is not what its fields say. */
export function speaksForItself(input: { readonly toJSON?: unknown }): boolean {
  return input.toJSON !== undefined
}

/** The only argument of a call, where it is a text. */
export interface SoleText {
  readonly opening: FieldOpening
  readonly text: string
  /** A path or an address, by its name. */
  readonly isPlace: boolean
}

/** What is known of the record of a call with one argument; null when it has to be written to be looked at. */
export function marksOfSole({ opening, text }: SoleText, input: object): TextMarks | null {
  return text.length > LENGTH_MAX || speaksForItself(input) ? null : marksOfField(opening, text)
}

const SCHEME = 'https://'
const PLACE_LENGTH_MAX = 200
const WEB_TOKEN = 'eyJ'

const ASCII = 128
const WORD = 1
const MARK = 2
/** What a web token's beginning ends with. */
const TOKEN_END = 3
const kindOfCode = new Uint8Array(ASCII)
for (const char of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-') {
  kindOfCode[char.charCodeAt(0)] = WORD
}
for (const char of './') kindOfCode[char.charCodeAt(0)] = MARK
kindOfCode[WEB_TOKEN.charCodeAt(2)] = TOKEN_END

/** Whether an argument is a path or an address and no text, by its name. */
export function isPlaceName(name: string): boolean {
  return PLACE_NAMES.has(name)
}

const PLACE_NAMES = new Set(['path', 'file', 'file_path', 'filename', 'dir', 'directory', 'folder', 'url'])

/** Whether a path or an address is of plain short words, so that no secret fits in. */
export function isPlainPlace(text: string): boolean {
  const start = text.startsWith(SCHEME) ? SCHEME.length : 0
  if (text.length - start > PLACE_LENGTH_MAX) return false
  let wordLength = 0
  for (let at = start; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    const kind = code < ASCII ? kindOfCode[code] : 0
    if (kind === WORD) wordLength += 1
    else if (kind === TOKEN_END && !text.startsWith(WEB_TOKEN, at - 2)) wordLength += 1
    else if (kind === MARK) wordLength = 0
    else return false
    if (wordLength > WORD_LENGTH_MAX) return false
  }
  return true
}
