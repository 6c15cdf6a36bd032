import type {
  AnyRecord,
  Balance,
  Commit,
  EventDraft,
  Kind,
  Receipt,
  ReceiptKey,
  RecordOf,
} from '@mission-control/core/storage'
import type { Call } from './call.ts'

/** One record of a commit, as it was and as it is. */
export interface Written<K extends Kind = Kind> {
  readonly kind: K
  readonly before: RecordOf<K> | null
  readonly after: RecordOf<K>
}

/** One commit that was applied, with what it changed. */
export interface Change {
  readonly now: number
  readonly commit: Commit
  /** The call it came from; null for jobs and the set-up. */
  readonly call: Call | null
  readonly written: readonly Written[]
  readonly events: readonly EventDraft[]
}

/** The records of one kind that a commit wrote. */
export function writtenOf<K extends Kind>(change: Change, kind: K): Written<K>[] {
  return change.written.filter((entry): entry is Written<K> => entry.kind === kind)
}

const NOTHING: Balance = { reserved: 0, settled: 0 }

/** What the store should hold, kept by an own hand from the commits that were applied. */
export class Mirror {
  readonly #records = new Map<Kind, Map<string, AnyRecord>>()
  readonly balances = new Map<string, Balance>()
  readonly events: EventDraft[] = []
  readonly #eventIds = new Set<string>()
  readonly receipts = new Map<string, Receipt>()

  get<K extends Kind>(kind: K, id: string): RecordOf<K> | null {
    return (this.#records.get(kind)?.get(id) as RecordOf<K> | undefined) ?? null
  }

  table<K extends Kind>(kind: K): ReadonlyMap<string, RecordOf<K>> {
    let table = this.#records.get(kind)
    if (table === undefined) {
      table = new Map()
      this.#records.set(kind, table)
    }
    return table as unknown as ReadonlyMap<string, RecordOf<K>>
  }

  all<K extends Kind>(kind: K): RecordOf<K>[] {
    return [...this.table(kind).values()]
  }

  balance(account: string): Balance {
    return this.balances.get(account) ?? NOTHING
  }

  /** A commit whose first event is known has been applied before; sending it again has no effect. */
  knows(commit: Commit): boolean {
    const [first] = commit.events
    return first !== undefined && this.#eventIds.has(first.id)
  }

  /** Follows a commit, and tells what it changed. */
  apply(commit: Commit, now: number, call: Call | null): Change {
    const written = commit.puts.map(({ kind, record }): Written => {
      const table = this.table(kind) as unknown as Map<string, AnyRecord>
      const before = table.get(record.id) ?? null
      table.set(record.id, record)
      return { kind, before, after: record } as Written
    })
    for (const { account, reserved, settled } of commit.adds) {
      const before = this.balance(account)
      this.balances.set(account, { reserved: before.reserved + reserved, settled: before.settled + settled })
    }
    for (const event of commit.events) {
      this.events.push(event)
      this.#eventIds.add(event.id)
    }
    if (commit.receipt !== null) this.receipts.set(textOf(commit.receipt.key), commit.receipt.receipt)
    return { now, commit, call, written, events: commit.events }
  }
}

export function textOf(key: ReceiptKey): string {
  return `${key.projectId} ${key.principalId} ${key.command} ${key.key}`
}
