import { createPostgresStorage, fromPool } from '@mission-control/adapter-postgres'
import type { Storage } from '@mission-control/core/storage'
import { Pool } from 'pg'

const PAGE = 200
const EVERY_MS = 150

/** Somebody who reads the log as it grows, over the same bad connection, and goes on from the last cursor. */
export class Follower {
  readonly #storage: Storage
  readonly seen: string[] = []
  #after: string | null = null
  #isOver = false
  #loop: Promise<void> | null = null

  constructor(url: string) {
    const pool = new Pool({ connectionString: url, max: 1, connectionTimeoutMillis: 4_000, query_timeout: 6_000 })
    this.#storage = createPostgresStorage({ client: fromPool(pool) })
  }

  begin(): void {
    this.#loop = this.#follow()
  }

  async #follow(): Promise<void> {
    while (!this.#isOver) {
      await this.#read().catch(() => 0)
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS))
    }
  }

  async #read(): Promise<number> {
    const page = await this.#storage.readEvents({ after: this.#after, limit: PAGE })
    this.seen.push(...page.events.map(({ id }) => id))
    this.#after = page.cursor
    return page.events.length
  }

  /** Reads the rest, now that nothing goes wrong any more. */
  async end(): Promise<void> {
    this.#isOver = true
    await this.#loop
    while ((await this.#read()) > 0);
    await this.#storage.close()
  }
}
