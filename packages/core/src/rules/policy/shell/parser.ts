import { type ParsedScript, parse } from 'unbash'
import { isParsable, refusalOfCharacters } from './characters.ts'
import { convertScript } from './convert.ts'
import { readPlainLine } from './plain-line.ts'
import { errorIn, lookAt, NOTHING_SEEN } from './sightings.ts'
import type { ShellParser, ShellReading, ShellSighting } from './syntax.ts'

function read(source: string, lengthMax: number): ShellReading {
  return (source.length <= lengthMax ? readPlainLine(source) : null) ?? readAnyLine(source, lengthMax)
}

/** The same by the grammar, for lines of any form. */
export function readAnyLine(source: string, lengthMax: number): ShellReading {
  const characters = refusalOfCharacters(source, lengthMax)
  if (!isParsable(source, lengthMax)) {
    return { script: null, refusal: characters ?? 'too much nested syntax', seen: NOTHING_SEEN }
  }
  const tree = parse(source)
  if (characters === null && isShort(source)) {
    const literal = convertScript(tree)
    // All of it has been read as literal, so every part that is parsed late has been asked for its errors by now.
    if (literal.ok && (tree.errors === undefined || tree.errors.length === 0))
      return new TreeReading(tree, literal.node, null)
  }
  // Looking at every node also asks every lazily parsed part for its errors.
  const refusal = characters ?? errorIn(tree)
  if (refusal !== null) return new TreeReading(tree, null, refusal)
  const converted = convertScript(tree)
  return converted.ok ? new TreeReading(tree, converted.node, null) : new TreeReading(tree, null, converted.reason)
}

/** Too short for too many commands or words, and without redirects. */
const SHORT_LENGTH_MAX = 150

function isShort(source: string): boolean {
  return source.length <= SHORT_LENGTH_MAX && !/[<>]/.test(source)
}

/** What is allowed as it stands needs no second look for what might be denied, so that is taken when it is asked for. */
class TreeReading implements ShellReading {
  readonly script: ShellReading['script']
  readonly refusal: string | null
  readonly #tree: ParsedScript
  #seen: ShellSighting | null = null

  constructor(tree: ParsedScript, script: ShellReading['script'], refusal: string | null) {
    this.#tree = tree
    this.script = script
    this.refusal = refusal
  }

  get seen(): ShellSighting {
    this.#seen ??= lookAt(this.#tree)
    return this.#seen
  }
}

/** The grammar of bash by `unbash`, reduced to the forms that have no expansion in them. */
export const unbashParser: ShellParser = {
  read(source, lengthMax) {
    try {
      return read(source, lengthMax)
    } catch (error) {
      const refusal = `the command could not be parsed: ${error instanceof Error ? error.message : 'unknown fault'}`
      return { script: null, refusal, seen: NOTHING_SEEN }
    }
  },
}
