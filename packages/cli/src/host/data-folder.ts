import { randomUUID } from 'node:crypto'
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { InputFault } from '../input-fault.ts'

const ATTEMPTS_MAX = 6
const RETRY_MS = 250
/** Beside the lock: the address of the host that holds it. */
const ADDRESS = 'address'

/** The folder that holds the database, the keys and the agents' checkouts; open for one process at a time. */
export interface DataFolder {
  readonly path: string
  /** Writes a secret that only this user can read; gives the path of its file. */
  keepKey(name: string, key: string): Promise<string>
  /** A key kept before, or null. */
  readKey(name: string): Promise<string | null>
  /** Says where the host that works on this folder is reached, until the folder is released. */
  announce(url: string): Promise<void>
  release(): Promise<void>
}

/** When a process began, from the kernel, where it tells: a process id alone is used again sooner or later. */
async function startOf(pid: number): Promise<string> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')')).split(' ')
    // A process that has ended and was not collected yet still has an entry.
    return fields[1] === 'Z' || fields[1] === 'X' ? 'ended' : (fields[20] ?? '')
  } catch {
    return ''
  }
}

async function isAlive(lock: string): Promise<boolean> {
  const [pidText = '', start = ''] = lock.trim().split(' ')
  const pid = Number(pidText)
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
  return start === '' || start === (await startOf(pid))
}

async function takeLock(file: string): Promise<void> {
  const mine = `${process.pid} ${await startOf(process.pid)}\n`
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    try {
      await writeFile(file, mine, { flag: 'wx', mode: 0o600 })
      return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const held = await readFile(file, 'utf8').catch(() => '')
    if (held !== '' && (await isAlive(held))) {
      // One that was just killed takes a moment to be gone.
      if (attempt < ATTEMPTS_MAX) {
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
        continue
      }
      throw new InputFault(
        `Another process (${held.split(' ')[0]}) works on this folder. Stop it, or choose another folder with --data.`,
      )
    }
    // Put the dead one's lock aside under a name of our own; if it was not the dead one's after all, put it back.
    const aside = `${file}.${randomUUID()}`
    await rename(file, aside).catch(() => {})
    const moved = await readFile(aside, 'utf8').catch(() => held)
    if (moved !== held) await rename(aside, file).catch(() => {})
    else await rm(aside, { force: true })
  }
  throw new InputFault('The lock of the data folder keeps changing hands. Try again.')
}

/** Opens the folder, makes it if it is missing, and takes its lock. */
export async function openDataFolder(path: string): Promise<DataFolder> {
  const root = resolve(path)
  const keys = join(root, 'keys')
  const lock = join(root, 'lock')
  try {
    await mkdir(keys, { recursive: true, mode: 0o700 })
    await chmod(root, 0o700)
    await takeLock(lock)
  } catch (error) {
    if (error instanceof InputFault) throw error
    throw new InputFault(`Cannot write to ${root}: ${(error as Error).message}. Choose another folder with --data.`)
  }
  return {
    path: root,
    keepKey: async (name, key) => {
      const file = keyFileOf(root, name)
      await writeFile(file, `${key}\n`, { mode: 0o600 })
      return file
    },
    readKey: (name) => readKeyFile(keyFileOf(root, name)),
    announce: (url) => writeFile(join(root, ADDRESS), `${url}\n`, { mode: 0o600 }),
    release: async () => {
      await rm(join(root, ADDRESS), { force: true })
      await rm(lock, { force: true })
    },
  }
}

/** Where the key of that name lies in a data folder. */
export function keyFileOf(folder: string, name: string): string {
  return join(folder, 'keys', `${name}.key`)
}

/** The key in a file, or null when there is none. */
export async function readKeyFile(file: string): Promise<string | null> {
  return (await readFile(file, 'utf8').catch(() => '')).trim() || null
}

/** Where the host is reached that works on this folder; null when nobody does, or it serves nothing. */
export async function addressOf(folder: string): Promise<string | null> {
  const held = await readFile(join(folder, 'lock'), 'utf8').catch(() => '')
  if (held === '' || !(await isAlive(held))) return null
  return (await readFile(join(folder, ADDRESS), 'utf8').catch(() => '')).trim() || null
}
