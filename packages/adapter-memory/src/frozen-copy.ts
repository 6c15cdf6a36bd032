import { MissionControlError } from '@mission-control/core/storage'

/**
 * Copies JSON values into frozen ones, so that what is stored shares nothing with what came in and can be handed
 * out as it is. Refuses what a database could not keep. Counts the most bytes the JSON of all copies can have.
 */
export class Copier {
  /** Upper bound of the bytes, reckoning with the longest escape of each character. */
  bytesAtMost = 0

  copy<T>(value: T): T {
    return this.#copied(value) as T
  }

  #copied(value: unknown): unknown {
    switch (typeof value) {
      case 'string':
        return this.#text(value)
      case 'number':
        return this.#number(value)
      case 'boolean':
        this.bytesAtMost += 6
        return value
      case 'object':
        if (value === null) {
          this.bytesAtMost += 6
          return value
        }
        return Array.isArray(value) ? this.#list(value) : this.#object(value)
      default:
        throw unstorable(`a value of type ${typeof value}`)
    }
  }

  #text(value: string): string {
    if (value.includes('\u0000')) throw unstorable('a text with a NUL character')
    if (!value.isWellFormed()) throw unstorable('a text with a lone surrogate')
    this.bytesAtMost += 6 * value.length + 4
    return value
  }

  #number(value: number): number {
    if (!Number.isFinite(value)) throw unstorable(`the number ${value}`)
    this.bytesAtMost += 26
    // Adding zero turns -0, which JSON does not know, into 0.
    return value + 0
  }

  #list(values: readonly unknown[]): readonly unknown[] {
    this.bytesAtMost += 3
    const copy: unknown[] = []
    for (const value of values) copy.push(this.#copied(value))
    return Object.freeze(copy)
  }

  #object(value: object): object {
    const prototype = Object.getPrototypeOf(value)
    if (prototype !== Object.prototype && prototype !== null) throw unstorable('an object with a class')
    this.bytesAtMost += 3
    const copy: Record<string, unknown> = {}
    for (const key of Object.keys(value)) {
      if (key === '__proto__') throw unstorable('a field named __proto__')
      copy[this.#text(key)] = this.#copied((value as Record<string, unknown>)[key])
    }
    return Object.freeze(copy)
  }
}

function unstorable(what: string): MissionControlError {
  return new MissionControlError('INTERNAL', `the commit holds ${what}, which cannot be stored`)
}
