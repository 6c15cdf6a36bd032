import {
  type Clock,
  COMMIT_BYTES_MAX,
  type CommitOutcome,
  type EventPage,
  type Loaded,
  MissionControlError,
  PAGE_ROWS_MAX,
  type ReadEvents,
  SCOPE_ITEMS_MAX,
  type Scope,
  type Storage,
} from '@mission-control/core/storage'
import { Coalescer } from './coalescer.ts'
import { type Sent, sendCommits } from './commit.ts'
import { type CommitPlan, planOf, shapeOfCommit } from './commit-plan.ts'
import { CommitWatch } from './commit-watch.ts'
import { BEGINNING, cursorOf, placeOf, storedEvent } from './cursor.ts'
import { faultOf, isUnreachable, orFault, sqlErrorOf } from './faults.ts'
import { boundedRows } from './limits.ts'
import { LiveFeed, type PgListener } from './live-feed.ts'
import { loadedOf, soundScope } from './load.ts'
import { postgresQueries } from './queries.ts'
import { restore } from './restore.ts'
import { readDocument } from './rows.ts'
import { readUnsealed, seal } from './sealing.ts'
import { snapshot } from './snapshot.ts'
import { assertBytes, assertSound } from './sound-commit.ts'
import { type LookAnswer, loadStatement, shapeOf } from './sql/load.ts'
import { LOG_TIP, type LogAnswer, readLog } from './sql/log.ts'
import { purgeReceipts } from './sql/purge.ts'
import type { SqlClient } from './sql-client.ts'
import { runPrepared } from './statement.ts'

export interface PostgresStorageOptions {
  /** How to reach the database: `fromPool`, `fromClient`, `fromPglite`, or your own. `migrate` it first. */
  readonly client: SqlClient
  /** For tests that turn the time. Left out, it is the database's: one clock for all hosts. */
  readonly clock?: Clock
  /** How often to look for commits of other processes while somebody listens with `onCommit`. Default: 1000. */
  readonly pollIntervalMs?: number
  /**
   * Makes a client of `pg` for the live feed, straight to the server: `() => new Client({ connectionString })`. With it
   * hosts tell each other of commits at once (LISTEN and NOTIFY over that one connection); without it they find out by
   * polling.
   */
  readonly liveFeed?: () => PgListener
}

const POLL_INTERVAL_MS_DEFAULT = 1_000
/** After how many commits with a receipt one of them also clears expired ones away. */
const COMMITS_PER_PURGE = 500

/**
 * Keeps everything in PostgreSQL 15 or newer, on a server or as PGlite. Safe with any number of processes on one
 * database. Every method is one statement; nothing is held between two of them.
 */
export function createPostgresStorage(options: PostgresStorageOptions): Storage {
  return new PostgresStorage(options)
}

type Looked = { readonly loaded: Loaded } | { readonly fault: unknown }

function itemsOf({ records = [], lookups = [], accounts = [] }: Scope): number {
  return records.length + lookups.length + accounts.length
}

function textsOf({ updates, inserts, events, receipt }: CommitPlan): string[] {
  return [
    ...[...updates, ...inserts].map(({ json }) => json),
    ...events,
    ...(receipt === null ? [] : [receipt.response]),
  ]
}

function bytesOf(plan: CommitPlan): number {
  return textsOf(plan).reduce((sum, text) => sum + text.length, 0)
}

class PostgresStorage implements Storage {
  readonly system = 'postgresql'
  readonly queries: Storage['queries']
  readonly #client: SqlClient
  readonly #testTime: () => number | null
  readonly #watch: CommitWatch
  readonly #feed: LiveFeed | null
  readonly #looks: Coalescer<Scope, Looked>
  readonly #commits: Coalescer<CommitPlan, Sent>
  #receipts = 0
  #isClosed = false

  constructor({ client, clock, pollIntervalMs = POLL_INTERVAL_MS_DEFAULT, liveFeed }: PostgresStorageOptions) {
    this.#client = client
    this.#testTime = () => clock?.now() ?? null
    this.queries = postgresQueries(
      ({ text, values }) => this.#run('query', () => client.query(text, values)),
      this.#testTime,
    )
    this.#looks = new Coalescer<Scope, Looked>({
      shapeOf,
      claimsOf: () => [],
      gathersOf: () => [],
      weightOf: itemsOf,
      weightMax: SCOPE_ITEMS_MAX,
      send: (scopes) => this.#look(scopes),
    })
    this.#commits = new Coalescer<CommitPlan, Sent>({
      // Who changes a setting waits for nobody here: only the gates are before it.
      shapeOf: shapeOfCommit,
      claimsOf: ({ updates, inserts, receipt }) => [
        ...[...updates, ...inserts].map(({ id }) => id),
        ...(receipt === null ? [] : [JSON.stringify(Object.values(receipt.key))]),
      ],
      gathersOf: ({ locks, updates, moves }) => {
        const written = new Set(updates.map(({ id }) => id))
        return [...locks, ...moves].map(({ id }) => id).filter((id) => !written.has(id))
      },
      weightOf: bytesOf,
      weightMax: COMMIT_BYTES_MAX,
      send: (plans) => sendCommits(client, plans, this.#testTime),
    })
    this.#watch = new CommitWatch(async () => String((await runPrepared(client, LOG_TIP)).rows[0]?.tip), pollIntervalMs)
    this.#feed = liveFeed === undefined ? null : new LiveFeed(liveFeed, () => this.#watch.announce())
  }

  async load(asked: Parameters<Storage['load']>[0]): ReturnType<Storage['load']> {
    this.#assertOpen()
    const looked = await this.#looks.run(soundScope(asked))
    if ('fault' in looked) throw looked.fault
    return looked.loaded
  }

  async #look(scopes: readonly Scope[]): Promise<readonly Looked[]> {
    try {
      const statement = loadStatement(scopes, this.#testTime())
      const answer = readDocument<LookAnswer>(await runPrepared(this.#client, statement))
      return loadedOf(scopes, answer).map((loaded) => ({ loaded }))
    } catch (thrown) {
      const error = sqlErrorOf(thrown)
      const fault = faultOf(thrown, 'load')
      // What the database refuses in one scope is not the fault of the others.
      if (scopes.length === 1 || error === null || isUnreachable(error)) return scopes.map(() => ({ fault }))
      const looked: Looked[] = []
      for (const scope of scopes) looked.push(...(await this.#look([scope])))
      return looked
    }
  }

  async commit(commit: Parameters<Storage['commit']>[0]): Promise<CommitOutcome> {
    this.#assertOpen()
    // Checked and written out before anything is awaited, so that the caller may change its objects at once.
    assertSound(commit)
    const plan = planOf(commit)
    assertBytes(textsOf(plan))
    const sent = await this.#commits.run(plan)
    if ('fault' in sent) throw sent.fault
    if (sent.outcome.status === 'applied') {
      this.#watch.announce()
      if (plan.events.length > 0) this.#feed?.send()
      if (plan.receipt !== null) await this.#purgeNowAndThen()
    }
    return sent.outcome
  }

  async readEvents({ after, limit, projectId }: ReadEvents): Promise<EventPage> {
    const start = after === null ? BEGINNING : placeOf(after)
    const statement = readLog(start, projectId, boundedRows(limit, PAGE_ROWS_MAX))
    const answer = readDocument<LogAnswer>(await this.#run('readEvents', () => runPrepared(this.#client, statement)))
    const events = (answer.events ?? []).map(storedEvent)
    if (answer.isEmpty) return { events, cursor: after }
    const last = events.at(-1)
    if (last !== undefined && events.length === limit) return { events, cursor: last.cursor }
    // Fewer than asked for: there is nothing more up to the end as it stood in the same snapshot.
    const from = cursorOf(start)
    const end = answer.tip === null ? from : cursorOf({ xid: answer.tip[0], seq: answer.tip[1] })
    // A reader may come with a place beyond the end, when a transaction older than its last event is still open.
    if (end < from) return { events, cursor: from }
    return { events, cursor: end }
  }

  readUnsealed(limit: number): ReturnType<Storage['readUnsealed']> {
    return this.#run('readUnsealed', () => readUnsealed((statement) => runPrepared(this.#client, statement), limit))
  }

  seal(request: Parameters<Storage['seal']>[0]): ReturnType<Storage['seal']> {
    return this.#run('seal', () => seal((statement) => runPrepared(this.#client, statement), request))
  }

  snapshot(take: Parameters<Storage['snapshot']>[0]): Promise<void> {
    return this.#inTransaction('snapshot', (query) => snapshot(query, take))
  }

  async restore(rows: Parameters<Storage['restore']>[0]): ReturnType<Storage['restore']> {
    const outcome = await this.#inTransaction('restore', (query) => restore(query, rows))
    if (outcome === 'restored') {
      this.#watch.announce()
      this.#feed?.send()
    }
    return outcome
  }

  onCommit(listener: () => void): () => void {
    this.#assertOpen()
    this.#feed?.start()
    return this.#watch.listen(listener)
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#watch.close()
    await this.#feed?.close()
    await this.#client.close?.()
  }

  async #run<T>(doing: string, work: () => Promise<T>): Promise<T> {
    this.#assertOpen()
    return orFault(doing, work)
  }

  #inTransaction<T>(doing: string, work: (query: SqlClient['query']) => Promise<T>): Promise<T> {
    return this.#run(doing, async () => {
      const { transaction } = this.#client
      if (transaction === undefined) {
        throw new MissionControlError('UNAVAILABLE', `${doing}: this client cannot keep one transaction open`, {
          hint: 'Give the storage a pool (fromPool) or a PGlite (fromPglite).',
        })
      }
      return transaction(work)
    })
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new MissionControlError('UNAVAILABLE', 'this storage has been closed')
  }

  async #purgeNowAndThen(): Promise<void> {
    this.#receipts += 1
    if (this.#receipts % COMMITS_PER_PURGE !== 0) return
    try {
      await runPrepared(this.#client, purgeReceipts(this.#testTime()))
    } catch {
      // The commit is applied whatever becomes of the clearing; the next one clears more.
    }
  }
}
