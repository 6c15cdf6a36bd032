import { describe, expect, test } from 'vitest'
import { fromClient, fromPglite, fromPool } from './sql-client.ts'

class RecordingClient {
  readonly asked: unknown[] = []
  readonly listeners: string[] = []
  hasEnded = false

  async query(config: unknown) {
    this.asked.push(config)
    return { rows: [{ one: 1 }] }
  }

  on(event: string) {
    this.listeners.push(event)
  }

  async connect() {
    return { query: (config: unknown) => this.query(config), release: () => undefined }
  }

  async end() {
    this.hasEnded = true
  }
}

describe('pg', () => {
  test('a named statement is prepared, one without a name is not', async () => {
    const pool = new RecordingClient()
    const client = fromPool(pool)
    expect(await client.query('select $1', [5], 'mc_x')).toEqual({ rows: [{ one: 1 }] })
    await client.query('select 1')
    expect(pool.asked).toEqual([
      { text: 'select $1', values: [5], name: 'mc_x' },
      { text: 'select 1', values: [] },
    ])
  })

  test('with preparing switched off no name is sent', async () => {
    const pool = new RecordingClient()
    await fromClient(pool, { prepare: false }).query('select 1', [], 'mc_x')
    expect(pool.asked).toEqual([{ text: 'select 1', values: [] }])
  })

  test('a pool is listened to and ended, a client is left alone', async () => {
    const pool = new RecordingClient()
    await fromPool(pool).close?.()
    expect(pool).toMatchObject({ listeners: ['error'], hasEnded: true })
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
