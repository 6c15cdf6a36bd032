type Test = (char: string) => boolean

/** What a pattern consists of: a test for one character, or `*` for any number of them. */
type Token = Test | '*'

const CLASSES: Readonly<Record<string, RegExp>> = {
  alnum: /[\p{L}\p{N}]/u,
  alpha: /\p{L}/u,
  blank: /[ \t]/,
  digit: /[0-9]/,
  lower: /\p{Ll}/u,
  punct: /[!-/:-@[-`{-~]/,
  space: /\s/,
  upper: /\p{Lu}/u,
  xdigit: /[0-9A-Fa-f]/,
}

/** Whether a word or one of its segments is a pattern. */
export function hasMagic(text: string): boolean {
  return /[*?]|\[.*\]/s.test(text)
}

/**
 * A matcher for a pattern of one name, by the rules of a shell: `*`, `?`, `[a-z]`, `[!a]`, `[[:digit:]]`. A leading dot
 * is only matched by a written dot. Both texts come from an agent, so the work is at most their product: no regular
 * expression is made of them.
 */
export function nameMatcher(pattern: string): (name: string) => boolean {
  const tokens = tokensOf([...pattern])
  const wantsDot = pattern.startsWith('.')
  return (name) => (wantsDot || !name.startsWith('.')) && matches(tokens, [...name])
}

function matches(tokens: readonly Token[], chars: readonly string[]): boolean {
  let token = 0
  let star: { token: number; char: number } | null = null
  for (let char = 0; char < chars.length; ) {
    const current = tokens[token]
    if (current === '*') {
      star = { token, char }
      token += 1
    } else if (current?.(chars[char] ?? '') === true) {
      token += 1
      char += 1
    } else if (star !== null) {
      // Only the last star needs another try: what stands before it has matched already.
      star = { token: star.token, char: star.char + 1 }
      token = star.token + 1
      char = star.char
    } else {
      return false
    }
  }
  return tokens.slice(token).every((rest) => rest === '*')
}

function tokensOf(chars: readonly string[]): readonly Token[] {
  const tokens: Token[] = []
  for (let at = 0; at < chars.length; at += 1) {
    const char = chars[at] ?? ''
    const set = char === '[' ? readSet(chars, at) : null
    if (set !== null) {
      tokens.push(set.test)
      at = set.end
    } else if (char === '*') {
      tokens.push('*')
    } else {
      tokens.push(char === '?' ? () => true : (other) => other === char)
    }
  }
  return tokens
}

/** Reads `[…]`. Null when it is not closed: then the bracket stands for itself. */
function readSet(chars: readonly string[], start: number): { test: Test; end: number } | null {
  const isNegated = chars[start + 1] === '!' || chars[start + 1] === '^'
  const first = start + (isNegated ? 2 : 1)
  const tests: Test[] = []
  for (let at = first; at < chars.length; at += 1) {
    const char = chars[at] ?? ''
    if (char === ']' && at > first) {
      return { test: (other) => tests.some((test) => test(other)) !== isNegated, end: at }
    }
    const named = /^\[:([a-z]{1,10}):\]/.exec(chars.slice(at, at + 14).join(''))
    const last = chars[at + 2]
    if (named !== null) {
      const known = CLASSES[named[1] ?? '']
      tests.push((other) => known?.test(other) === true)
      at += named[0].length - 1
    } else if (chars[at + 1] === '-' && last !== undefined && last !== ']') {
      tests.push((other) => other >= char && other <= last)
      at += 2
    } else {
      tests.push((other) => other === char)
    }
  }
  return null
}
