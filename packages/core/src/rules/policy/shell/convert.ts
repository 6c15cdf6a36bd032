import type { AndOr, Command, CommandNode, HereDoc, ParsedScript, Pipeline, Redirection, Statement, Word } from 'unbash'
import type { ShellNode, ShellRedirect } from './syntax.ts'
import { decodeWord, type ShellWord } from './words.ts'

const DEPTH_MAX = 8
const COMMAND_NAME = /^(?:[A-Za-z0-9_][A-Za-z0-9_.+-]*|\[)$/
const DELIMITER = /^(['"]?)[A-Za-z0-9_.-]+\1$/

/** Thrown inside this file only: the first thing that is no literal ends the conversion. */
class NotLiteral extends Error {}

export type Conversion =
  | { readonly ok: true; readonly node: ShellNode }
  | { readonly ok: false; readonly reason: string }

/** Turns a parsed script into the few forms a plan can carry out, or says what stands in the way. */
export function convertScript(script: ParsedScript): Conversion {
  try {
    if (script.shebang !== undefined) throw new NotLiteral('a script file')
    return { ok: true, node: statements(script.commands, 0) }
  } catch (error) {
    if (error instanceof NotLiteral) return { ok: false, reason: error.message }
    throw error
  }
}

function statements(commands: readonly Statement[], depth: number): ShellNode {
  if (depth > DEPTH_MAX) throw new NotLiteral('too much nesting')
  const steps = commands.map(({ background, command }) => {
    if (background === true) throw new NotLiteral('a background command')
    return { when: 'always' as const, run: node(command, depth) }
  })
  const [only] = steps
  if (only === undefined) throw new NotLiteral('nothing to run')
  return steps.length === 1 ? only.run : { kind: 'list', steps }
}

function node(command: Statement['command'], depth: number): ShellNode {
  if (command.type === 'AndOr') return andOr(command, depth)
  return command.type === 'Pipeline' ? pipeline(command, depth) : single(command, depth)
}

function andOr({ commands, operators }: AndOr, depth: number): ShellNode {
  const steps = commands.map((command, at) => {
    const operator = operators[at - 1]
    const when = at === 0 ? ('always' as const) : operator === '&&' ? ('success' as const) : ('failure' as const)
    return { when, run: node(command, depth) }
  })
  return { kind: 'list', steps }
}

function pipeline({ prefixes, operators, commands }: Pipeline, depth: number): ShellNode {
  if (prefixes.length > 0) throw new NotLiteral('a negated or timed command')
  if (operators.some((operator) => operator !== '|')) throw new NotLiteral('a pipe of both outputs')
  return { kind: 'pipeline', commands: commands.map((command) => single(command, depth)) }
}

function single(command: CommandNode, depth: number): ShellNode {
  switch (command.type) {
    case 'Command':
      return simple(command)
    case 'Subshell':
      return { kind: 'group', body: statements(command.body.commands, depth + 1), redirects: [] }
    case 'Redirected': {
      if (command.command.type !== 'Subshell') throw new NotLiteral(`the shell construct ${command.command.type}`)
      const body = statements(command.command.body.commands, depth + 1)
      return { kind: 'group', body, redirects: command.redirects.map(redirect) }
    }
    default:
      throw new NotLiteral(`the shell construct ${command.type}`)
  }
}

function simple({ name, prefix, args, redirects }: Command): ShellNode {
  if (prefix.some(({ type }) => type === 'Assignment')) throw new NotLiteral('an assignment before a command')
  if (name === undefined) throw new NotLiteral('a redirect without a command')
  const first = literal(name)
  if (!first.isBare || !COMMAND_NAME.test(first.value)) throw new NotLiteral('a command name that is no bare word')
  const rest = args.map((argument) => {
    if (argument.type !== 'Word') throw new NotLiteral('an assignment as an argument')
    return literal(argument)
  })
  // `[` is the one name that looks like a pattern.
  return { kind: 'command', words: [{ ...first, isPattern: false }, ...rest], redirects: redirects.map(redirect) }
}

const LITERAL_PARTS = new Set<string>(['Literal', 'SingleQuoted', 'DoubleQuoted', 'Glob'])

function literal(word: Word): ShellWord {
  const decoded = decodeWord(word.text)
  if (!decoded.ok) throw new NotLiteral(decoded.reason)
  // The grammar and our own decoding have to agree that nothing in the word is left to a shell.
  const strange = word.parts?.find(({ type }) => !LITERAL_PARTS.has(type))
  if (strange !== undefined) throw new NotLiteral(`the shell construct ${strange.type}`)
  if (decoded.word.value !== word.value) throw new NotLiteral('a word that can be read in two ways')
  return decoded.word
}

function path(target: Word | undefined): ShellWord {
  if (target === undefined) throw new NotLiteral('a redirect without a target')
  const word = literal(target)
  if (word.isPattern) throw new NotLiteral('a redirect to a pattern')
  return word
}

function descriptorOf(redirection: Redirection, usual: 0 | 1): number {
  const { descriptor } = redirection
  if (descriptor === undefined) return usual
  if (descriptor.type !== 'FileDescriptor') throw new NotLiteral('a redirect to a variable')
  return descriptor.value
}

function redirect(redirection: Redirection): ShellRedirect {
  if (redirection.type === 'HereDoc') return hereDocument(redirection)
  if (redirection.type === 'HereString') {
    if (descriptorOf(redirection, 0) !== 0) throw new NotLiteral('an unusual descriptor')
    return { kind: 'text', text: `${path(redirection.target).value}\n` }
  }
  switch (redirection.operator) {
    case '<':
      if (descriptorOf(redirection, 0) !== 0) throw new NotLiteral('an unusual descriptor')
      return { kind: 'read', path: path(redirection.target) }
    case '>':
    case '>>':
      return {
        kind: 'write',
        from: outputOf(descriptorOf(redirection, 1)),
        path: path(redirection.target),
        append: redirection.operator === '>>',
      }
    case '&>':
      if (redirection.descriptor !== undefined) throw new NotLiteral('an unusual descriptor')
      return { kind: 'write', from: 'both', path: path(redirection.target), append: false }
    case '>&':
      return {
        kind: 'duplicate',
        from: outputOf(descriptorOf(redirection, 1)),
        to: outputOf(Number(/^[12]$/.exec(path(redirection.target).value)?.[0] ?? Number.NaN)),
      }
    default:
      throw new NotLiteral(`the redirect ${redirection.operator}`)
  }
}

function outputOf(descriptor: number): 1 | 2 {
  if (descriptor === 1 || descriptor === 2) return descriptor
  throw new NotLiteral('an unusual descriptor')
}

function hereDocument(redirection: HereDoc): ShellRedirect {
  const { delimiter, body, closing, operator } = redirection
  if (descriptorOf(redirection, 0) !== 0) throw new NotLiteral('an unusual descriptor')
  if (delimiter === undefined || closing === undefined) throw new NotLiteral('an unterminated here-document')
  if (!DELIMITER.test(delimiter.text)) throw new NotLiteral('an unusual here-document delimiter')
  // An unquoted delimiter leaves these three to the shell; without them the body is literal either way.
  if (!delimiter.quoted && /[$`\\]/.test(body.text)) throw new NotLiteral('an expansion')
  const text = operator === '<<-' ? body.text.replace(/^\t+/gm, '') : body.text
  return { kind: 'text', text }
}
