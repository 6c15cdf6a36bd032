import { createMissionControl, type Outcome } from '@mission-control/core'
import { folderBackups } from '@mission-control/host-http'
import { type CliCommand, textOf } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { toJsonLines } from '../json-lines.ts'
import { openStore, storeOptions } from '../open-store.ts'
import { showProgress } from '../show-progress.ts'
import { readVerifier } from '../signing-keys.ts'
import { jsonOption } from './options.ts'

/** Fills an empty store from a backup, or changes nothing and says why. */
export const restore: CliCommand = {
  path: ['restore'],
  summary: 'Fills an empty store from a backup; all of it, or nothing.',
  options: [
    ...storeOptions,
    { name: '--from', kind: 'text', value: 'folder', summary: 'where backups are kept', isRequired: true },
    { name: '--name', kind: 'text', value: 'name', summary: 'name of the backup', isRequired: true },
    { name: '--public-key', kind: 'text', value: 'file', summary: 'Ed25519 key in PEM that must have signed it' },
    { name: '--accept-unchecked', kind: 'flag', summary: 'restore although nobody can check the signature' },
    jsonOption,
  ],
  async run(given, terminal) {
    const { 'public-key': keyFile } = given.texts
    const signer = keyFile === undefined ? undefined : await readVerifier(terminal, keyFile)
    const storage = await openStore(given, true)
    const mc = createMissionControl({ storage, ...(signer === undefined ? {} : { signer }) })
    try {
      const restored = await mc.keeping.restore({
        place: folderBackups(textOf(given, 'from')),
        id: textOf(given, 'name'),
        acceptsUnchecked: given.flags['accept-unchecked'] === true,
        onRows: showProgress(terminal, 'restore'),
      })
      if (!restored.ok) {
        terminal.complain(refusalText(restored))
        return EXIT.found
      }
      const { id, rows, stateHash } = restored.data
      const text = `restored ${id}: ${rows} rows\nstate hash ${stateHash}\n`
      terminal.write(given.flags.json === true ? toJsonLines([restored.data]) : text)
      return EXIT.ok
    } finally {
      await mc.close()
    }
  },
}

function refusalText({ error }: Extract<Outcome<unknown>, { ok: false }>): string {
  return `${error.code}: ${error.detail}\n${error.hint}\n`
}
