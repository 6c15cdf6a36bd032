import type { SeenCommand, ShellNode, ShellReading, ShellSighting } from './syntax.ts'
import type { ShellWord } from './words.ts'

// Most command lines are plain words, or a few such commands with pipes between them. Those mean the same to every
// shell, and are read here without the grammar. A property test holds this reading against the grammar's.

/** Of plain characters; a tilde only where no folder is named by it. */
const WORD = '(?:[A-Za-z0-9_./@+,=:%-]|(?<=[A-Za-z0-9_./-])~)+'
const NAME = '[A-Za-z0-9_][A-Za-z0-9_.+-]*(?= |$)'
const COMMAND = `${NAME}(?: +${WORD})*`
const PLAIN_LINE = new RegExp(`^${COMMAND}(?: +\\| +${COMMAND})*$`)

/** Words that a shell reads otherwise where a command is named, and commands whose arguments are assignments. */
const SPECIAL_NAMES = new Set(
  'if then else elif fi for while until do done case esac in function select time coproc declare typeset local export readonly alias'.split(
    ' ',
  ),
)

/** Too short for too many commands or words. */
const LENGTH_MAX = 150

const NOTHING: readonly never[] = []

/** A line of plain words as the grammar would read it. */
class PlainReading implements ShellReading {
  readonly script: ShellNode
  readonly refusal = null
  readonly #commands: readonly (readonly string[])[]
  #seen: ShellSighting | null = null

  constructor(commands: readonly (readonly string[])[]) {
    this.#commands = commands
    const [only] = commands
    this.script =
      commands.length === 1 && only !== undefined
        ? commandOf(only)
        : { kind: 'pipeline', commands: commands.map(commandOf) }
  }

  get seen(): ShellSighting {
    this.#seen ??= sightingOf(this.#commands.map(seenCommand))
    return this.#seen
  }
}

function commandOf(words: readonly string[]): ShellNode {
  return { kind: 'command', words: words.map(plainWord), redirects: NOTHING }
}

function plainWord(value: string): ShellWord {
  return { value, isBare: true, isPattern: false }
}

function seenCommand(words: readonly string[]): SeenCommand {
  return { words, writesTo: NOTHING, readsFrom: NOTHING, stdinText: NOTHING, inside: NOTHING }
}

/** A pipeline is seen as a whole, and then each of its commands. */
function sightingOf(commands: readonly SeenCommand[]): ShellSighting {
  const each = commands.map((command) => [command])
  return { pipelines: commands.length === 1 ? each : [commands, ...each], hasForkBomb: false }
}

/** The reading of a line of plain words; null when it is anything else. */
export function readPlainLine(source: string): ShellReading | null {
  if (source.length > LENGTH_MAX || !PLAIN_LINE.test(source)) return null
  const commands: string[][] = [[]]
  for (const word of source.split(' ')) {
    if (word === '|') commands.push([])
    else if (word !== '') commands.at(-1)?.push(word)
  }
  return commands.some(([name = '']) => SPECIAL_NAMES.has(name)) ? null : new PlainReading(commands)
}
