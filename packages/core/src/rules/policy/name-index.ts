import { startIndex } from './path-traits.ts'

/** Names at any depth that can be told without a pattern: one or several in a row, or what one begins or ends with. */
const BEGINNING = /^\*\*\/([\w.-]+(?:\/[\w.-]+)*)(\*|\/\*\*)?$/
const ENDING = /^\*\*\/\*([\w.-]+)$/

const SLASH = 47
const STARTS = 28

interface Names {
  /** Lower case. */
  readonly text: string
  /** Whether the last name may go on behind it. */
  readonly isOpen: boolean
  readonly rank: number
}

/**
 * Deny globs about names, whatever folder they are in. Finds what their patterns would find, in tidy paths only: those
 * are of plain characters, of which letters alone differ by the bit of their case.
 */
export class NameIndex {
  /** By the characters with which a name can begin. */
  readonly #beginnings: Names[][] = Array.from({ length: STARTS }, () => [])
  readonly #endings: Names[] = []

  /** False when a glob is of another form. */
  add(glob: string, rank: number): boolean {
    const [, beginning, tail] = BEGINNING.exec(glob) ?? []
    if (beginning !== undefined) {
      if (beginning.split('/').some((name) => name === '.' || name === '..')) return false
      const names = { text: beginning.toLowerCase(), isOpen: tail === '*', rank }
      this.#beginnings[startIndex(names.text.charCodeAt(0))]?.push(names)
      return true
    }
    const [, ending] = ENDING.exec(glob) ?? []
    if (ending === undefined) return false
    this.#endings.push({ text: ending.toLowerCase(), isOpen: false, rank })
    return true
  }

  /** The lowest rank of all globs that match a tidy path or a folder above it; null when none does. */
  find(path: string): number | null {
    let best: number | null = null
    let start = 0
    for (let at = 0; at <= path.length; at += 1) {
      if (at < path.length && path.charCodeAt(at) !== SLASH) continue
      if (at > start) {
        for (const names of this.#beginnings[startIndex(path.charCodeAt(start))] ?? []) {
          if ((best === null || names.rank < best) && beginsWith(path, start, names)) best = names.rank
        }
        for (const { text, rank } of this.#endings) {
          if ((best === null || rank < best) && at - text.length >= start && isAt(path, at - text.length, text))
            best = rank
        }
      }
      start = at + 1
    }
    return best
  }
}

function beginsWith(path: string, start: number, { text, isOpen }: Names): boolean {
  const end = start + text.length
  if (end > path.length || !isAt(path, start, text)) return false
  return isOpen || end === path.length || path.charCodeAt(end) === SLASH
}

const LOWER = 32

/** Whether a text of plain characters stands at a place, whatever the case of its letters. */
function isAt(path: string, start: number, text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    if ((path.charCodeAt(start + at) | LOWER) !== (text.charCodeAt(at) | LOWER)) return false
  }
  return true
}
