import { constants, statSync } from 'node:fs'
import { access, realpath, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { isInside } from './real-path.ts'
import { WorkspaceError } from './workspace-error.ts'

/** Folders in which programs are looked up: that of the running Node, so that scripts get the same, then the system's. */
const SEARCH_FOLDERS = [dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin', '/opt/homebrew/bin']

/** Names that decide which program or library runs. Whoever sets one of them takes the decision over. */
const RESERVED =
  /^(?:PATH|HOME|PWD|SHELL|TERM|LANG|ENV|IFS|NODE_OPTIONS|BASH_.*|LD_.*|DYLD_.*|PAGER|EMAIL|GIT_(?!(?:AUTHOR|COMMITTER)_(?:NAME|EMAIL|DATE)$).*)$/i

/** The variables of every command, and nothing else: what this program itself was started with stays here. */
export type Environment = Readonly<Record<string, string>>

export function searchPath(root: string): readonly string[] {
  const folders = [...new Set(SEARCH_FOLDERS)].filter((folder) => !isInside(root, folder) && isFolder(folder))
  if (folders.length === 0)
    throw new WorkspaceError('OPTIONS_INVALID', 'there is no folder with programs outside the workspace')
  return folders
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

export function createEnvironment(path: readonly string[], home: string, extra: Environment = {}): Environment {
  for (const [name, value] of Object.entries(extra)) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || RESERVED.test(name)) {
      throw new WorkspaceError('OPTIONS_INVALID', `env.${name} may not be set`)
    }
    if (typeof value !== 'string' || value.includes('\0')) {
      throw new WorkspaceError('OPTIONS_INVALID', `env.${name} must be a text`)
    }
  }
  return { ...extra, PATH: path.join(':'), HOME: home, LANG: 'C.UTF-8', TERM: 'dumb', SHELL: '/bin/sh', PAGER: 'cat' }
}

/** Finds the program of a bare name in the fixed folders, never in the working folder. Null when there is none. */
export async function findProgram(name: string, path: readonly string[], root: string): Promise<string | null> {
  for (const folder of path) {
    const program = `${folder}/${name}`
    if (await isProgram(program, root)) return program
  }
  return null
}

async function isProgram(program: string, root: string): Promise<boolean> {
  try {
    if (!(await stat(program)).isFile()) return false
    await access(program, constants.X_OK)
    return !isInside(root, await realpath(program))
  } catch {
    return false
  }
}
