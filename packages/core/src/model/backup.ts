import { z } from 'zod'

export const BACKUP_FORMAT = 'mission-control-backup'
/** Rises when an older version could not read what this one writes. */
export const BACKUP_FORMAT_VERSION = 1

const hash = z.string().regex(/^[0-9a-f]{64}$/)

/** What a backup holds, so that whoever restores it can tell whether it is whole and unchanged. */
export const backupManifestSchema = z.strictObject({
  format: z.literal(BACKUP_FORMAT),
  formatVersion: z.int().min(1),
  id: z.string(),
  /** The store's clock when it was begun. */
  at: z.int(),
  /** Rows by kind; `event`, `balance` and `receipt` among them. */
  counts: z.record(z.string(), z.int().nonnegative()),
  rows: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
  /** Of the rows as they are written. */
  sha256: hash,
  /** Of what the store says, whatever keeps it. */
  stateHash: hash,
  /** How far each log is sealed. */
  heads: z.array(z.strictObject({ projectId: z.string().nullable(), seq: z.int(), hash })),
  /** Who signed it; null when nobody could. */
  keyId: z.string().nullable(),
  /** Over the canonical JSON of the other fields, in base64url. */
  signature: z.string().nullable(),
})
export type BackupManifest = z.infer<typeof backupManifestSchema>
