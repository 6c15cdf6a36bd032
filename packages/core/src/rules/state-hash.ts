import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import type { StoredRow } from '../model/stored-row.ts'
import type { JsonValue } from '../model/text.ts'
import { canonicalJson } from './hash.ts'

/**
 * The hash of all that a store says, equal for two stores that say the same, whatever keeps them: SHA-256 over one line
 * of canonical JSON for each row of a snapshot, in its order, each ended by a line feed. A record is `{kind, record}`, an
 * account `{account, balance}`, an event `{event}`, without the place and the seal a store gave it.
 *
 * Left out is what the hosts keep for themselves (receipts, job leases) and the events about backups, so that a store
 * and the one that was restored from its backup have the same hash.
 */
export class StateHash {
  readonly #hash = sha256.create()

  take(row: StoredRow): void {
    const line = lineOf(row)
    if (line !== null) this.#hash.update(utf8ToBytes(`${canonicalJson(line)}\n`))
  }

  /** In lower-case hex; nothing may be taken afterwards. */
  end(): string {
    return bytesToHex(this.#hash.digest())
  }
}

function lineOf(row: StoredRow): JsonValue | null {
  switch (row.type) {
    case 'record':
      return row.kind === 'jobLease' ? null : ({ kind: row.kind, record: row.record } as unknown as JsonValue)
    case 'balance':
      return { account: row.account, balance: { ...row.balance } }
    case 'receipt':
      return null
    case 'event':
      return isAboutBackups(row.event.kind) ? null : ({ event: row.event } as unknown as JsonValue)
  }
}

function isAboutBackups(kind: string): boolean {
  return kind === 'BACKUP_CREATED' || kind === 'BACKUP_RESTORED'
}
