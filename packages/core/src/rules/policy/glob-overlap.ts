/**
 * Whether a path pattern goes after names that a deny glob protects. A plain sweep (`*`, `*.json`) that may happen on
 * one of them does not: what it expands to is checked again when it runs, and output is redacted. A pattern made to
 * hit (`.e*`, `*.pem`, `id_*`) does.
 *
 * `pattern` and `glob` are split at slashes; a `**` in either stands for any number of folders.
 */
export function isAimedAt(pattern: readonly string[], glob: readonly string[]): boolean {
  return aimed(pattern, 0, glob, 0, false)
}

function aimed(pattern: readonly string[], at: number, glob: readonly string[], globAt: number, hit: boolean): boolean {
  const part = glob[globAt]
  // What is below a protected folder is protected too.
  if (part === undefined) return hit
  if (part === '**') {
    for (let next = at; next <= pattern.length; next += 1) {
      if (aimed(pattern, next, glob, globAt + 1, hit)) return true
    }
    return false
  }
  const own = pattern[at]
  if (own === undefined) return false
  if (own === '**') {
    return aimed(pattern, at + 1, glob, globAt, hit) || aimed(pattern, at, glob, globAt + 1, hit)
  }
  return isNameAimedAt(own, part) && aimed(pattern, at + 1, glob, globAt + 1, true)
}

const SWEEP = /^\*(?:\.[A-Za-z0-9_-]+)*$/

const ALTERNATIVES_MAX = 50

/** A name with its first `{a,b}` written out, and so on for the next. */
function alternatives(name: string): readonly string[] {
  const [all, before, choices, after] = /^(.*?)\{([^{}]*,[^{}]*)\}(.*)$/.exec(name) ?? []
  if (all === undefined) return [name]
  const written = (choices ?? '').split(',').flatMap((choice) => alternatives(`${before}${choice}${after}`))
  // Too many to look at each: the whole group as anything.
  return written.length > ALTERNATIVES_MAX ? [`${before}*?*${after}`] : written
}

function isNameAimedAt(name: string, glob: string): boolean {
  return alternatives(name).some((one) => isOneNameAimedAt(one, glob))
}

function isOneNameAimedAt(name: string, glob: string): boolean {
  if (name === '*') return glob === '*'
  // `*.json` sweeps past `credentials.json`, but `*.pem` is after what `*.pem` protects.
  if (SWEEP.test(name) && !glob.startsWith('*')) return false
  if (name.endsWith('*') && glob.startsWith('*')) return reachesEnding(name, glob)
  return canMeet(tokensOf(name), tokensOf(glob))
}

/** `README*` sweeps past `README.pem`; `deploy.pe*` names so much of the protected ending that it is meant. */
function reachesEnding(name: string, glob: string): boolean {
  const start = tokensOf(name.replace(/\*+$/, ''))
  const ending = glob.slice(glob.lastIndexOf('*') + 1)
  for (let length = NAMED_MIN; length <= ending.length; length += 1) {
    if (canMeet(start, tokensOf(`*${ending.slice(0, length)}`))) return true
  }
  return false
}

/** A dot alone names no ending. */
const NAMED_MIN = 2

type Token = string | typeof ANY | typeof ONE | typeof ALPHANUMERIC
const ANY = Symbol('any characters')
const ONE = Symbol('one character')
const ALPHANUMERIC = Symbol('one letter or digit')

const PLAIN_CLASS = /\[[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*\]/g
const PLAIN_CLASS_MARK = '\u0000'

/** A name pattern as tokens. Classes and groups are read as the widest thing they may stand for. */
function tokensOf(name: string): readonly Token[] {
  const tokens: Token[] = []
  const simple = name
    .toLowerCase()
    .replace(PLAIN_CLASS, PLAIN_CLASS_MARK)
    .replace(/\[[^\]]*\]/g, '?')
    .replace(/[!?*+@]?\([^)]*\)|\{[^}]*\}/g, '*')
  for (const char of simple) {
    if (char === '*') tokens.push(ANY)
    else if (char === '?') tokens.push(ONE)
    else tokens.push(char === PLAIN_CLASS_MARK ? ALPHANUMERIC : char)
  }
  return tokens
}

/** Whether some name fits both. */
function canMeet(one: readonly Token[], other: readonly Token[]): boolean {
  let reachable = new Set([0])
  const width = other.length + 1
  const seen = new Set<number>(reachable)
  while (reachable.size > 0) {
    const next = new Set<number>()
    for (const state of reachable) {
      const at = Math.floor(state / width)
      const otherAt = state % width
      if (at === one.length && otherAt === other.length) return true
      for (const [step, otherStep] of moves(one[at], other[otherAt])) {
        const reached = (at + step) * width + otherAt + otherStep
        if (!seen.has(reached)) {
          seen.add(reached)
          next.add(reached)
        }
      }
    }
    reachable = next
  }
  return false
}

function moves(one: Token | undefined, other: Token | undefined): readonly (readonly [number, number])[] {
  const steps: (readonly [number, number])[] = []
  if (one === ANY) steps.push([1, 0])
  if (other === ANY) steps.push([0, 1])
  if (one === ANY && other !== undefined && other !== ANY) steps.push([0, 1])
  if (other === ANY && one !== undefined && one !== ANY) steps.push([1, 0])
  if (canBeSame(one, other)) steps.push([1, 1])
  return steps
}

function canBeSame(one: Token | undefined, other: Token | undefined): boolean {
  if (one === undefined || other === undefined || one === ANY || other === ANY) return false
  if (one === other || one === ONE || other === ONE) return true
  const [named, unnamed] = typeof one === 'string' ? [one, other] : [other, one]
  return unnamed === ALPHANUMERIC && typeof named === 'string' && /[a-z0-9]/.test(named)
}
