import { type Command, forEachChild, type ParsedScript, type SyntaxNode, type Word, type WordPart } from 'unbash'
import type { SeenCommand, ShellSighting } from './syntax.ts'

export const NOTHING_SEEN: ShellSighting = { pipelines: [], hasForkBomb: false }

/** More commands, words or redirects than these are no honest command line; the rest is not looked at. */
const COMMANDS_MAX = 100
const WORDS_MAX = 1000
const REDIRECTS_MAX = 50

const HOME_VARIABLE = /^"?\$(?:HOME\b|\{HOME\})"?/

/**
 * Walks the whole tree, substitutions and unfinished parts included. Deny rules need to see a `sudo` wherever it
 * hides; they work on what can be read, since nothing here is ever allowed for it.
 */
export function lookAt(tree: ParsedScript): ShellSighting {
  const walk = new Walk(true)
  walk.visit(tree)
  return { pipelines: walk.pipelines, hasForkBomb: walk.hasForkBomb }
}

/** Why a tree is no valid or no honest script; null when it is. Parts that are parsed late are asked as well. */
export function errorIn(tree: ParsedScript): string | null {
  const walk = new Walk(false)
  walk.visit(tree)
  return walk.error
}

class Walk {
  readonly pipelines: SeenCommand[][] = []
  hasForkBomb = false
  error: string | null = null
  readonly #collects: boolean
  readonly #visit = (child: SyntaxNode): void => this.visit(child)
  #commands = 0
  #words = 0

  constructor(collects: boolean) {
    this.#collects = collects
  }

  visit(node: SyntaxNode): void {
    if (node.type === 'Command') this.#count(node)
    if (this.#commands > COMMANDS_MAX || this.#words > WORDS_MAX) return
    if (node.type === 'Script' && node.errors !== undefined && node.errors.length > 0) {
      this.error ??= `not valid shell: ${node.errors[0]?.message ?? 'unknown error'}`
    }
    if (isUnfinished(node)) this.error ??= 'not valid shell: an unfinished substitution'
    if (this.#collects) this.#collect(node)
    if (node.type !== 'Command' || !isPlainCommand(node)) forEachChild(node, this.#visit)
  }

  #collect(node: SyntaxNode): void {
    if (node.type === 'Pipeline') this.pipelines.push(commandsIn(node))
    else if (node.type === 'Command') this.pipelines.push([seenCommand(node)])
    else if (node.type === 'Function') this.hasForkBomb ||= startsItself(node.name.value, node.body)
  }

  #count({ args, redirects }: Command): void {
    this.#commands += 1
    this.#words += args.length
    if (this.#commands > COMMANDS_MAX || this.#words > WORDS_MAX) this.error ??= 'too many commands or words'
    if (redirects.length > REDIRECTS_MAX) this.error ??= 'too many redirects'
  }
}

function isUnfinished(node: SyntaxNode): boolean {
  const isSubstitution = node.type === 'CommandExpansion' || node.type === 'ProcessSubstitution'
  return isSubstitution && node.script === undefined
}

/** Simple commands below a node, in order, those inside substitutions left to `inside`. */
function commandsIn(node: SyntaxNode): SeenCommand[] {
  const found: SeenCommand[] = []
  const collect = (child: SyntaxNode): void => {
    if (child.type === 'Command') found.push(seenCommand(child))
    else if (child.type !== 'Word') forEachChild(child, collect)
  }
  forEachChild(node, collect)
  return found
}

function seenCommand(command: Command): SeenCommand {
  const words = [...(command.name === undefined ? [] : [command.name]), ...command.args.slice(0, WORDS_MAX)]
  const writesTo: string[] = []
  const readsFrom: string[] = []
  const stdinText: string[] = []
  for (const redirect of command.redirects.slice(0, REDIRECTS_MAX)) {
    if (redirect.type === 'HereDoc') stdinText.push(redirect.body.text)
    else if (redirect.target !== undefined) {
      const target = readWord(redirect.target)
      if (redirect.type === 'HereString') stdinText.push(target ?? '')
      else if (target !== null)
        (redirect.operator === '<' || redirect.operator === '<&' ? readsFrom : writesTo).push(target)
    }
  }
  return {
    words: words.map((word) => (word.type === 'Word' ? readWord(word) : word.text)),
    writesTo,
    readsFrom,
    stdinText,
    inside: insideOf(command),
  }
}

const NO_COMMANDS: readonly SeenCommand[] = []

/** Whether a command has nothing but words without quotes or expansions, so that there is nothing inside of it. */
function isPlainCommand({ name, prefix, args, redirects }: Command): boolean {
  if (prefix.length > 0 || redirects.length > 0 || name?.parts !== undefined) return false
  for (const argument of args) if (argument.type !== 'Word' || argument.parts !== undefined) return false
  return true
}

/** Commands inside the substitutions of a command. */
function insideOf(command: Command): readonly SeenCommand[] {
  if (isPlainCommand(command)) return NO_COMMANDS
  const found: SeenCommand[] = []
  const collect = (child: SyntaxNode): void => {
    if (child.type === 'Command') found.push(seenCommand(child))
    else forEachChild(child, collect)
  }
  forEachChild(command, collect)
  return found
}

/** A word as text if that can be told without running anything. `$HOME` is read as `~`. */
function readWord(word: Word): string | null {
  if (word.parts === undefined || word.parts.every(isPlain)) return word.value
  if (!HOME_VARIABLE.test(word.text)) return null
  return `~${word.text.replace(HOME_VARIABLE, '').replace(/["'\\]/g, '')}`
}

function isPlain(part: WordPart): boolean {
  switch (part.type) {
    case 'Literal':
    case 'SingleQuoted':
    case 'AnsiCQuoted':
    case 'Glob':
      return true
    case 'DoubleQuoted':
    case 'LocaleString':
      return part.parts.every(({ type }) => type === 'Literal')
    default:
      return false
  }
}

function startsItself(name: string, body: SyntaxNode): boolean {
  let calls = 0
  let inBackground = false
  const collect = (child: SyntaxNode): void => {
    if (child.type === 'Command' && child.name?.value === name) calls += 1
    if (child.type === 'Statement' && child.background === true) inBackground = true
    forEachChild(child, collect)
  }
  collect(body)
  return calls > 1 || (calls === 1 && inBackground)
}
