import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createPostgresStorage, fromPglite, fromPool, migrate, type SqlClient } from '@mission-control/adapter-postgres'
import type { Storage } from '@mission-control/core/storage'
import type { CliOption, Given } from './command.ts'
import { type DataFolder, openDataFolder } from './host/data-folder.ts'
import { InputFault } from './input-fault.ts'

/** Where the store is: a server, or the data folder of a host that is not running. */
export const storeOptions: readonly CliOption[] = [
  { name: '--database', kind: 'text', value: 'url', summary: 'address of a Postgres database; default: DATABASE_URL' },
  { name: '--data', kind: 'text', value: 'folder', summary: 'data folder of a host that keeps its own database' },
]

/** Opens the store that the options name, with its schema up to date. `mayBeNew`: a folder without a database gets one. */
export async function openStore(given: Pick<Given, 'texts'>, mayBeNew = false): Promise<Storage> {
  const client = await openClient(given, mayBeNew)
  try {
    await migrate(client)
  } catch (error) {
    await client.close?.()
    throw error
  }
  return createPostgresStorage({ client })
}

async function openClient(given: Pick<Given, 'texts'>, mayBeNew: boolean): Promise<SqlClient> {
  const { database, data: folder } = given.texts
  if (database !== undefined && folder !== undefined) {
    throw new InputFault('--database and --data name two stores: give one of them')
  }
  // A folder that is named outright counts more than what happens to stand in the environment.
  const url = database ?? (folder === undefined ? process.env.DATABASE_URL : undefined)
  if (url !== undefined && url !== '') {
    const { Pool } = await import('pg')
    return fromPool(new Pool({ connectionString: url, max: 4 }))
  }
  if (folder === undefined) throw new InputFault('no store is named: give --database or --data, or set DATABASE_URL')
  const path = join(folder, 'database')
  if (!mayBeNew && (await stat(path).catch(() => null)) === null) {
    throw new InputFault(`${folder}: there is no database in it`)
  }
  const held = await openDataFolder(folder)
  try {
    return await openEmbedded(held)
  } catch (error) {
    await held.release()
    throw error
  }
}

/** The embedded database of a folder. Closing it gives the folder back. */
export async function openEmbedded(folder: DataFolder): Promise<SqlClient> {
  const path = join(folder.path, 'database')
  await mkdir(path, { recursive: true, mode: 0o700 })
  const { PGlite } = await import('@electric-sql/pglite')
  const client = fromPglite(await PGlite.create(path))
  return {
    ...client,
    close: async () => {
      await client.close?.()
      await folder.release()
    },
  }
}
