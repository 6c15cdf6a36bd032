import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type BackupPart, type BackupPlace, type BackupWriter, MissionControlError } from '@mission-control/core'

const BACKUP_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/

/** Keeps backups in a folder, one below it for each. Only this user can read them. */
export function folderBackups(folder: string): BackupPlace {
  const folderOf = (backupId: string): string => {
    if (BACKUP_ID.test(backupId)) return join(folder, backupId)
    throw new MissionControlError('INTERNAL', `${backupId} is no name of a backup`, {
      hint: 'Use letters, digits, dots, dashes and underscores.',
    })
  }
  return {
    write: async (backupId, part) => {
      const own = folderOf(backupId)
      await mkdir(own, { recursive: true, mode: 0o700 })
      return fileWriter(own, part)
    },
    read: async (backupId, part) => {
      const file = join(folderOf(backupId), part)
      return (await exists(file)) ? createReadStream(file) : null
    },
    list: async () => {
      const found = await readdir(folder, { withFileTypes: true }).catch(() => [])
      const ids: string[] = []
      for (const entry of found) {
        if (entry.isDirectory() && (await exists(join(folder, entry.name, 'manifest.json')))) ids.push(entry.name)
      }
      return ids.sort()
    },
    remove: async (backupId) => {
      // The manifest first: what is left when this is cut off in the middle is no backup any more.
      await rm(join(folderOf(backupId), 'manifest.json'), { force: true })
      await rm(folderOf(backupId), { recursive: true, force: true })
    },
  }
}

async function exists(file: string): Promise<boolean> {
  return (await stat(file).catch(() => null)) !== null
}

/** Writes beside the name, flushes to the disk and takes the name last. */
async function fileWriter(folder: string, part: BackupPart): Promise<BackupWriter> {
  const beside = join(folder, `.${part}.${randomUUID()}`)
  const file = await open(beside, 'wx', 0o600)
  return {
    write: (text) => file.writeFile(text),
    close: async () => {
      await file.sync()
      await file.close()
      await rename(beside, join(folder, part))
    },
    discard: async () => {
      await file.close()
      await rm(beside, { force: true })
    },
  }
}
