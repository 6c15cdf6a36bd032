const WORDS_MAX = 500
const WORD_LENGTH_MAX = 4096

/**
 * Cuts a command line into words, roughly the way a shell does: quotes and backslashes are removed, operators separate.
 * It only decides what is looked up. Whether a command is literal is decided by the real grammar.
 */
export function wordsOf(command: string): readonly string[] {
  const words: string[] = []
  for (const [raw] of command.matchAll(/(?:'[^']*'|"(?:[^"\\]|\\[\s\S])*"|\\[\s\S]|[^\s;&|<>()'"\\]|['"\\])+/g)) {
    if (words.length === WORDS_MAX) break
    words.push(raw.replace(/'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])/g, unquoted))
  }
  return words
}

function unquoted(_: string, single?: string, double?: string, escaped?: string): string {
  return single ?? double?.replace(/\\([$`"\\])/g, '$1') ?? escaped ?? ''
}

/** Every part of a word that a program may take for a path: `a`, `--file=a`, `-fa`, `HEAD:a`, the folder of `a/*.ts`. */
export function pathsIn(word: string): readonly string[] {
  if (word === '' || word.length > WORD_LENGTH_MAX || word.includes('://') || !isLookable(word)) return []
  const parts = [word, after(word, '='), after(word, ':'), /^-[A-Za-z0-9]./.test(word) ? word.slice(2) : '']
  return [...new Set(parts.filter((part) => part !== '').map(withoutPattern))]
}

/** Text that can name a file and that can be stored. */
function isLookable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}

function after(word: string, mark: string): string {
  const at = word.indexOf(mark)
  return at === -1 ? '' : word.slice(at + 1)
}

function withoutPattern(path: string): string {
  const segments = path.split('/')
  const first = segments.findIndex((segment) => /[*?[]/.test(segment))
  if (first === -1) return path
  if (first === 0) return '.'
  return segments.slice(0, first).join('/') || '/'
}

/** The URLs among the words: on their own, or behind a `=`. */
export function urlsIn(words: readonly string[]): readonly string[] {
  return words.flatMap((word) => /https?:\/\/.*$/i.exec(word)?.[0] ?? [])
}
