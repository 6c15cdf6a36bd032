import { createPostgresStorage, migrate } from '@mission-control/adapter-postgres'
import { createMissionControl, type Logger, type MissionControl, seedDemo } from '@mission-control/core'
import type { Storage } from '@mission-control/core/storage'
import { createGenaiPriceBook } from '@mission-control/genai-prices'
import { openEmbedded, openStore } from '../open-store.ts'
import { type DataFolder, keyFileOf, openDataFolder } from './data-folder.ts'
import { HOST_POLICY } from './host-policy.ts'

const DEMO_PROJECT = { slug: 'openclaw', name: 'OpenClaw' }

export interface HostRequest {
  /** Keys are kept here, and the embedded database unless another one is named. */
  readonly dataFolder: string
  /** Address of a Postgres database; null for the embedded one. */
  readonly database: string | null
  /** What an empty store begins with; null: only its first ADMIN. */
  readonly project: { readonly slug: string; readonly name: string } | null
  /** Builds the demo project with its squad and a task in every status. */
  readonly hasDemo: boolean
  readonly logger: Logger
}

/** A host of this process: the root of trust, with the folder that its keys are in. */
export interface OpenHost {
  readonly missionControl: MissionControl
  readonly folder: DataFolder
  /** Files of keys that were made just now, mode 600. */
  readonly newKeyFiles: readonly string[]
  close(): Promise<void>
}

/** Opens the store and sets it up when it is empty. The first ADMIN's key goes into a file and nowhere else. */
export async function openHost(request: HostRequest): Promise<OpenHost> {
  const folder = await openDataFolder(request.dataFolder)
  let storage: Storage
  try {
    storage = await openStorage(folder, request.database)
  } catch (error) {
    await folder.release()
    throw error
  }
  const { logger } = request
  const missionControl = createMissionControl({ storage, logger, priceBook: createGenaiPriceBook() })
  const close = async (): Promise<void> => {
    await missionControl.close()
    await folder.release()
  }
  try {
    return { missionControl, folder, newKeyFiles: await setUp(missionControl, folder, request), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function openStorage(folder: DataFolder, database: string | null): Promise<Storage> {
  if (database !== null) return openStore({ texts: { database } })
  const client = await openEmbedded(folder)
  await migrate(client)
  return createPostgresStorage({ client })
}

async function setUp(mc: MissionControl, folder: DataFolder, request: HostRequest): Promise<readonly string[]> {
  const { project, hasDemo } = request
  const files: string[] = []
  const beginning = hasDemo ? DEMO_PROJECT : project
  const first = await mc.bootstrap({
    admin: { displayName: 'admin' },
    policy: HOST_POLICY,
    ...(beginning === null ? {} : { project: beginning }),
  })
  if (first.ok) files.push(await folder.keepKey('admin', first.data.key))
  if (hasDemo) {
    const { keys } = await seedDemo(mc)
    for (const [name, key] of keys) files.push(await folder.keepKey(name.toLowerCase(), key))
  }
  const isKnown = (await folder.readKey('admin')) !== null
  return isKnown ? files : [...files, ...(await replaceAdminKey(mc, folder))]
}

/** The key was lost, or the store came without one: the host issues it anew, which is audited. */
async function replaceAdminKey(mc: MissionControl, folder: DataFolder): Promise<readonly string[]> {
  const people = await mc.system.principals.list({ kind: 'HUMAN', limit: 200 })
  const admin = people.ok
    ? people.data.data.find(({ role, status }) => role === 'ADMIN' && status === 'ACTIVE')
    : undefined
  if (admin === undefined) return []
  const issued = await mc.issueAdminKey(admin.id)
  if (!issued.ok) return []
  await folder.keepKey('admin', issued.data.key)
  return [keyFileOf(folder.path, 'admin')]
}
