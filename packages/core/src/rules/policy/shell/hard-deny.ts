import { type CompiledFiles, deniedRead, judgePath } from '../file-access.ts'
import { joinLexically, type PathContext } from '../paths.ts'
import type { Violation } from '../types.ts'
import type { SeenCommand, ShellParser, ShellSighting } from './syntax.ts'
import { commandNameOf, isShell, startsOthers, unwrapped } from './wrappers.ts'

const PRIVILEGE = new Set(['sudo', 'su', 'doas', 'pkexec', 'sudoedit', 'run0', 'runas'])
const DISK = /^(?:dd|mkfs(?:\..+)?|mke2fs|fdisk|sfdisk|cfdisk|gdisk|parted|wipefs|blkdiscard|mkswap)$/
const DOWNLOADERS = new Set([
  'curl',
  'wget',
  'fetch',
  'aria2c',
  'http',
  'https',
  'xh',
  'lynx',
  'nc',
  'ncat',
  'netcat',
  'socat',
  'ftp',
])
const DECODERS = new Set([
  'base64',
  'base32',
  'basenc',
  'xxd',
  'openssl',
  'uudecode',
  'gpg',
  'gunzip',
  'zcat',
  'xzcat',
  'od',
])
const INTERPRETERS =
  /^(?:python[0-9.]*|perl[0-9.]*|ruby|node|nodejs|deno|bun|php|lua|osascript|pwsh|powershell|tclsh|rscript)$/
const SOURCING = new Set(['eval', 'source', '.'])
const SYSTEM_FOLDERS = ['/etc', '/var', '/usr']
/** Commands that write, remove or change every file they name. */
const WRITERS = new Set(
  'tee touch mkdir rmdir rm unlink truncate chmod chown chgrp chattr ed ex vi vim nano emacs patch sponge shred mkfifo mknod split csplit'.split(
    ' ',
  ),
)
/** Commands that write to the last file they name. */
const COPIERS = new Set(['cp', 'mv', 'install', 'ln', 'rsync', 'scp'])

/** What hard rules look at besides the text. */
export interface DenyContext {
  readonly files: CompiledFiles
  readonly paths: PathContext
  readonly forbid: readonly (readonly string[])[]
  readonly parser: ShellParser
}

const deny = (code: string, detail: string): Violation => ({
  step: 6,
  code,
  detail,
  verdict: 'DENY',
  overridable: false,
})

/** Words looked at as possible paths; whoever writes more has to ask in any case. */
const PATHS_MAX = 300

/** A deny list of files reaches into commands of any shape: each of their words may be a path. */
export function deniedReads(seen: ShellSighting, { files, paths, parser }: DenyContext): Violation | null {
  if (files.denyRead.globs.length === 0) return null
  const words: (string | null)[] = []
  const commands = seen.pipelines.length === 1 ? seen.pipelines[0] : seen.pipelines.flat()
  for (const command of unwrapped(commands ?? [], parser)) {
    if (words.length >= PATHS_MAX) break
    for (let at = 1; at < command.words.length; at += 1) words.push(command.words[at] ?? null)
    for (const path of command.readsFrom) words.push(path)
  }
  for (const word of new Set(words.slice(0, PATHS_MAX))) {
    if (word === null) continue
    const value = word.includes('=') ? word.slice(word.lastIndexOf('=') + 1) : word
    const path = value.startsWith('@') ? value.slice(1) : value
    const denied = deniedRead(files, path, paths)
    if (denied !== null) return denied
  }
  return null
}

/** Everything in a command line that is denied whatever policy and approvals say. */
export function hardDenials(seen: ShellSighting, context: DenyContext): readonly Violation[] {
  const found: Violation[] = []
  if (seen.hasForkBomb) addOnce(found, deny('SHELL_FORK_BOMB', 'a function that starts itself without end'))
  const [first] = seen.pipelines
  for (const pipeline of seen.pipelines) {
    // A command of the first pipeline that comes again by itself says nothing new.
    const [only] = pipeline
    if (pipeline !== first && pipeline.length === 1 && only !== undefined && first?.includes(only) === true) continue
    const stages: (readonly SeenCommand[])[] = []
    for (const command of pipeline) stages.push(unwrapped([command], context.parser))
    if (stages.length > 1) addOnce(found, pipedProgram(stages))
    for (const stage of stages) {
      for (const command of stage) {
        const name = commandNameOf(command)
        for (const rule of rulesFor(name)) addOnce(found, rule(command, context, name))
      }
    }
  }
  return found
}

/** One reason of each kind is enough. */
function addOnce(found: Violation[], violation: Violation | null): void {
  if (violation !== null && !found.some(({ code }) => code === violation.code)) found.push(violation)
}

/** Whether words begin with a pattern's command and first words; flags in between do not hide them. */
export function matchesCommand(words: SeenCommand['words'], pattern: readonly string[]): boolean {
  const [name, ...rest] = pattern
  if (commandNameOf({ words }) !== name) return false
  const operands = words.slice(1).filter((word) => word !== null && !word.startsWith('-'))
  let position = 0
  return rest.every((part) => {
    if (part.startsWith('-')) return words.includes(part)
    position += 1
    return operands[position - 1] === part
  })
}

/**
 * Whether a hard rule could say anything about a command of this name whose words are all literal. Of one that prints
 * and reads there is nothing to deny once its profile, paths and redirects have been judged.
 */
export function mayBeDenied(name: string, watched: readonly (readonly string[])[]): boolean {
  const plain = commandNameOf({ words: [name] })
  const isNamed = PRIVILEGE.has(plain) || WRITERS.has(plain) || COPIERS.has(plain) || DENIED_BY_NAME.has(plain)
  const isSource = DOWNLOADERS.has(plain) || DECODERS.has(plain)
  if (isNamed || isSource || DISK.test(plain) || runsProgramText(plain) || startsOthers(plain)) return true
  return watched.some(([first]) => first === plain)
}

/** Names that single rules look for. */
const DENIED_BY_NAME = new Set(['chmod', 'chown', 'rm', 'find', 'sed', 'kill', 'pkill', 'killall'])

type Rule = (command: SeenCommand, context: DenyContext, name: string) => Violation | null

const privilege: Rule = (_command, _context, name) => deny('SHELL_PRIVILEGE', `${name} takes other rights`)

const disk: Rule = (_command, _context, name) => deny('SHELL_DISK', `${name} works on whole disks`)

const forbidden: Rule = ({ words }, { forbid }) => {
  if (forbid.length === 0) return null
  const pattern = forbid.find((candidate) => matchesCommand(words, candidate))
  return pattern === undefined ? null : deny('SHELL_FORBIDDEN', `${pattern.join(' ')} is forbidden by the policy`)
}

const permissions: Rule = (command) => {
  const isOpen = command.words.some((word) => {
    if (word === null) return false
    const isNumber = /^[0-7]{3,4}$/.test(word)
    if (isNumber) return /[2367]$/.test(word) || /^[2-7][0-7]{3}$/.test(word)
    return /^[ugoa,+=rwxXst-]*(?:[oa][ugoa]*[+=][rxXst]*w|[+=][rwxXt]*s)/.test(word)
  })
  return isOpen ? deny('SHELL_PERMISSIONS', 'chmod opens files to everyone or to other rights') : null
}

/** Where a word leads when it is a path: its folder up to the first wildcard. Null when that is not known. */
function placeOf(word: string, { paths }: DenyContext): string | null {
  const fixed = word.replace(/\/?[^/]*[*?[].*$/s, '')
  const literal = fixed === '' ? (word.startsWith('/') ? '/' : '.') : fixed
  if (!literal.startsWith('~')) return joinLexically(paths.cwd, literal)
  if (literal !== '~' && !literal.startsWith('~/')) return '/'
  return paths.home === null ? '/' : joinLexically(paths.home, `./${literal.slice(1)}`)
}

function isOutside(word: string, context: DenyContext): boolean {
  const place = placeOf(word, context)
  const { workspace } = context.paths
  return place === null || (place !== workspace && !place.startsWith(`${workspace}/`))
}

function operandsOf({ words }: SeenCommand): readonly string[] {
  return words.slice(1).filter((word) => word !== null && !word.startsWith('-')) as string[]
}

const recursiveDelete: Rule = (command, context, name) => {
  const isRemove = name === 'rm' && command.words.some((word) => /^-[A-Za-z]*[rR]|^--r/.test(word ?? ''))
  const isSweep =
    name === 'find' && command.words.some((word) => word === '-delete' || /^(?:rm|unlink|shred)$/.test(word ?? ''))
  if (!isRemove && !isSweep) return null
  const targets = isSweep ? rootsOfFind(command) : operandsOf(command)
  const outside = targets.find((target) => isOutside(target, context))
  return outside === undefined ? null : deny('SHELL_RECURSIVE_DELETE', `a recursive delete of ${outside.slice(0, 60)}`)
}

function rootsOfFind({ words }: SeenCommand): readonly string[] {
  const rest = words.slice(1)
  const start = rest.findIndex((word) => word !== null && /^(?:-[a-zA-Z]{2,}|[(!])/.test(word))
  return (start === -1 ? rest : rest.slice(0, start)).filter(
    (word) => word !== null && !word.startsWith('-'),
  ) as string[]
}

/** Targets that a command writes to, as far as its words tell. */
function targetsOf(command: SeenCommand, name: string): readonly string[] {
  if (!WRITERS.has(name) && !COPIERS.has(name) && name !== 'sed') return command.writesTo
  const operands = operandsOf(command)
  const written = [...command.writesTo]
  if (
    WRITERS.has(name) ||
    (name === 'sed' && command.words.some((word) => /^-[A-Za-z]*i|^--in-place/.test(word ?? '')))
  ) {
    written.push(...operands)
  } else if (COPIERS.has(name)) {
    const into = command.words.findIndex((word) => word === '-t' || word === '--target-directory')
    const folder = into === -1 ? operands.at(-1) : command.words[into + 1]
    if (folder !== undefined && folder !== null) written.push(folder)
    // Moving a file away changes the place it leaves.
    if (name === 'mv') written.push(...operands)
  }
  return written
}

const protectedWrite: Rule = (command, context, name) => {
  const targets = targetsOf(command, name)
  if (targets.length === 0) return null
  for (const target of targets) {
    const place = placeOf(target, context)
    if (place !== null && SYSTEM_FOLDERS.some((folder) => place === folder || place.startsWith(`${folder}/`))) {
      return deny('SHELL_SYSTEM_WRITE', `a write to ${place.slice(0, 60)}`)
    }
    const judged = judgePath(context.files, 'write', target, context.paths).violations
    const denied = judged.find(({ verdict }) => verdict === 'DENY')
    if (denied !== undefined) return denied
  }
  return null
}

const BRIDGES = new Set(['nc', 'ncat', 'netcat', 'socat'])
const DEVICE = /\/dev\/(?:tcp|udp)\//

function hasDeviceIn(words: SeenCommand['words']): boolean {
  for (const word of words) if (word?.includes('/dev/') === true && DEVICE.test(word)) return true
  return false
}

const remoteShell: Rule = (command, _context, name) => {
  const hasDevice = hasDeviceIn(command.words) || hasDeviceIn(command.writesTo) || hasDeviceIn(command.readsFrom)
  const runs =
    BRIDGES.has(name) &&
    command.words.some((word) => /^-[a-z]*[ec]|^--(?:sh-)?exec|^(?:exec|system|shell):/i.test(word ?? ''))
  return hasDevice || runs ? deny('SHELL_REMOTE_SHELL', 'a connection made by the shell or handed to a program') : null
}

const killEverything: Rule = (command) => {
  return command.words.length > 1 && command.words.at(-1) === '-1'
    ? deny('SHELL_KILL_ALL', 'kill of every process')
    : null
}

const fetchedProgram: Rule = (command, { parser }, name) => {
  if (command.inside.length === 0) return null
  const sources = unwrapped(command.inside, parser)
  return sources.some(isSource) ? deny('SHELL_PIPE_TO_INTERPRETER', `${name} runs what another command fetched`) : null
}

/** The rules that can say anything about a command of this name, in the order in which they speak. */
function rulesFor(name: string): readonly Rule[] {
  const known = rulesByName.get(name)
  if (known !== undefined) return known
  const rules = [
    ...(PRIVILEGE.has(name) ? [privilege] : []),
    ...(DISK.test(name) ? [disk] : []),
    forbidden,
    ...(name === 'chmod' ? [permissions] : []),
    ...(name === 'rm' || name === 'find' ? [recursiveDelete] : []),
    ...[protectedWrite, remoteShell],
    ...(name === 'kill' ? [killEverything] : []),
    ...(runsProgramText(name) ? [fetchedProgram] : []),
  ]
  if (rulesByName.size < NAMES_MAX && name.length <= NAME_LENGTH_MAX) rulesByName.set(name, rules)
  return rules
}

/** Commands have the same few names all day. */
const rulesByName = new Map<string, readonly Rule[]>()
const NAMES_MAX = 1000
const NAME_LENGTH_MAX = 40

function runsProgramText(name: string): boolean {
  return isShell(name) || INTERPRETERS.test(name) || SOURCING.has(name)
}

/** A program that is given a script file takes what is piped into it for input; a shell may do so or not. */
function runsItsInput(command: SeenCommand): boolean {
  const name = commandNameOf(command)
  if (!INTERPRETERS.test(name)) return runsProgramText(name)
  const script = operandsOf(command)[0]
  return script === undefined || script === '-' || command.words.some((word) => /^-[A-Za-z]*[ce]$/.test(word ?? ''))
}

function isSource(command: SeenCommand): boolean {
  const name = commandNameOf(command)
  return DOWNLOADERS.has(name) || DECODERS.has(name)
}

/** Something fetched or decoded upstream of something that runs program text. */
function pipedProgram(stages: readonly (readonly SeenCommand[])[]): Violation | null {
  let isFed = false
  for (const stage of stages) {
    if (isFed && stage.some(runsItsInput)) {
      return deny('SHELL_PIPE_TO_INTERPRETER', 'fetched or decoded text is piped into an interpreter')
    }
    isFed ||= stage.some(isSource)
  }
  return null
}
