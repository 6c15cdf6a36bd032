/** Arguments whose value is a path or an address and no text. */
const PLACE_NAMES = new Set(['path', 'file', 'file_path', 'filename', 'dir', 'directory', 'folder', 'url'])
const SCHEME = 'https://'
const LENGTH_MAX = 200
/** Every secret has a longer unbroken run than this, or a label and a mark behind it, or begins like a web token. */
const WORD_LENGTH_MAX = 13
const WEB_TOKEN = 'eyJ'

const ASCII = 128
const WORD = 1
const MARK = 2
const kindOfCode = new Uint8Array(ASCII)
for (const char of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-') {
  kindOfCode[char.charCodeAt(0)] = WORD
}
for (const char of './') kindOfCode[char.charCodeAt(0)] = MARK

/** Whether a call has no arguments, or one that is a path or an address of plain short words, so that no secret fits in. */
export function isPlainArgument(input: unknown): boolean {
  if (typeof input !== 'object' || input === null || Array.isArray(input) || speaksForItself(input)) return false
  const names = Object.keys(input)
  const name = names[0]
  if (name === undefined) return true
  if (names.length > 1 || !PLACE_NAMES.has(name)) return false
  const value = (input as Readonly<Record<string, unknown>>)[name]
  return typeof value === 'string' && isPlainPlace(value)
}

/** Whether what is recorded of a value is not what its fields say. */
function speaksForItself(input: { readonly toJSON?: unknown }): boolean {
  return input.toJSON !== undefined
}

function isPlainPlace(text: string): boolean {
  const start = text.startsWith(SCHEME) ? SCHEME.length : 0
  if (text.length - start > LENGTH_MAX || text.includes(WEB_TOKEN)) return false
  let wordLength = 0
  for (let at = start; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    const kind = code < ASCII ? kindOfCode[code] : 0
    if (kind === WORD) wordLength += 1
    else if (kind === MARK) wordLength = 0
    else return false
    if (wordLength > WORD_LENGTH_MAX) return false
  }
  return true
}
