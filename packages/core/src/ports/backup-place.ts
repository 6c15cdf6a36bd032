/** The texts of which a backup consists. The manifest is written last: a backup without one was never finished. */
export type BackupPart = 'store.ndjson' | 'manifest.json'

/** Takes a text piece by piece. */
export interface BackupWriter {
  write(text: string): Promise<void>
  /** The text is there from now on, in place of an older one of that name; before, nobody sees any of it. */
  close(): Promise<void>
  /** Forgets what was written. */
  discard(): Promise<void>
}

/** Where backups are kept: a folder, a bucket. What has a name there is whole. */
export interface BackupPlace {
  write(backupId: string, part: BackupPart): Promise<BackupWriter>
  /** In pieces of any size, in order; null when there is no such text. */
  read(backupId: string, part: BackupPart): Promise<AsyncIterable<Uint8Array> | null>
  /** Ids of the finished backups. */
  list(): Promise<readonly string[]>
  remove(backupId: string): Promise<void>
}
