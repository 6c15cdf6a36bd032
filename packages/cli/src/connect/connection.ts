import {
  connectMissionControl,
  createMissionControl,
  type MissionControl,
  type MissionControlClient,
  RefusedError,
  unwrap,
} from '@mission-control/core'
import { createHttpTransport } from '@mission-control/host-http/client'
import type { Given } from '../command.ts'
import { addressOf, keyFileOf, readKeyFile } from '../host/data-folder.ts'
import { InputFault } from '../input-fault.ts'
import { openStore } from '../open-store.ts'
import type { Terminal } from '../terminal.ts'
import { DATA_FOLDER, readSettings, type Settings } from './settings.ts'

/** A way to a Mission Control, and the client of whoever uses the command line. */
export interface Connection {
  /** Bound to the project when one is named, or the principal sees only one. */
  readonly client: MissionControlClient
  /** The address of the host, or where the store is. */
  readonly address: string
  /** Null over HTTP: what only a host may do is not done from here. */
  readonly missionControl: MissionControl | null
  close(): Promise<void>
}

/** Connects as the options, the environment and the settings file say: over HTTP, or to a store opened here. */
export async function connect(given: Given, terminal: Terminal): Promise<Connection> {
  const settings = await readSettings(given, terminal)
  if (settings.url !== null) return overHttp(settings.url, await keyOf(settings), settings)
  const folder = settings.database === null ? (settings.dataFolder ?? DATA_FOLDER) : null
  // A store of this kind is open for one program. If that is a host, the host is asked.
  const host = folder === null ? null : await addressOf(folder)
  if (host !== null) return overHttp(host, await keyOf({ ...settings, dataFolder: folder }), settings)
  return inProcess(given, { ...settings, dataFolder: folder })
}

/** The id of the project that a command works in; an input fault names the choice when there is one to make. */
export async function projectOf(client: MissionControlClient, named: string | null): Promise<string> {
  if (named !== null) return unwrap(await client.projects.get({ project: named })).id
  const { data } = unwrap(await client.projects.list({ limit: 20 }))
  const [only] = data
  if (only === undefined) throw new InputFault('there is no project: make one with `mission-control init`')
  if (data.length === 1) return only.id
  const slugs = data.map(({ slug }) => slug).join(', ')
  throw new InputFault(`which project? Name one with --project or PROJECT_SLUG: ${slugs}`)
}

/** Connects, and binds the client to the project that is meant. */
export async function connectInProject(given: Given, terminal: Terminal): Promise<Connection> {
  const connection = await connect(given, terminal)
  try {
    const { project } = await readSettings(given, terminal)
    return { ...connection, client: connection.client.inProject(await projectOf(connection.client, project)) }
  } catch (error) {
    await connection.close()
    throw error
  }
}

function overHttp(url: string, key: string, { project }: Settings): Connection {
  const client = connectMissionControl({
    transport: createHttpTransport({ baseUrl: url }),
    key,
    ...(project === null ? {} : { projectId: project }),
  })
  return { client, address: url, missionControl: null, close: async () => undefined }
}

async function inProcess(given: Given, settings: Settings): Promise<Connection> {
  const { dataFolder, database } = settings
  const place = database === null ? { data: dataFolder ?? DATA_FOLDER } : { database }
  const key = await keyOf(settings)
  const missionControl = createMissionControl({ storage: await openStore({ ...given, texts: place }) })
  try {
    const outcome = await missionControl.authenticate(key)
    if (!outcome.ok) throw new RefusedError(outcome.error)
    const address = dataFolder ?? 'the database'
    return { client: outcome.data, address, missionControl, close: () => missionControl.close() }
  } catch (error) {
    await missionControl.close()
    throw error
  }
}

/** What was named outright comes first, then the environment, then what usually serves. */
async function keyOf({ keyFile, person, key, usualKeyFile, dataFolder }: Settings): Promise<string> {
  if (keyFile !== null) return keyIn(keyFile)
  if (person !== null) {
    if (dataFolder === null) throw new InputFault('--as names a key of a data folder: give --data, or use --key-file')
    return keyIn(keyFileOf(dataFolder, person))
  }
  if (key !== null) return key
  if (usualKeyFile !== null) return keyIn(usualKeyFile)
  if (dataFolder !== null) return keyIn(keyFileOf(dataFolder, 'admin'))
  throw new InputFault('no key is given: set MC_API_KEY, or name a file with --key-file')
}

async function keyIn(file: string): Promise<string> {
  const key = await readKeyFile(file)
  if (key !== null) return key
  throw new InputFault(`${file}: there is no key. Make a store with \`mission-control init\`, or set MC_API_KEY`)
}
