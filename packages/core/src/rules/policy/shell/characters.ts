/** Characters no honest command needs: they hide text from people or are read differently by different programs. */
const SUSPICIOUS = /[\p{C}\p{Zl}\p{Zp}]|[^\P{Zs} ]|\p{Default_Ignorable_Code_Point}/u
/** Nothing but printable ASCII, tabs and line ends. */
const PLAIN = /^[\n\t -~]*$/
const PICTOGRAPH = /\p{Extended_Pictographic}/u
const VARIATION_SELECTOR = '\ufe0f'
const JOINER = '\u200d'

/** Opening marks of nested syntax. Honest commands have a few; parsers of hostile ones pay for each. */
const OPENERS = /[({[`]|<<|\$/g
const OPENERS_MAX = 200
/** Marks between words and commands, wherever they stand: also long prose in quotes has fewer. */
const BREAKS = /\s+|[;|&<>"']/g
const BREAKS_MAX = 2200

/** Why a command line cannot be judged by its text alone, before anything parses it; null when it can. */
export function refusalOfCharacters(source: string, lengthMax: number): string | null {
  if (source.length > lengthMax) return `a command of more than ${lengthMax} characters`
  if (!source.isWellFormed()) return 'malformed Unicode'
  if (source.includes('\\\n')) return 'a continued line'
  if (PLAIN.test(source)) return null
  let before = ''
  for (const char of source) {
    if (isSuspicious(char, before)) return 'control or invisible characters'
    before = char
  }
  return null
}

function isSuspicious(char: string, before: string): boolean {
  if (char === '\n' || char === '\t') return false
  if (char <= '~') return char < ' '
  // Emoji are written with these; behind a picture they hide nothing.
  if (char === VARIATION_SELECTOR) return !PICTOGRAPH.test(before)
  if (char === JOINER) return !(PICTOGRAPH.test(before) || before === VARIATION_SELECTOR)
  return SUSPICIOUS.test(char)
}

/** Whether a text is simple enough to hand to the grammar within the time a decision may take. */
export function isParsable(source: string, lengthMax: number): boolean {
  // Each mark is a character, so a short text cannot hold too many.
  if (source.length <= Math.min(lengthMax, OPENERS_MAX, BREAKS_MAX)) return true
  return source.length <= lengthMax && !hasMore(source, OPENERS, OPENERS_MAX) && !hasMore(source, BREAKS, BREAKS_MAX)
}

function hasMore(source: string, mark: RegExp, max: number): boolean {
  let count = 0
  for (const match of source.matchAll(mark)) {
    count += match.length
    if (count > max) return true
  }
  return false
}
