import { describe, expect, test } from 'vitest'
import { fromClient, fromPglite, fromPool } from './sql-client.ts'

class RecordingClient {
  readonly asked: unknown[] = []
  readonly listeners: string[] = []
  readonly released: (boolean | undefined)[] = []
  refuses: Error | null = null
  connects = () => {}
  hasEnded = false
  readonly connectionListeners: string[] = []
  readonly #connection = {
    on: (event: string) => this.connectionListeners.push(event),
    query: (config: { text: string }) => this.query(config),
    release: (isBroken?: boolean) => this.released.push(isBroken),
  }

  async query(config: { text: string }) {
    this.asked.push(config)
    if (this.refuses !== null && !config.text.startsWith('set ')) throw this.refuses
    return { rows: [{ one: 1 }] }
  }

  on(event: string, listener: (given: never) => void) {
    this.listeners.push(event)
    if (event === 'connect') this.connects = () => listener(this.#connection as never)
  }

  async connect() {
    return this.#connection
  }

  async end() {
    this.hasEnded = true
  }
}

describe('pg', () => {
  test('a named statement is prepared, one without a name is not, and each connection plans once', async () => {
    const pool = new RecordingClient()
    const client = fromPool(pool)
    expect(await client.query('select $1', [5], 'mc_x')).toEqual({ rows: [{ one: 1 }] })
    await client.query('select 1')
    expect(pool.asked).toEqual([
      { text: 'set plan_cache_mode = force_generic_plan', values: [] },
      { text: 'select $1', values: [5], name: 'mc_x' },
      { text: 'select 1', values: [] },
    ])
    expect(pool.released).toEqual([false, false])
  })

  test('a connection that broke is not used again, one on which a statement was refused is', async () => {
    const pool = new RecordingClient()
    const client = fromPool(pool)
    pool.refuses = Object.assign(new Error('duplicate key'), { code: '23505' })
    await expect(client.query('insert')).rejects.toThrow('duplicate key')
    pool.refuses = Object.assign(new Error('terminating connection'), { code: '57P01' })
    await expect(client.query('insert')).rejects.toThrow('terminating')
    pool.refuses = new Error('Connection terminated unexpectedly')
    await expect(client.query('insert')).rejects.toThrow('unexpectedly')
    expect(pool.released).toEqual([false, true, true])
  })

  test('a connection is listened to from its first moment, so that one that breaks in use does not end the program', () => {
    const pool = new RecordingClient()
    fromPool(pool)
    pool.connects()
    expect(pool.connectionListeners).toEqual(['error'])
  })

  test('with preparing switched off no name is sent', async () => {
    const pool = new RecordingClient()
    await fromClient(pool, { prepare: false }).query('select 1', [], 'mc_x')
    await fromPool(pool, { prepare: false }).query('select 1', [], 'mc_x')
    expect(pool.asked).toEqual([
      { text: 'select 1', values: [] },
      { text: 'select 1', values: [] },
    ])
  })

  test('a pool is listened to and ended, a client is left alone', async () => {
    const pool = new RecordingClient()
    await fromPool(pool).close?.()
    expect(pool).toMatchObject({ listeners: ['error', 'connect'], hasEnded: true })
    expect(fromClient(pool).close).toBeUndefined()
  })
})

test('statements on PGlite let the event loop turn between them', async () => {
  const query = async () => ({ rows: [] })
  const client = fromPglite({ query, transaction: (work) => work({ query }), close: async () => undefined })
  let turns = 0
  let isDone = false
  const turn = () => {
    turns += 1
    if (!isDone) setImmediate(turn)
  }
  setImmediate(turn)
  for (let n = 0; n < 20; n++) await client.query('select 1')
  isDone = true
  expect(turns).toBeGreaterThanOrEqual(10)
})
