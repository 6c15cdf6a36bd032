import { isUnreachable, sqlErrorOf } from './faults.ts'

/** One answer of the database; values as the driver reads them. */
export interface SqlRows {
  readonly rows: readonly Record<string, unknown>[]
}

/**
 * The seam to a driver: one method, because every statement here is complete in itself. A pool, a client inside a
 * transaction of the application, PGlite and drivers over HTTP all fit.
 */
export interface SqlClient {
  /** Runs one statement. `name` says that the driver may prepare it under that name and find it again. */
  query(text: string, values?: readonly unknown[], name?: string): Promise<SqlRows>
  /**
   * Whether each statement is a transaction of its own. Then those that may be lost with the machine, heartbeats, do
   * not wait for its disk. Left out, they wait like all others: the transaction may hold more than them.
   */
  readonly commitsEach?: boolean
  /**
   * Runs several statements in one transaction on one connection: rolled back when `work` throws. Only snapshots and
   * restores need it; left out, they are UNAVAILABLE.
   */
  transaction?<T>(work: (query: SqlClient['query']) => Promise<T>): Promise<T>
  /** Releases what the storage was given to own. Left out, the connections are the caller's to end. */
  close?(): Promise<void>
}

export interface DriverOptions {
  /**
   * Prepare statements by name, which halves the work of the server. Switch it off behind a PgBouncer in transaction
   * mode that is older than 1.21 or has `max_prepared_statements` at 0. Default: true.
   */
  readonly prepare?: boolean
}

/** What is needed of a client or pool of `pg`. */
export interface PgQueryable {
  query(config: { text: string; values: unknown[]; name?: string }): Promise<{ rows: Record<string, unknown>[] }>
}

export interface PgConnection extends PgQueryable {
  on(event: 'error', listener: (error: Error) => void): unknown
  /** Gives it back; with true it is ended instead. */
  release(isBroken?: boolean): void
}

export interface PgPool extends PgQueryable {
  connect(): Promise<PgConnection>
  end(): Promise<void>
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'connect', listener: (connection: PgConnection) => void): unknown
}

/**
 * A plan for values not yet known, made once. Left to itself the server weighs the lists of a lone look as if each held
 * ten entries, and so plans its thirty small parts anew at every call, for longer than it runs them.
 */
const PLAN_ONCE = { text: 'set plan_cache_mode = force_generic_plan', values: [] }

/**
 * Runs on a pool of `pg`, whose connections keep the plans of prepared statements (`plan_cache_mode`). Closing the
 * storage ends the pool; to share one with the application, pass `fromClient` an object with its `query`.
 */
export function fromPool(pool: PgPool, options: DriverOptions = {}): SqlClient {
  // A connection that breaks while idle is told to the pool and replaced by it. Without a listener Node would end
  // the program over it, although the next statement simply takes another connection.
  pool.on('error', () => undefined)
  // It listens only to those that are idle. One may break between two statements, or in the same breath in which it is
  // ready, before anybody who waits for it can listen; the statement that follows is told by its failure.
  pool.on('connect', (connection) => void connection.on('error', () => undefined))
  return {
    query: pooledQuery(pool, options),
    commitsEach: true,
    transaction: async (work) => inTransaction(await pool.connect(), options, work),
    close: () => pool.end(),
  }
}

function pooledQuery(pool: PgPool, options: DriverOptions): SqlClient['query'] {
  if (options.prepare === false) return pgQuery(pool, options)
  const planOnce = new WeakSet<PgConnection>()
  return async (...statement) => {
    const connection = await pool.connect()
    let isBroken = false
    try {
      if (!planOnce.has(connection)) {
        await connection.query(PLAN_ONCE)
        planOnce.add(connection)
      }
      return await pgQuery(connection, options)(...statement)
    } catch (thrown) {
      // What the server merely refused leaves the connection as good as before.
      const refused = sqlErrorOf(thrown)
      isBroken = refused === null || isUnreachable(refused)
      throw thrown
    } finally {
      connection.release(isBroken)
    }
  }
}

async function inTransaction<T>(
  connection: PgConnection,
  options: DriverOptions,
  work: (query: SqlClient['query']) => Promise<T>,
): Promise<T> {
  const query = pgQuery(connection, options)
  let isBroken = true
  try {
    await query('begin')
    const done = await work(query)
    await query('commit')
    isBroken = false
    return done
  } finally {
    // A connection whose transaction did not end well is not used again: ending it is the surest way to roll back.
    connection.release(isBroken)
  }
}

/**
 * Runs on one client of `pg`, for example inside a transaction of the application: the commit then takes effect with
 * that transaction, and the gates of its settings stay shut until it ends, so keep it short.
 */
export function fromClient(client: PgQueryable, options: DriverOptions = {}): SqlClient {
  return { query: pgQuery(client, options) }
}

function pgQuery(target: PgQueryable, { prepare = true }: DriverOptions): SqlClient['query'] {
  return (text, values = [], name) =>
    target.query(prepare && name !== undefined ? { text, values: [...values], name } : { text, values: [...values] })
}

/** What is needed of a PGlite. */
export interface PgliteDatabase {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>
  transaction<T>(work: (transaction: Pick<PgliteDatabase, 'query'>) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** Runs on PGlite, Postgres inside this program. Closing the storage closes it. */
export function fromPglite(database: PgliteDatabase): SqlClient {
  return {
    query: pgliteQuery(database),
    // Everybody else waits until it has ended: there is one connection.
    transaction: (work) => database.transaction((own) => work(pgliteQuery(own))),
    close: () => database.close(),
  }
}

function pgliteQuery(target: Pick<PgliteDatabase, 'query'>): SqlClient['query'] {
  return async (text, values = []) => {
    // A statement occupies the program until it is done, and awaiting it never reaches the event loop: a busy
    // storage would keep timers and sockets waiting forever.
    await new Promise((resolve) => setImmediate(resolve))
    const { rows } = await target.query(text, [...values])
    return { rows: rows as Record<string, unknown>[] }
  }
}
