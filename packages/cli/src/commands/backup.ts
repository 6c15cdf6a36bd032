import { createMissionControl } from '@mission-control/core'
import { folderBackups } from '@mission-control/host-http'
import { type CliCommand, textOf } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { toJsonLines } from '../json-lines.ts'
import { openStore, storeOptions } from '../open-store.ts'
import { showProgress } from '../show-progress.ts'
import { readSigner } from '../signing-keys.ts'
import { jsonOption } from './options.ts'

/** Backs a store up into a folder, as of one moment, while hosts on a server work on. */
export const backup: CliCommand = {
  path: ['backup'],
  summary: 'Writes everything a store holds, as of one moment, into a folder.',
  options: [
    ...storeOptions,
    { name: '--to', kind: 'text', value: 'folder', summary: 'where backups are kept', isRequired: true },
    { name: '--name', kind: 'text', value: 'name', summary: 'name of the backup; default: the moment' },
    {
      name: '--signing-key',
      kind: 'text',
      value: 'file',
      summary: 'private Ed25519 key in PEM to sign the manifest with',
    },
    jsonOption,
  ],
  async run(given, terminal) {
    const { name, 'signing-key': keyFile } = given.texts
    const signer = keyFile === undefined ? undefined : await readSigner(terminal, keyFile)
    const storage = await openStore(given)
    const mc = createMissionControl({ storage, ...(signer === undefined ? {} : { signer }) })
    try {
      const place = folderBackups(textOf(given, 'to'))
      const onRows = showProgress(terminal, 'backup')
      const made = await mc.keeping.backup({ place, onRows, ...(name === undefined ? {} : { id: name }) })
      const lines = [
        `backup ${made.id}: ${made.rows} rows, ${made.bytes} bytes${made.keyId === null ? ', not signed' : `, signed by ${made.keyId}`}`,
        `state hash ${made.stateHash}`,
      ]
      terminal.write(given.flags.json === true ? toJsonLines([made]) : `${lines.join('\n')}\n`)
      return EXIT.ok
    } finally {
      await mc.close()
    }
  },
}
