import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import type { BackupManifest } from '../../model/backup.ts'
import type { LogHead } from '../../model/seal.ts'
import type { StoredRow } from '../../model/stored-row.ts'
import type { JsonValue } from '../../model/text.ts'
import { canonicalJson } from '../hash.ts'
import { StateHash } from '../state-hash.ts'

/** What is counted and hashed of the rows of a backup, in writing and in reading alike. */
export type RowSums = Pick<BackupManifest, 'counts' | 'rows' | 'bytes' | 'sha256' | 'stateHash' | 'heads'>

/** Adds up the rows of a backup as they pass. */
export class RowCounter {
  readonly #file = sha256.create()
  readonly #state = new StateHash()
  readonly #counts: Record<string, number> = {}
  readonly #heads = new Map<string | null, LogHead>()
  rows = 0
  #bytes = 0

  takeBytes(bytes: Uint8Array): void {
    this.#file.update(bytes)
    this.#bytes += bytes.byteLength
  }

  takeRow(row: StoredRow): void {
    const kind = row.type === 'record' ? row.kind : row.type
    this.#counts[kind] = (this.#counts[kind] ?? 0) + 1
    this.rows++
    this.#state.take(row)
    if (row.type !== 'event' || row.seal === null) return
    const { projectId } = row.event
    this.#heads.set(projectId, { projectId, seq: row.seal.seq, hash: row.seal.hash })
  }

  /** Nothing may be taken afterwards. */
  end(): RowSums {
    return {
      counts: this.#counts,
      rows: this.rows,
      bytes: this.#bytes,
      sha256: bytesToHex(this.#file.digest()),
      stateHash: this.#state.end(),
      heads: [...this.#heads.values()],
    }
  }
}

/** What the signature of a backup is over. */
export function backupText({ signature: _, ...signed }: BackupManifest): string {
  return canonicalJson(signed as unknown as JsonValue)
}

/** The first thing in which the rows are not what the manifest says; null when they are. */
export function differenceOf(manifest: BackupManifest, sums: RowSums): string | null {
  const text = (value: unknown) => canonicalJson(value as JsonValue)
  const field = (['rows', 'bytes', 'sha256', 'counts', 'stateHash', 'heads'] as const).find(
    (one) => text(manifest[one]) !== text(sums[one]),
  )
  return field === undefined
    ? null
    : `${field}: ${text(manifest[field])} in the manifest, ${text(sums[field])} in the rows`
}
