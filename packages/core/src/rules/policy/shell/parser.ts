import { parse } from 'unbash'
import { isParsable, refusalOfCharacters } from './characters.ts'
import { convertScript } from './convert.ts'
import { lookAt, NOTHING_SEEN } from './sightings.ts'
import type { ShellParser, ShellReading } from './syntax.ts'

function read(source: string, lengthMax: number): ShellReading {
  const characters = refusalOfCharacters(source, lengthMax)
  if (!isParsable(source, lengthMax)) {
    return { script: null, refusal: characters ?? 'too much nested syntax', seen: NOTHING_SEEN }
  }
  const tree = parse(source)
  // Looking at every node also asks every lazily parsed part for its errors.
  const { seen, error } = lookAt(tree)
  const refusal = characters ?? error
  if (refusal !== null) return { script: null, refusal, seen }
  const converted = convertScript(tree)
  return converted.ok
    ? { script: converted.node, refusal: null, seen }
    : { script: null, refusal: converted.reason, seen }
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
