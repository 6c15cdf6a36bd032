import { constants, existsSync } from 'node:fs'
import { type FileHandle, open, readlink, stat } from 'node:fs/promises'
import { walk } from './real-path.ts'
import { WorkspaceError } from './workspace-error.ts'

const { O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants
/** Where Linux shows the open files of this program: the way to open a name inside a folder that is open already. */
const OWN_FILES = existsSync('/proc/self/fd') ? '/proc/self/fd' : null

/** A folder held open. What is opened through it cannot be led elsewhere by renaming folders or planting links. */
export interface OpenFolder {
  /** A path to the held folder that keeps its meaning while the folder is open. */
  readonly path: string
  close(): Promise<void>
}

/** Opens a folder by its real path and proves that this very folder was opened. */
export async function openFolder(real: string): Promise<OpenFolder> {
  const held = await open(real, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
  try {
    if (!(await isSame(held, real))) {
      throw new WorkspaceError('PATH_ESCAPES', `${real} was moved while it was opened`)
    }
  } catch (error) {
    await held.close()
    throw error
  }
  return { path: OWN_FILES === null ? real : `${OWN_FILES}/${held.fd}`, close: () => held.close() }
}

async function isSame(held: FileHandle, real: string): Promise<boolean> {
  if (OWN_FILES !== null) return (await readlink(`${OWN_FILES}/${held.fd}`)) === real
  const [mine, named, walked] = await Promise.all([held.stat(), stat(real), walk('/', real)])
  return walked.real === real && mine.dev === named.dev && mine.ino === named.ino
}

/** Runs `use` with the folder that holds a real path open, and the path through that folder. */
export async function throughParent<T>(real: string, use: (path: string) => Promise<T>): Promise<T> {
  const cut = real.lastIndexOf('/')
  const name = real.slice(cut + 1)
  if (name === '') throw new WorkspaceError('PATH_KIND', 'the root folder is no file')
  const parent = await openFolder(cut === 0 ? '/' : real.slice(0, cut))
  try {
    return await use(`${parent.path}/${name}`)
  } finally {
    await parent.close()
  }
}

/**
 * Opens a regular file by its real path, never through a link. `O_TRUNC` must not be among the flags: a file is
 * emptied only after it has proved to be the right one.
 */
export function openFile(real: string, flags: number): Promise<FileHandle> {
  return throughParent(real, async (path) => {
    // Without O_NONBLOCK, opening a named pipe would wait for its other end.
    const file = await open(path, flags | O_NOFOLLOW | O_NONBLOCK, 0o644).catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ELOOP') {
        throw new WorkspaceError('PATH_ESCAPES', `${real} is a link`)
      }
      throw error
    })
    const stats = await file.stat()
    if (stats.isFile()) return file
    await file.close()
    throw new WorkspaceError('PATH_KIND', `${real} is ${stats.isDirectory() ? 'a folder' : 'no regular file'}`)
  })
}
