import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import { describe, expect, test } from 'vitest'
import { startPostgres } from './postgres-server.ts'
import { createTestDatabase } from './test-database.ts'

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url })
  // A killed server breaks connections; the query itself reports what matters here.
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

test('a database of the shared server starts empty and is gone after drop', async () => {
  const database = await createTestDatabase()
  expect(await query(database.url, `select 1 from pg_tables where schemaname = 'public'`)).toEqual([])
  await database.drop()
  await expect(query(database.url, 'select 1')).rejects.toThrow(/does not exist/)
})

// These need a server of their own, which TEST_DATABASE_URL does not give.
if (!process.env.TEST_DATABASE_URL)
  describe('a server of its own', () => {
    test('keeps what was committed over a kill and a restart, and leaves nothing after stop', async () => {
      const server = await startPostgres()
      try {
        const url = await server.database('crash')
        await query(url, 'create table kept (n int); insert into kept values (7)')
        await server.kill()
        expect(await answers(server.port)).toBe(false)
        await server.restart()
        expect(await query(url, 'select n from kept')).toEqual([{ n: 7 }])
        expect(await query(url, 'show fsync')).toEqual([{ fsync: 'off' }])
      } finally {
        await server.stop()
      }
      expect(await answers(server.port)).toBe(false)
    })

    test('writes through to the disk when asked to', async () => {
      const server = await startPostgres({ durable: true })
      try {
        expect(await query(server.url, 'show fsync')).toEqual([{ fsync: 'on' }])
      } finally {
        await server.stop()
      }
    })

    test('is gone when the program that started it is killed', async () => {
      const program = `
      import { startPostgres } from ${JSON.stringify(new URL('./postgres-server.ts', import.meta.url).href)};
      import { Client } from 'pg';
      const server = await startPostgres();
      const client = new Client({ connectionString: server.url });
      await client.connect();
      const { rows } = await client.query('show data_directory');
      console.log(JSON.stringify({ port: server.port, dir: rows[0].data_directory }));
      setInterval(() => undefined, 1000);
    `
      const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', program], {
        cwd: fileURLToPath(new URL('..', import.meta.url)),
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const [line] = await once(child.stdout.setEncoding('utf8'), 'data')
      const { port, dir } = JSON.parse(line) as { port: number; dir: string }
      expect(await answers(port)).toBe(true)
      child.kill('SIGKILL')
      for (let look = 0; look < 100 && existsSync(dir); look++) await sleep(100)
      expect(existsSync(dir)).toBe(false)
      expect(await answers(port)).toBe(false)
    })
  })
