/** Why a text is not accepted as JSON, for people. */
export class StrictJsonError extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'StrictJsonError'
  }
}

export interface StrictJsonLimits {
  readonly depthMax: number
  readonly keysMax: number
}

/**
 * Reads JSON in which every reader sees the same thing: no name twice, no `__proto__`, no number that a double
 * would round, bounded depth. `JSON.parse` alone keeps the last of two equal names, so what a gate in front of us
 * has checked might not be what we act on.
 */
export function parseStrictJson(text: string, limits: StrictJsonLimits): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new StrictJsonError('is not JSON')
  }
  // The syntax is proven, so one pass over the tokens is enough to look closer.
  new Scanner(text, limits).scan()
  return value
}

const QUOTE = 34
const BACKSLASH = 92

class Scanner {
  readonly #text: string
  readonly #limits: StrictJsonLimits
  /** The names seen in each open object; null for an array. */
  readonly #open: (Set<string> | null)[] = []
  #at = 0
  #expectsName = false

  constructor(text: string, limits: StrictJsonLimits) {
    this.#text = text
    this.#limits = limits
  }

  scan(): void {
    while (this.#at < this.#text.length) {
      const char = this.#text[this.#at] ?? ''
      if (char === '{' || char === '[') this.#enter(char === '{')
      else if (char === '}' || char === ']') this.#leave()
      else if (char === ',') this.#next()
      else if (char === '"') this.#string()
      else if (char === '-' || (char >= '0' && char <= '9')) this.#number()
      else this.#at++
    }
  }

  #enter(isObject: boolean): void {
    this.#open.push(isObject ? new Set() : null)
    if (this.#open.length > this.#limits.depthMax)
      throw new StrictJsonError(`nests deeper than ${this.#limits.depthMax}`)
    this.#expectsName = isObject
    this.#at++
  }

  #leave(): void {
    this.#open.pop()
    this.#expectsName = false
    this.#at++
  }

  #next(): void {
    this.#expectsName = this.#open.at(-1) != null
    this.#at++
  }

  #string(): void {
    const from = this.#at++
    while (this.#text.charCodeAt(this.#at) !== QUOTE) {
      this.#at += this.#text.charCodeAt(this.#at) === BACKSLASH ? 2 : 1
    }
    this.#at++
    if (!this.#expectsName) return
    this.#expectsName = false
    // An escape may spell the same name differently, so names are compared as they are read.
    this.#name(JSON.parse(this.#text.slice(from, this.#at)) as string)
  }

  #name(name: string): void {
    const names = this.#open.at(-1)
    if (names == null) return
    if (name === '__proto__') throw new StrictJsonError('has the forbidden name __proto__')
    if (names.has(name)) throw new StrictJsonError(`has the name ${JSON.stringify(name.slice(0, 100))} twice`)
    names.add(name)
    if (names.size > this.#limits.keysMax)
      throw new StrictJsonError(`has an object with more than ${this.#limits.keysMax} names`)
  }

  #number(): void {
    const from = this.#at
    while (/[-+.eE0-9]/.test(this.#text[this.#at] ?? '')) this.#at++
    const literal = this.#text.slice(from, this.#at)
    const value = Number(literal)
    const isUnsafe = !Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))
    if (isUnsafe) throw new StrictJsonError(`has a number that cannot be kept exactly: ${literal.slice(0, 40)}`)
  }
}
