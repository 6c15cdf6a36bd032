import { type Balance, KINDS, type Kind, type Receipt, type ReceiptKey } from '@mission-control/core/storage'
import { EventLog } from './event-log.ts'
import { RecordTable } from './record-table.ts'

const NOTHING: Balance = Object.freeze({ reserved: 0, settled: 0 })

/** Everything one store holds. Whatever is in it is frozen, so it can be handed out as it is. */
export class MemoryState {
  readonly tables: Readonly<Record<Kind, RecordTable>>
  readonly accounts = new Map<string, Balance>()
  readonly receipts = new Receipts()
  readonly log = new EventLog()

  constructor() {
    this.tables = Object.fromEntries(KINDS.map((kind) => [kind, new RecordTable(kind)])) as Record<Kind, RecordTable>
  }

  get isEmpty(): boolean {
    if (this.log.length > 0 || this.accounts.size > 0) return false
    return KINDS.every((kind) => this.tables[kind].isEmpty)
  }

  balance(account: string): Balance {
    return this.accounts.get(account) ?? NOTHING
  }
}

/** Stored answers by key, until they expire. */
class Receipts {
  readonly #byKey = new Map<string, Receipt>()

  find(key: ReceiptKey, now: number): Receipt | null {
    const receipt = this.#byKey.get(textOf(key))
    return receipt !== undefined && receipt.expiresAt > now ? receipt : null
  }

  /** By key; the text of the key is a list of its parts. */
  *all(): Iterable<{ readonly key: ReceiptKey; readonly receipt: Receipt }> {
    for (const [text, receipt] of this.#byKey) {
      const [projectId, principalId, command, key] = JSON.parse(text) as [string, string, string, string]
      yield { key: { projectId, principalId, command, key }, receipt }
    }
  }

  /** Takes over a receipt of another store, expired or not. */
  adopt(key: ReceiptKey, receipt: Receipt): void {
    this.#byKey.set(textOf(key), receipt)
  }

  keep(key: ReceiptKey, receipt: Receipt, now: number): void {
    // A map lists the oldest first, so what has expired stands at the front.
    for (const [oldest, { expiresAt }] of this.#byKey) {
      if (expiresAt > now) break
      this.#byKey.delete(oldest)
    }
    const text = textOf(key)
    this.#byKey.delete(text)
    this.#byKey.set(text, receipt)
  }
}

function textOf(key: ReceiptKey): string {
  return JSON.stringify([key.projectId, key.principalId, key.command, key.key])
}
