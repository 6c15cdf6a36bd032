import { constants } from 'node:fs'
import { lstat, mkdir, readdir, unlink } from 'node:fs/promises'
import type { Containment } from './containment.ts'
import type { WorkspaceLimits } from './limits.ts'
import { openFile, openFolder, throughParent } from './open-at.ts'
import { systemCode, WorkspaceError } from './workspace-error.ts'

const { O_CREAT, O_RDONLY, O_WRONLY } = constants
const FOLDERS_MAX = 50

export interface FileContent {
  readonly content: string
  /** Whether the file is longer than what is given. */
  readonly cut: boolean
}

export interface FileEntry {
  readonly name: string
  readonly kind: 'file' | 'folder' | 'link' | 'other'
}

/** Where a file operation happens: relative paths start at `cwd`, an absolute folder. */
export interface FileSetting {
  readonly cwd: string
  readonly containment: Containment
  readonly limits: WorkspaceLimits
}

/** The text of a file, up to the limit. */
export async function readText(path: string, { cwd, containment, limits }: FileSetting): Promise<FileContent> {
  const { real } = await containment.place(cwd, readable(path))
  const file = await openFile(real, O_RDONLY)
  try {
    const room = Buffer.alloc(Math.min(limits.fileBytesMax, (await file.stat()).size) + 1)
    let length = 0
    for (;;) {
      const { bytesRead } = await file.read(room, length, room.length - length, length)
      length += bytesRead
      if (bytesRead === 0 || length === room.length) break
    }
    const cut = length > limits.fileBytesMax
    return { content: decode(room.subarray(0, Math.min(length, limits.fileBytesMax)), cut), cut }
  } finally {
    await file.close()
  }
}

function decode(bytes: Buffer, isCut: boolean): string {
  if (bytes.includes(0)) throw new WorkspaceError('NOT_TEXT', 'the file is not text')
  try {
    // `stream` forgives the half of a character that the limit has cut.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: isCut })
  } catch {
    throw new WorkspaceError('NOT_TEXT', 'the file is not UTF-8 text')
  }
}

/** Writes a whole file; missing folders on the way are made. */
export async function writeText(path: string, content: string, setting: FileSetting): Promise<void> {
  const { cwd, containment, limits } = setting
  const bytes = Buffer.from(content)
  if (bytes.length > limits.fileBytesMax) {
    throw new WorkspaceError('TOO_LARGE', `a file may have at most ${limits.fileBytesMax} bytes`)
  }
  const { real } = await containment.place(cwd, readable(path))
  await makeFolders(real)
  const file = await openFile(real, O_WRONLY | O_CREAT)
  try {
    await file.truncate()
    await file.writeFile(bytes)
  } finally {
    await file.close()
  }
}

async function makeFolders(real: string): Promise<void> {
  const missing: string[] = []
  for (
    let folder = real.slice(0, real.lastIndexOf('/'));
    folder !== '';
    folder = folder.slice(0, folder.lastIndexOf('/'))
  ) {
    if (await isFolder(folder)) break
    missing.unshift(folder)
    if (missing.length > FOLDERS_MAX) throw new WorkspaceError('TOO_LARGE', `more than ${FOLDERS_MAX} folders to make`)
  }
  for (const folder of missing) {
    await throughParent(folder, async (path) => {
      await mkdir(path).catch((error: unknown) => {
        // Somebody else was faster; the next step opens it without following links.
        if (systemCode(error) !== 'EEXIST') throw error
      })
    })
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    await (await openFolder(path)).close()
    return true
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false
    throw error
  }
}

/** The names in a folder, sorted. */
export async function listFolder(
  path: string,
  { cwd, containment, limits }: FileSetting,
): Promise<readonly FileEntry[]> {
  const { real } = await containment.place(cwd, readable(path))
  const folder = await openFolder(real)
  try {
    const entries = await readdir(folder.path, { withFileTypes: true })
    if (entries.length > limits.entriesMax) {
      throw new WorkspaceError('TOO_LARGE', `the folder has more than ${limits.entriesMax} entries`)
    }
    const named = entries.map((entry): FileEntry => {
      const kind = entry.isFile() ? 'file' : entry.isDirectory() ? 'folder' : entry.isSymbolicLink() ? 'link' : 'other'
      return { name: entry.name, kind }
    })
    return named.sort((one, other) => (one.name < other.name ? -1 : 1))
  } finally {
    await folder.close()
  }
}

/** Removes one file, never a folder, and never what a link leads to. */
export async function removeFile(path: string, { cwd, containment }: FileSetting): Promise<void> {
  const { real, steps } = await containment.place(cwd, readable(path))
  const last = steps.at(-1)
  if (last !== undefined && last.path !== last.real) throw new WorkspaceError('PATH_KIND', 'a link is not removed')
  await throughParent(real, async (name) => {
    if (!(await lstat(name)).isFile()) throw new WorkspaceError('PATH_KIND', 'only a regular file is removed')
    await unlink(name)
  })
}

function readable(path: string): string {
  if (path === '' || path.length > 4096 || path.includes('\0') || !path.isWellFormed()) {
    throw new WorkspaceError('INPUT_INVALID', 'the path cannot be read')
  }
  // Nobody's home folder is the agent's; taking the sign for a name would surprise.
  if (path.startsWith('~')) throw new WorkspaceError('INPUT_INVALID', 'a path may not start with ~')
  return path
}
