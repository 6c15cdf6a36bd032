import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import type { Containment } from './containment.ts'
import type { Environment } from './environment.ts'
import { type GitCommand, isReading, isTalking, protectiveFlags, readGitCommand } from './git-command.ts'
import { isInside, joinLexically, walk } from './real-path.ts'
import { WorkspaceError } from './workspace-error.ts'

const runFile = promisify(execFile)
const LOOK_MS = 10_000
const LISTED_BYTES_MAX = 64 * 1024 * 1024
const SUBMODULES_MAX = 50
const SUBMODULE_DEPTH_MAX = 4

/**
 * Settings that every git command gets, whatever the checkout says. Given on the command line they win over the
 * checkout's own configuration and reach the git processes that git starts itself.
 */
const PINNED: readonly string[] = [
  'core.fsmonitor=false',
  'core.hooksPath=/dev/null',
  'core.pager=cat',
  'core.askPass=',
  'credential.helper=',
  'interactive.diffFilter=cat',
  // Signing and checking signatures start a program that the checkout may name.
  'gpg.openpgp.program=gpg',
  'gpg.x509.program=gpgsm',
  'gpg.ssh.program=ssh-keygen',
  'commit.gpgSign=false',
  'tag.gpgSign=false',
  'push.gpgSign=false',
  'log.showSignature=false',
  // Housekeeping would go on in the background after the command has ended.
  'gc.auto=0',
  'maintenance.auto=false',
  // A submodule has a configuration of its own, which git would follow into it.
  'submodule.recurse=false',
  'diff.submodule=short',
  'status.submoduleSummary=false',
  // Containers and services often run as another user than the owner of the checkout. Git's own protection against
  // foreign checkouts is to trust no configuration in them, which is what all the rest here does.
  'safe.directory=*',
  'safe.bareRepository=explicit',
]

const ENVIRONMENT: Environment = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_ATTR_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_PAGER: 'cat',
  GIT_EDITOR: 'false',
  GIT_SEQUENCE_EDITOR: 'false',
  GIT_ASKPASS: 'false',
  SSH_ASKPASS: 'false',
  GIT_SSH_COMMAND: 'ssh',
  // Used only where neither the checkout nor the environment names an author.
  EMAIL: 'agent@mission-control.invalid',
}

export interface GitSetting {
  readonly program: string
  /** The working folder, held open, and where it really is. */
  readonly cwd: string
  readonly realCwd: string
  readonly environment: Environment
  readonly containment: Containment
}

/** A command line of git under which nothing that the checkout's configuration names is started. */
export async function prepareGit(argv: readonly string[], setting: GitSetting) {
  const command = readGitCommand(argv.slice(1))
  const isRemote = isTalking(command)
  const environment: Environment = {
    ...setting.environment,
    ...ENVIRONMENT,
    // What lies above the workspace is not the agent's, even if it is one repository.
    GIT_CEILING_DIRECTORIES: dirname(setting.containment.root),
    GIT_ALLOW_PROTOCOL: isRemote ? 'https:http:ssh' : '',
  }
  const git = new Git({ ...setting, environment }, command.globals)
  const pins = ['--no-pager', ...PINNED.flatMap((pin) => ['-c', pin])]
  const overrides = command.subcommand === null ? [] : await overridesFor(git, command, isRemote)
  const { globals, subcommand, rest } = command
  const tail = subcommand === null ? rest : [subcommand, ...protectiveFlags(subcommand), ...rest]
  return {
    argv: [argv[0] ?? 'git', ...globals, ...pins, ...overrides.flatMap((pin) => ['-c', pin]), ...tail],
    environment,
  }
}

/** Asks git about the checkout. None of these questions starts a program. */
class Git {
  readonly setting: GitSetting
  readonly #globals: readonly string[]

  constructor(setting: GitSetting, globals: readonly string[]) {
    this.setting = setting
    this.#globals = globals
  }

  /** Null when git refuses, as it does outside a repository. */
  async ask(...words: readonly string[]): Promise<string | null> {
    const pins = PINNED.flatMap((pin) => ['-c', pin])
    const { program, cwd, environment } = this.setting
    const options = { cwd, env: environment, timeout: LOOK_MS, maxBuffer: LISTED_BYTES_MAX }
    try {
      return (await runFile(program, [...this.#globals, '--no-pager', ...pins, ...words], options)).stdout
    } catch (error) {
      if (error instanceof Error && 'code' in error && typeof error.code === 'number') return null
      throw new WorkspaceError('GIT_CONFIG', 'the configuration of the checkout could not be read')
    }
  }

  /** The same in the folder of a submodule. */
  inside(folder: string): Git {
    return new Git({ ...this.setting, cwd: folder, realCwd: folder }, [])
  }

  async settingNames(): Promise<readonly string[]> {
    const listed = await this.ask('config', '--list', '--includes', '--name-only', '-z')
    if (listed === null) throw new WorkspaceError('GIT_CONFIG', 'the configuration of the checkout cannot be read')
    return [...new Set(listed.split('\0').filter((name) => name !== ''))]
  }
}

/** `filter.NAME.clean` and its like: settings whose value is a program, under names that only the checkout knows. */
const PROGRAM = /^(filter|diff|merge)\.(.+)\.(clean|smudge|process|textconv|command|driver)$/s
const REMOTE_PROGRAM = /^remote\..+\.(?:uploadpack|receivepack|vcs|proxy)$|^core\.gitproxy$/is
const PLAIN_NAME = /^[\p{L}\p{N} ._+/:@-]{1,100}$/u

async function overridesFor(git: Git, command: GitCommand, isRemote: boolean): Promise<readonly string[]> {
  const where = await git.ask('rev-parse', '--path-format=absolute', '--show-toplevel', '--git-common-dir')
  if (where === null) {
    if ((await git.ask('rev-parse', '--git-dir')) === null) return []
    throw new WorkspaceError('GIT_CONFIG', 'git is only run in the work tree of a repository')
  }
  const [top = '', common = ''] = where.split('\n')
  await checkPlace(git.setting, top, common)
  const names = await git.settingNames()
  const hidden = names.find((name) => isHiddenProgram(name, command, isRemote))
  if (hidden !== undefined) throw refused(hidden)
  const isRead = isReading(command)
  if (!isRead) await checkSubmodules(git, top, 1)
  return names.flatMap((name) => overrideOf(name, isRead))
}

/** Settings by which the very command would become another one than the words that were judged. */
function isHiddenProgram(name: string, { subcommand, rest }: GitCommand, isRemote: boolean): boolean {
  const alias = `alias.${subcommand?.toLowerCase()}`
  if (name === alias || name.startsWith(`${alias}.`)) return true
  if (isRemote && REMOTE_PROGRAM.test(name)) return true
  return rest.includes('--ext-diff') && /^diff\.(?:external|.+\.command)$/s.test(name)
}

function refused(setting: string): WorkspaceError {
  return new WorkspaceError(
    'GIT_CONFIG',
    `the configuration of this checkout names a program that git would run here (${setting.slice(0, 100)})`,
  )
}

/** The repository must be that of the workspace: no `.git` file and no `core.worktree` may lead to another one. */
async function checkPlace({ containment, realCwd }: GitSetting, top: string, common: string): Promise<void> {
  const { root } = containment
  const [tree, repository] = await Promise.all([walk('/', top), walk('/', common)])
  const isTreeFine = isInside(root, tree.real) || (!isInside(root, realCwd) && isInside(tree.real, realCwd))
  const isOwn = isInside(root, repository.real) || isInside(tree.real, repository.real) || tree.real === root
  if (!isTreeFine || !isOwn)
    throw new WorkspaceError('GIT_CONFIG', 'this is the checkout of a repository outside the workspace')
}

function overrideOf(name: string, isRead: boolean): readonly string[] {
  const found = PROGRAM.exec(name)
  if (found === null) return []
  const [, section = '', driver = '', key = ''] = found
  if (!PLAIN_NAME.test(driver)) throw refused(name)
  if (section === 'diff') {
    // Neither can be blanked. `cat` shows the content as it is; an external diff is turned off by a flag.
    return key === 'textconv' ? [`${name}=cat`, `diff.${driver}.cachetextconv=false`] : []
  }
  // A merge driver that fails leaves a conflict, which a person sees.
  if (section === 'merge') return key === 'driver' ? [`${name}=false`] : []
  // Without its filter a reading command shows the content as it lies there. A writing one would store the wrong content.
  if (!isRead) throw refused(name)
  return [`${name}=`, `filter.${driver}.required=false`]
}

/** Writing commands look into submodules whatever the settings say, so there must be no programs to find. */
async function checkSubmodules(git: Git, top: string, depth: number): Promise<void> {
  const listed = await git.ask('ls-files', '--stage', '--full-name', '-z', `:/`)
  const paths = (listed ?? '').split('\0').flatMap((entry) => /^160000 [^\t]*\t(.*)$/s.exec(entry)?.[1] ?? [])
  const populated = paths.map((path) => joinLexically(top, path)).filter((folder) => existsSync(`${folder}/.git`))
  if (populated.length > SUBMODULES_MAX || (populated.length > 0 && depth > SUBMODULE_DEPTH_MAX)) {
    throw new WorkspaceError('GIT_CONFIG', 'too many submodules to look through')
  }
  for (const folder of populated) {
    const inner = git.inside(folder)
    const program = (await inner.settingNames()).find((name) => PROGRAM.test(name) || name === 'diff.external')
    if (program !== undefined) throw refused(program)
    await checkSubmodules(inner, folder, depth + 1)
  }
}
