import { generateKeyPairSync } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { createPostgresStorage, fromPglite, migrate } from '@mission-control/adapter-postgres'
import { type BackupManifest, createMissionControl, seedDemo } from '@mission-control/core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { runCommandLine } from '../src/index.ts'

// Each command opens a database of its own, which takes seconds on a busy machine.
vi.setConfig({ testTimeout: 90_000 })

let folder = ''
let backups = ''
let manifest: BackupManifest

const keys = generateKeyPairSync('ed25519')
const others = generateKeyPairSync('ed25519')
const pem = (
  key: { export(options: { format: 'pem'; type: 'spki' | 'pkcs8' }): string | Buffer },
  type: 'spki' | 'pkcs8',
) => String(key.export({ format: 'pem', type }))

async function mc(...words: string[]) {
  let out = ''
  let err = ''
  const code = await runCommandLine(words, {
    read: (path) => readFile(path, 'utf8'),
    write: (text) => {
      out += text
    },
    complain: (text) => {
      err += text
    },
  })
  return { code, out, err }
}

const inFolder = (name: string) => join(folder, name)
const restoreInto = (name: string, ...more: string[]) =>
  mc('restore', '--data', inFolder(name), '--from', backups, '--name', 'first', ...more)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mission-control-keeping-'))
  backups = inFolder('backups')
  await writeFile(inFolder('private.pem'), pem(keys.privateKey, 'pkcs8'))
  await writeFile(inFolder('public.pem'), pem(keys.publicKey, 'spki'))
  await writeFile(inFolder('other.pem'), pem(others.publicKey, 'spki'))
  const data = inFolder('source')
  await mkdir(join(data, 'database'), { recursive: true })
  const client = fromPglite(await PGlite.create(join(data, 'database')))
  await migrate(client)
  const host = createMissionControl({ storage: createPostgresStorage({ client }) })
  await seedDemo(host)
  await host.close()
  const made = await mc(
    'backup',
    '--data',
    data,
    '--to',
    backups,
    '--name',
    'first',
    '--signing-key',
    inFolder('private.pem'),
    '--json',
  )
  expect(made).toMatchObject({ code: 0, err: '' })
  manifest = JSON.parse(made.out) as BackupManifest
}, 60_000)

afterAll(() => rm(folder, { recursive: true, force: true }))

test('a backup restores into an empty store with the same state hash, and verify finds nothing there', async () => {
  const restored = await restoreInto('copy', '--public-key', inFolder('public.pem'))
  expect(restored).toMatchObject({ code: 0, err: '' })
  const verified = await mc('verify', '--data', inFolder('copy'))
  expect(verified).toMatchObject({ code: 0, err: '' })
  expect(verified.out).toContain('violations=0')
  expect(verified.out).toContain(`state hash ${manifest.stateHash}`)
  const again = await restoreInto('copy', '--public-key', inFolder('public.pem'))
  expect(again).toMatchObject({ code: 1, out: '' })
  expect(again.err).toContain('this store holds something already')
}, 60_000)

test('verify names the first violation in a store that was changed by hand', async () => {
  const client = fromPglite(await PGlite.create(join(inFolder('source'), 'database')))
  await client.query('alter table mission_control.events disable trigger user')
  await client.query(`update mission_control.events set summary = 'otherwise' where kind = 'TASK_CREATED'`)
  await client.close?.()
  const { code, out } = await mc('verify', '--data', inFolder('source'))
  expect(code).toBe(1)
  expect(out.split('\n')[0]).toMatch(/^I22 {2}log of prj_\w+: CHANGED at \d+$/)
}, 60_000)

describe('a backup that is not what it was is refused with the reason, and the store stays empty', () => {
  const store = () => join(backups, 'first', 'store.ndjson')
  const manifestFile = () => join(backups, 'first', 'manifest.json')
  const HARM: readonly (readonly [string, () => string, (text: string) => string, RegExp])[] = [
    ['a row is cut off', store, (text) => text.slice(0, -40), /VALIDATION: the rows end in the middle of row/],
    [
      'the last rows are missing',
      store,
      (text) => `${text.split('\n').slice(0, -5).join('\n')}\n`,
      /VALIDATION: the rows are not those/,
    ],
    [
      'one character is another',
      store,
      (text) => text.replace('"title":"', '"title":"X'),
      /VALIDATION: the rows are not those/,
    ],
    [
      'the manifest says something else',
      manifestFile,
      (text) => text.replace('"rows": ', '"rows": 1'),
      /VALIDATION: the signature/,
    ],
    [
      'it is of a newer version',
      manifestFile,
      (text) => text.replace('"formatVersion": 1', '"formatVersion": 2'),
      /VALIDATION: the backup has format 2/,
    ],
  ]
  test.each(HARM)('%s', async (_, file, harm, reason) => {
    const before = await readFile(file(), 'utf8')
    expect(harm(before)).not.toBe(before)
    await writeFile(file(), harm(before))
    try {
      const refused = await restoreInto('empty', '--public-key', inFolder('public.pem'))
      expect(refused).toMatchObject({ code: 1, out: '' })
      expect(refused.err).toMatch(reason)
      expect(refused.err).toContain('Nothing was changed.')
    } finally {
      await writeFile(file(), before)
    }
    expect((await mc('verify', '--data', inFolder('empty'))).out).toContain('0 rows')
  })

  test('it is signed by somebody else, or nobody can tell by whom', async () => {
    const other = await restoreInto('empty', '--public-key', inFolder('other.pem'))
    expect(other).toMatchObject({ code: 1 })
    expect(other.err).toContain('does not fit the manifest')
    expect((await restoreInto('empty')).err).toContain('there is no key to check it')
    expect((await restoreInto('unchecked', '--accept-unchecked')).code).toBe(0)
  })

  test('there is none of that name, or it was never finished', async () => {
    const absent = await mc('restore', '--data', inFolder('empty'), '--from', backups, '--name', 'second')
    expect(absent).toMatchObject({ code: 1 })
    expect(absent.err).toContain('NOT_FOUND')
  })
})

test('what cannot be used is said: no store, two stores, a folder without a database, a key that is none', async () => {
  expect((await mc('verify')).err).toContain('no store is named')
  expect((await mc('verify', '--data', 'a', '--database', 'b')).err).toContain('two stores')
  expect((await mc('verify', '--data', inFolder('nowhere'))).err).toContain('there is no database in it')
  const signed = await mc('backup', '--data', 'a', '--to', 'b', '--signing-key', inFolder('public.pem'))
  expect(signed).toMatchObject({ code: 2 })
  expect(signed.err).toContain('no key in PEM')
})
