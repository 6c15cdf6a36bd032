import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CliCommand } from '../command.ts'
import { DATA_FOLDER, readStoreSettings } from '../connection.ts'
import { EXIT } from '../exit-codes.ts'
import { keyFileOf } from '../host/data-folder.ts'
import { openHost } from '../host/open-host.ts'
import { terminalLogger } from '../host/terminal-logger.ts'
import { storeOptions } from '../open-store.ts'

const CONFIG_FILE = 'mission-control.json'

/** Sets up a store and remembers where it is. A second time it changes nothing. */
export const init: CliCommand = {
  path: ['init'],
  summary: 'Sets up a store: its first ADMIN with a key file, a project, and settings for this folder.',
  options: [
    { name: '--slug', kind: 'text', value: 'slug', summary: 'slug of the project (default: openclaw)' },
    { name: '--name', kind: 'text', value: 'name', summary: 'name of the project (default: its slug)' },
    { name: '--demo', kind: 'flag', summary: 'builds the demo project with its squad instead' },
    ...storeOptions,
  ],
  async run(given, terminal) {
    const { dataFolder: named, database } = await readStoreSettings(given, terminal)
    const dataFolder = named ?? DATA_FOLDER
    const slug = given.texts.slug ?? 'openclaw'
    const host = await openHost({
      dataFolder,
      database,
      project: { slug, name: given.texts.name ?? slug },
      hasDemo: given.flags.demo === true,
      logger: terminalLogger(terminal, false),
    })
    try {
      const { newKeyFiles, folder } = host
      terminal.write(
        newKeyFiles.length === 0 ? `${folder.path} is set up already.\n` : 'Set up. New keys, readable by you only:\n',
      )
      for (const file of newKeyFiles) terminal.write(`  ${file}\n`)
    } finally {
      await host.close()
    }
    const settings =
      database === null
        ? { data: dataFolder, project: slug }
        : { keyFile: keyFileOf(dataFolder, 'admin'), project: slug }
    await writeFile(CONFIG_FILE, `${JSON.stringify(settings, null, 2)}\n`, { flag: 'wx' }).then(
      () => terminal.write(`Settings: ${join('.', CONFIG_FILE)}\n`),
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error
      },
    )
    terminal.write('Next: mission-control serve\n')
    return EXIT.ok
  },
}
