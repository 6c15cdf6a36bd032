import { WorkspaceError } from './workspace-error.ts'

/** A git command line, cut into what stands before the sub-command, the sub-command, and the rest. */
export interface GitCommand {
  readonly globals: readonly string[]
  /** Null for a command such as `git --version`. */
  readonly subcommand: string | null
  readonly rest: readonly string[]
}

const WITH_VALUE = new Set(
  '-C -c --git-dir --work-tree --namespace --super-prefix --config-env --attr-source'.split(' '),
)
const WITHOUT_VALUE = new Set(
  `-p --paginate -P --no-pager --no-replace-objects --bare --literal-pathspecs --glob-pathspecs --noglob-pathspecs
   --icase-pathspecs --no-optional-locks`.split(/\s+/),
)
/** Flags in place of a sub-command: git answers and ends. */
const ANSWERS = new Set('--version -v --help -h --html-path --man-path --info-path --exec-path'.split(' '))

/** Sub-commands whose one purpose is to start a program that the configuration names. */
const STARTERS = new Set('difftool mergetool instaweb web--browse send-email'.split(' '))

/** Cuts the words behind `git`. Throws for what would replace git's own programs, starts others, or is not known. */
export function readGitCommand(words: readonly string[]): GitCommand {
  let at = 0
  while (words[at]?.startsWith('-') === true && !ANSWERS.has(words[at] ?? '')) {
    const word = words[at] ?? ''
    const isGlued = word.startsWith('--') && word.includes('=') && WITH_VALUE.has(word.slice(0, word.indexOf('=')))
    if (!isGlued && !WITH_VALUE.has(word) && !WITHOUT_VALUE.has(word)) throw notRun(word)
    at += WITH_VALUE.has(word) ? 2 : 1
  }
  const first = words[at] ?? null
  if (first === null || ANSWERS.has(first))
    return { globals: words.slice(0, at), subcommand: null, rest: words.slice(at) }
  if (STARTERS.has(first)) throw notRun(first)
  return { globals: words.slice(0, at), subcommand: first, rest: words.slice(at + 1) }
}

function notRun(word: string): WorkspaceError {
  return new WorkspaceError('GIT_CONFIG', `git ${word.slice(0, 60)} is not run here`)
}

/** Sub-commands that only read history and the index, and no work tree of a submodule. */
const READING = new Set(
  `log show branch rev-parse ls-files ls-tree blame annotate remote tag shortlog merge-base reflog worktree grep cat-file
   show-ref check-ignore describe rev-list name-rev for-each-ref diff-tree status diff version config var`.split(/\s+/),
)
const TALKING = new Set('fetch pull push clone ls-remote submodule archive'.split(' '))
const TALKING_REMOTE = new Set(['update', 'show', 'prune', 'add', 'set-head'])

/** Whether a command could be handed content through filters, or look into submodules, without harm when neither works. */
export function isReading({ subcommand, rest }: GitCommand): boolean {
  if (subcommand === null) return true
  if (rest.some((word) => /submodule|^--(?:dirty|broken|ext-diff|textconv|filters|output|open-files)|^-O/.test(word)))
    return false
  if (subcommand === 'stash') return rest[0] === 'list'
  if (subcommand === 'worktree') return rest[0] === 'list'
  return READING.has(subcommand)
}

/** Whether a command is meant to talk to another repository. Every other one must not, not even to complete a partial clone. */
export function isTalking({ subcommand, rest }: GitCommand): boolean {
  if (subcommand === 'remote') return TALKING_REMOTE.has(rest[0] ?? '')
  return subcommand !== null && TALKING.has(subcommand)
}

const NO_PROGRAMS = ['--no-ext-diff', '--no-textconv']
/** Flags that turn off what no setting turns off: `diff.external` and drivers cannot be blanked. */
const FLAGS: Readonly<Record<string, readonly string[]>> = {
  diff: [...NO_PROGRAMS, '--ignore-submodules=dirty'],
  status: ['--ignore-submodules=dirty'],
  log: NO_PROGRAMS,
  show: NO_PROGRAMS,
  blame: ['--no-textconv'],
}

export function protectiveFlags(subcommand: string | null): readonly string[] {
  return subcommand !== null && Object.hasOwn(FLAGS, subcommand) ? (FLAGS[subcommand] ?? []) : []
}
