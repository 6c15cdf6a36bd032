import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import type { CliOption, Given } from '../command.ts'
import { InputFault, parseJson, schemaFault } from '../input-fault.ts'
import { storeOptions } from '../open-store.ts'
import type { Terminal } from '../terminal.ts'

/** Where Mission Control is and who asks, from the command line, the environment and a file, in this order. */
export interface Settings {
  /** A host that serves HTTP; null when the store is opened here. */
  readonly url: string | null
  /** Address of a Postgres database; null for a data folder. */
  readonly database: string | null
  readonly dataFolder: string | null
  /** Named on the command line, so it counts before the key of the environment. */
  readonly keyFile: string | null
  /** Whose key of the data folder is asked for; null when nobody was named. */
  readonly person: string | null
  /** The key of the environment. */
  readonly key: string | null
  /** The key file of the settings file, for when there is no other key. */
  readonly usualKeyFile: string | null
  /** Slug or id; null when none was named. */
  readonly project: string | null
}

/** The options of every command that talks to a Mission Control. */
export const connectionOptions: readonly CliOption[] = [
  { name: '--url', kind: 'text', value: 'url', summary: 'address of a host; default: MC_URL' },
  {
    name: '--key-file',
    kind: 'text',
    value: 'file',
    summary: 'file that holds the key; default: the key in MC_API_KEY',
  },
  { name: '--as', kind: 'text', value: 'name', summary: 'whose key of the data folder to use' },
  { name: '--project', kind: 'text', value: 'slug', summary: 'project to work in; default: PROJECT_SLUG' },
  ...storeOptions,
  {
    name: '--config',
    kind: 'text',
    value: 'file',
    summary: 'settings; default: MC_CONFIG, or mission-control.json of this folder',
  },
]

/** The folder that `serve` and `init` use unless told otherwise. */
export const DATA_FOLDER = '.mission-control'

const CONFIG_FILE = 'mission-control.json'

const configSchema = z.strictObject({
  url: z.string().min(1).optional(),
  keyFile: z.string().min(1).optional(),
  data: z.string().min(1).optional(),
  project: z.string().min(1).optional(),
})
type Config = z.infer<typeof configSchema>

/** Puts together what was given. What is named on the command line counts more than anything else. */
export async function readSettings(given: Given, terminal: Terminal): Promise<Settings> {
  const { env = {} } = terminal
  const { texts } = given
  const config = await readConfig(texts.config ?? said(env.MC_CONFIG), terminal)
  const places = ['url', 'database', 'data'].filter((name) => texts[name] !== undefined)
  if (places.length > 1) throw new InputFault(`--${places.join(' and --')} name different places: give one of them`)
  const isNamed = places.length === 1
  const url = texts.url ?? (isNamed ? null : (said(env.MC_URL) ?? said(env.CONVEX_URL) ?? said(env.VITE_CONVEX_URL)))
  const database = texts.database ?? (isNamed || url !== null ? null : said(env.DATABASE_URL))
  const isElsewhere = url !== null || database !== null
  return {
    url: url ?? (isNamed || database !== null ? null : (config.url ?? null)),
    database,
    dataFolder: texts.data ?? (isElsewhere ? null : (config.data ?? null)),
    keyFile: texts['key-file'] ?? null,
    person: texts.as ?? null,
    key: said(env.MC_API_KEY),
    usualKeyFile: config.keyFile ?? null,
    project: texts.project ?? said(env.PROJECT_SLUG) ?? config.project ?? null,
  }
}

/** Where a host finds its store. It is reached over HTTP by others, so an address of one says nothing to it. */
export async function readStoreSettings(
  given: Given,
  terminal: Terminal,
): Promise<Pick<Settings, 'database' | 'dataFolder'>> {
  const { env = {} } = terminal
  const { database = null, data: dataFolder = null } = given.texts
  if (database !== null && dataFolder !== null) {
    throw new InputFault('--database and --data name different places: give one of them')
  }
  if (database !== null || dataFolder !== null) return { database, dataFolder }
  const { data = null } = await readConfig(given.texts.config ?? said(env.MC_CONFIG), terminal)
  return { database: said(env.DATABASE_URL), dataFolder: data }
}

/** A variable that is set to nothing is not set. */
function said(value: string | undefined): string | null {
  return value === undefined || value === '' ? null : value
}

/** The file that was named, or the one of this folder if there is one. Paths in it are seen from where it lies. */
async function readConfig(named: string | null, terminal: Terminal): Promise<Config> {
  const text = named === null ? await terminal.read(CONFIG_FILE).catch(() => null) : await terminal.read(named)
  if (text === null) return {}
  const file = named ?? CONFIG_FILE
  const parsed = configSchema.safeParse(parseJson(file, text))
  if (!parsed.success) throw schemaFault(file, parsed.error)
  const { keyFile, data, ...rest } = parsed.data
  const seen = (path: string) => resolve(dirname(file), path)
  return {
    ...rest,
    ...(keyFile === undefined ? {} : { keyFile: seen(keyFile) }),
    ...(data === undefined ? {} : { data: seen(data) }),
  }
}
