import type { SeenCommand, ShellParser } from './syntax.ts'

/** Commands that start the command given as their arguments: flags that take a value, and words before the command. */
interface Starter {
  readonly valueFlags: readonly string[]
  readonly operands: number
}

const STARTERS: ReadonlyMap<string, Starter> = new Map<string, Starter>([
  ...[
    'nohup',
    'setsid',
    'command',
    'builtin',
    'time',
    'caffeinate',
    'busybox',
    'toybox',
    'unshare',
    'coproc',
    'noglob',
  ].map((name) => [name, { valueFlags: ['-f', '-o', '--format', '--output'], operands: 0 }] as const),
  ['env', { valueFlags: ['-u', '--unset', '-C', '--chdir'], operands: 0 }],
  ['exec', { valueFlags: ['-a'], operands: 0 }],
  ['timeout', { valueFlags: ['-s', '--signal', '-k', '--kill-after'], operands: 1 }],
  ['nice', { valueFlags: ['-n', '--adjustment'], operands: 0 }],
  ['ionice', { valueFlags: ['-c', '--class', '-n', '--classdata'], operands: 0 }],
  ['chrt', { valueFlags: [], operands: 1 }],
  ['taskset', { valueFlags: [], operands: 1 }],
  ['flock', { valueFlags: ['-w', '--timeout', '-E'], operands: 1 }],
  ['stdbuf', { valueFlags: ['-i', '-o', '-e'], operands: 0 }],
  ['watch', { valueFlags: ['-n', '--interval'], operands: 0 }],
  ['strace', { valueFlags: ['-o', '-e', '-p', '-s', '-u', '-E', '-a', '-O', '-S', '-b'], operands: 0 }],
  ['ltrace', { valueFlags: ['-o', '-e', '-p', '-s', '-u'], operands: 0 }],
  ['xargs', { valueFlags: ['-I', '-i', '-n', '-P', '-L', '-l', '-d', '-E', '-s', '-a'], operands: 0 }],
  ['parallel', { valueFlags: ['-j', '-I', '-a', '-n'], operands: 0 }],
])

const SHELLS: ReadonlySet<string> = new Set(['sh', 'bash', 'dash', 'zsh', 'ksh', 'ash', 'fish', 'csh', 'tcsh', 'rbash'])
/** Programs that run the text behind `-c`. */
const RUNNERS: ReadonlySet<string> = new Set([...SHELLS, 'su', 'script', 'runuser'])
const FIND_STARTERS: ReadonlySet<string> = new Set(['-exec', '-execdir', '-ok', '-okdir'])
/** Builtins whose arguments are program text. */
const EVALUATORS: ReadonlySet<string> = new Set(['eval', 'trap', 'watch'])

const FINDERS: ReadonlySet<string> = new Set(['find', 'fd', 'fdfind'])

const LEVELS_MAX = 5
const COMMANDS_MAX = 100
const SOURCES_MAX = 5
const INNER_LENGTH_MAX = 2000

/** The name without its folder and without what a case-blind system ignores. */
export function commandNameOf({ words }: Pick<SeenCommand, 'words'>): string {
  const [first] = words
  if (first === undefined || first === null) return ''
  // Nearly every name is what it will be compared as.
  if (PLAIN_NAME.test(first) && !first.endsWith('.exe')) return first
  return first
    .slice(first.lastIndexOf('/') + 1)
    .toLowerCase()
    .replace(/\.exe$/, '')
}

const PLAIN_NAME = /^[a-z0-9_.+[-]+$/

/** Whether a command of this name may start what its arguments name. */
export function startsOthers(name: string): boolean {
  return STARTERS.has(name) || EVALUATORS.has(name) || FINDERS.has(name)
}

export function isShell(name: string): boolean {
  return SHELLS.has(name)
}

/** A seen command together with all that it starts: by wrappers, `-exec`, `-c` strings and here-documents for a shell. */
export function unwrapped(commands: readonly SeenCommand[], parser: ShellParser): readonly SeenCommand[] {
  if (!startsAny(commands)) return commands
  const found: SeenCommand[] = []
  let level: readonly SeenCommand[] = commands
  for (let depth = 0; depth < LEVELS_MAX && level.length > 0 && found.length < COMMANDS_MAX; depth += 1) {
    const started: SeenCommand[] = []
    for (const command of level) {
      found.push(command)
      for (const inner of startedBy(command, parser)) if (started.length < COMMANDS_MAX) started.push(inner)
    }
    level = started
  }
  return found
}

function startsAny(commands: readonly SeenCommand[]): boolean {
  for (const command of commands) {
    const name = commandNameOf(command)
    if (startsOthers(name) || RUNNERS.has(name)) return true
  }
  return false
}

function startedBy(command: SeenCommand, parser: ShellParser): readonly SeenCommand[] {
  const name = commandNameOf(command)
  if (!startsOthers(name) && !RUNNERS.has(name)) return []
  const rest = command.words.slice(1)
  const argv = [...argumentsStartedBy(name, rest), ...foundStarts(name, rest)]
  const sources = [...sourcesOf(name, rest), ...(isShell(name) ? command.stdinText : [])].slice(0, SOURCES_MAX)
  const parsed = sources.flatMap((source) => parser.read(source, INNER_LENGTH_MAX).seen.pipelines.flat())
  return [...argv.map((words) => ({ ...command, words })), ...parsed]
}

type Words = SeenCommand['words']

function argumentsStartedBy(name: string, rest: Words): readonly Words[] {
  const starter = STARTERS.get(name)
  if (starter === undefined) return []
  let operands = starter.operands
  for (let at = 0; at < rest.length; at += 1) {
    const word = rest[at] ?? ''
    if (starter.valueFlags.includes(word)) at += 1
    else if (word.startsWith('-') || /^[A-Za-z_][A-Za-z0-9_]*=/.test(word)) continue
    else if (operands > 0) operands -= 1
    else return [rest.slice(at)]
  }
  return []
}

function foundStarts(name: string, rest: Words): readonly Words[] {
  if (!FINDERS.has(name)) return []
  const started: Words[] = []
  for (const [at, word] of rest.entries()) {
    const isStarter =
      name === 'find' ? FIND_STARTERS.has(word ?? '') : /^(?:-[a-z]*[xX]|--exec(?:-batch)?)$/.test(word ?? '')
    if (!isStarter) continue
    const tail = rest.slice(at + 1)
    const end = tail.findIndex((next) => next === ';' || next === '+')
    started.push(end === -1 ? tail : tail.slice(0, end))
  }
  return started
}

/** Program text among the arguments. Which word it is hardly matters: nothing is allowed because of it. */
function sourcesOf(name: string, rest: Words): readonly string[] {
  const literal = rest.filter((word) => word !== null)
  if (EVALUATORS.has(name)) return [literal.join(' '), ...literal]
  if (name === 'env') {
    const split = literal.findIndex((word) => /^-[A-Za-z0-9]*S|^--split-string/.test(word))
    return split === -1
      ? []
      : [
          literal
            .slice(split)
            .join(' ')
            .replace(/^-[A-Za-z0-9]*S|^--split-string=?/, ''),
        ]
  }
  const hasInline = literal.some((word) => /^-[A-Za-z]*c[A-Za-z]*$|^--command/.test(word))
  return RUNNERS.has(name) && hasInline ? literal.filter((word) => !word.startsWith('-')) : []
}
