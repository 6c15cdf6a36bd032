import { BACKUP_FORMAT, BACKUP_FORMAT_VERSION, type BackupManifest } from '../model/backup.ts'
import type { BackupPlace, BackupWriter } from '../ports/backup-place.ts'
import type { Signer } from '../ports/signer.ts'
import type { Storage } from '../ports/storage.ts'
import { backupText, RowCounter } from '../rules/backup/row-sums.ts'
import type { Sealer } from './sealer.ts'

export interface BackupRequest {
  readonly place: BackupPlace
  /** Default: the moment, as `2026-03-27T020000Z`. A backup of that id is replaced once the new one is whole. */
  readonly id?: string
  /** Told after each piece how many rows there are so far. */
  readonly onRows?: (rows: number) => void
}

const encoder = new TextEncoder()

/** Writes everything the store holds, as of one moment, row by row; no more than a piece of it is ever in memory. */
export async function writeBackup(
  { storage, sealer, signer }: { storage: Storage; sealer: Sealer; signer: Signer | undefined },
  { place, id: given, onRows }: BackupRequest,
): Promise<BackupManifest> {
  await sealer.seal()
  const at = await storage.queries.now()
  const id = given ?? new Date(at).toISOString().replaceAll(':', '').replace(/\.\d+/, '')
  const counter = new RowCounter()
  await whole(await place.write(id, 'store.ndjson'), async (writer) => {
    await storage.snapshot(async (rows) => {
      const text = rows.map((row) => `${JSON.stringify(row)}\n`).join('')
      counter.takeBytes(encoder.encode(text))
      for (const row of rows) counter.takeRow(row)
      await writer.write(text)
      onRows?.(counter.rows)
    })
  })
  const unsigned: BackupManifest = {
    format: BACKUP_FORMAT,
    formatVersion: BACKUP_FORMAT_VERSION,
    id,
    at,
    ...counter.end(),
    keyId: signer?.keyId ?? null,
    signature: null,
  }
  const signature = signer === undefined ? null : await signer.sign(backupText(unsigned))
  const manifest = { ...unsigned, signature }
  await whole(await place.write(id, 'manifest.json'), (writer) =>
    writer.write(`${JSON.stringify(manifest, null, 2)}\n`),
  )
  return manifest
}

async function whole(writer: BackupWriter, fill: (writer: BackupWriter) => Promise<void>): Promise<void> {
  try {
    await fill(writer)
  } catch (error) {
    await writer.discard()
    throw error
  }
  await writer.close()
}
