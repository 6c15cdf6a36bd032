import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { manifestText } from '@mission-control/core'
import { type CliCommand, textOf } from '../command.ts'
import { connect, connectionOptions, projectOf, readSettings } from '../connection.ts'
import { EXIT } from '../exit-codes.ts'
import { InputFault } from '../input-fault.ts'
import { toJsonLines } from '../json-lines.ts'
import { jsonOption } from './options.ts'

const FORMATS = ['NDJSON', 'JSON', 'CSV', 'MARKDOWN'] as const
const PARTS = ['tasks', 'agents', 'runs', 'audit'] as const

/** Writes a project as files of one moment, redacted, with a manifest. */
export const exportProject: CliCommand = {
  path: ['export'],
  summary: 'Writes a project as files of one moment: tasks, agents, runs and the audit log.',
  options: [
    {
      name: '--to',
      kind: 'text',
      value: 'folder',
      summary: 'where the files go; it is made if missing',
      isRequired: true,
    },
    { name: '--format', kind: 'text', value: 'format', summary: FORMATS.join(', ') },
    { name: '--part', kind: 'list', value: 'part', summary: `${PARTS.join(', ')}; default: all` },
    ...connectionOptions,
    jsonOption,
  ],
  async run(given, terminal) {
    const format = FORMATS.find((one) => one === (given.texts.format ?? 'NDJSON').toUpperCase())
    if (format === undefined) throw new InputFault(`--format ${given.texts.format} is none of ${FORMATS.join(', ')}`)
    const asked = given.lists.part ?? []
    const parts = PARTS.filter((part) => asked.length === 0 || asked.includes(part))
    const unknown = asked.filter((part) => !(PARTS as readonly string[]).includes(part))
    if (unknown.length > 0) throw new InputFault(`--part ${unknown.join(', ')} is none of ${PARTS.join(', ')}`)
    const { project } = await readSettings(given, terminal)
    const { client, missionControl, close } = await connect(given, terminal)
    try {
      if (missionControl === null)
        throw new InputFault('an export reads the store itself: name it with --data or --database')
      const projectId = await projectOf(client, project)
      const { files, manifest } = await missionControl.record.export({ projectId, format, parts })
      const folder = textOf(given, 'to')
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const all = [...files, { name: 'manifest.json', text: manifestText(manifest) }]
      for (const { name, text } of all) await writeFile(join(folder, name), text, { flag: 'wx', mode: 0o600 })
      const written = all.map(({ name }) => join(folder, name))
      terminal.write(
        given.flags.json === true ? toJsonLines([{ files: written }]) : written.map((file) => `${file}\n`).join(''),
      )
      return EXIT.ok
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      throw new InputFault(`${(error as NodeJS.ErrnoException).path}: there is such a file; choose an empty folder`)
    } finally {
      await close()
    }
  },
}
