import { MissionControlError, unwrap } from '../errors.ts'
import type { BackupManifest } from '../model/backup.ts'
import type { Outcome } from '../model/refusal.ts'
import type { Checkpoint } from '../model/seal.ts'
import type { Signer } from '../ports/signer.ts'
import type { Storage } from '../ports/storage.ts'
import { verifyStore } from '../queries/verify-store.ts'
import type { StoreVerified } from '../rules/audit/store-audit.ts'
import { checkpointText } from '../rules/chain.ts'
import { type BackupRequest, writeBackup } from './backup.ts'
import { type RestoreRequest, restoreBackup } from './restore.ts'
import type { Sealer } from './sealer.ts'

/** Keeps the store as a whole: backups of it, stores made of backups, and whether it is what it should be. */
export interface Keeping {
  /** Writes a backup of everything, as of one moment, and says so in the log. Others work on meanwhile. */
  backup(request: BackupRequest): Promise<BackupManifest>
  /**
   * Fills this store, which must be empty, from a backup. Refused when the backup is not what its manifest says, is
   * signed by nobody known, comes from a newer version, or the store holds anything; then nothing was changed.
   */
  restore(request: RestoreRequest): Promise<Outcome<BackupManifest>>
  /** Checks the store against all invariants that can be read from it, and against checkpoints that were kept elsewhere. */
  verify(request?: {
    readonly checkpoints?: readonly Checkpoint[]
    readonly onRows?: (rows: number) => void
  }): Promise<StoreVerified>
}

/** Writes the event about a backup. */
export type RecordBackup = (about: {
  readonly backupId: string
  readonly act: 'CREATED' | 'RESTORED'
  readonly rows: number
  readonly stateHash: string
}) => Promise<Outcome<unknown>>

export function createKeeping(
  parts: { readonly storage: Storage; readonly sealer: Sealer; readonly signer: Signer | undefined },
  record: RecordBackup,
): Keeping {
  const { storage, signer } = parts
  const about = ({ id, rows, stateHash }: BackupManifest) => ({ backupId: id, rows, stateHash })
  return {
    backup: async (request) => {
      const manifest = await writeBackup(parts, request)
      unwrap(await record({ ...about(manifest), act: 'CREATED' }))
      return manifest
    },
    restore: async (request) => {
      const restored = await restoreBackup(parts, request)
      if (restored.ok) unwrap(await record({ ...about(restored.data), act: 'RESTORED' }))
      return restored
    },
    verify: async ({ checkpoints = [], onRows } = {}) => {
      for (const checkpoint of checkpoints) {
        const { signature, keyId } = checkpoint
        if ((await signer?.verify(checkpointText(checkpoint), signature, keyId)) === true) continue
        throw new MissionControlError('INTERNAL', `the checkpoint at ${checkpoint.seq} cannot be checked`, {
          hint: 'Give the option `signer` the public key it was signed with, or leave the checkpoint out.',
        })
      }
      return verifyStore(storage, { attested: checkpoints, ...(onRows === undefined ? {} : { onRows }) })
    },
  }
}
