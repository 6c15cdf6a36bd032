import { createHash } from 'node:crypto'
import { createMissionControl, generatedSigner, manifestText } from '@mission-control/core'
import type { Storage } from '@mission-control/core/storage'
import { describe, expect, test } from 'vitest'
import { createTask, RUN, scene, startedTask } from './scene.ts'

const SECRET = 'sk-ant-api03-Zx9Qw3Er5Ty7Ui1Op2As4Df6Gh8Jk0LzXcVbNm1Qw2Er3Ty4Ui5Op6As7Df8Gh9Jk0Lz-AAAAAA'

async function filled() {
  const s = await scene()
  const worker = await s.h.agent()
  const work = await startedTask(s.h, worker)
  await worker.client.runs.start({ ...work, ...RUN })
  await createTask(s.h, { title: '=HYPERLINK("https://evil.example")', description: `use ${SECRET}` })
  return s
}

describe('an export', () => {
  test.each(['NDJSON', 'JSON', 'CSV', 'MARKDOWN'] as const)(
    'R-86: as %s holds every row, no secret and no formula',
    async (format) => {
      const { h } = await filled()
      const { files, manifest } = await h.mc.record.export({ projectId: h.projectId, format })
      expect(manifest.files.map(({ name, rows }) => [name.split('.')[0], rows])).toEqual([
        ['tasks', 2],
        ['agents', 1],
        ['runs', 1],
        ['audit', manifest.head.seq],
      ])
      const text = files.map((file) => file.text).join('')
      expect(text).not.toContain(SECRET)
      expect(text).not.toContain('secretHash')
      if (format === 'CSV') expect(text).not.toMatch(/(^|,)"?=HYPERLINK/m)
      if (format === 'JSON')
        expect(JSON.parse(files[2]?.text ?? '')[0]).toMatchObject({ inputTokens: 0, sessionKey: 's' })
      if (format === 'JSON') expect(JSON.parse(files[0]?.text ?? '')).toHaveLength(2)
      if (format === 'NDJSON')
        expect(
          files[0]?.text
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line).status),
        ).toHaveLength(2)
    },
  )

  test('is signed with its counts, hashes and the end of the log, which its own audit proves', async () => {
    const { h, storage } = await filled()
    const signer = await generatedSigner('export-key')
    const { record } = createMissionControl({ storage, signer })
    const { files, manifest, signature } = await record.export({ projectId: h.projectId, format: 'NDJSON' })
    for (const [at, { text, name }] of files.entries()) {
      const sha256 = createHash('sha256').update(text).digest('hex')
      expect(manifest.files[at]).toMatchObject({ name, sha256, bytes: Buffer.byteLength(text) })
    }
    expect(await signer.verify(manifestText(manifest), signature ?? '', 'export-key')).toBe(true)
    expect(await signer.verify(manifestText({ ...manifest, at: 0 }), signature ?? '', 'export-key')).toBe(false)

    // Somebody with the file alone: SHA-256 over the hash before and the line without its own hash, keys sorted.
    let prevHash = '0'.repeat(64)
    const audit = files.find(({ name }) => name === 'audit.ndjson')?.text ?? ''
    for (const line of audit.trim().split('\n')) {
      const { hash, ...envelope } = JSON.parse(line)
      expect(envelope.prevHash).toBe(prevHash)
      expect(
        createHash('sha256')
          .update(prevHash + sorted(envelope))
          .digest('hex'),
      ).toBe(hash)
      prevHash = hash
    }
    expect(prevHash).toBe(manifest.head.hash)
  })

  test('is of one moment: it is read again when something happens meanwhile, and gives up in the end', async () => {
    const { h, storage } = await filled()
    let changes = 2
    const busy = (): Storage => ({
      ...storage,
      queries: {
        ...storage.queries,
        page: async (request) => {
          const page = await storage.queries.page(request)
          if (request.kind === 'run' && changes-- > 0) await createTask(h, { title: `Late ${changes}` })
          return page
        },
      },
    })
    const { record } = createMissionControl({ storage: busy() })
    const { manifest } = await record.export({ projectId: h.projectId, format: 'JSON' })
    expect(manifest.files[0]).toMatchObject({ name: 'tasks.json', rows: 4 })
    expect(manifest.head).toEqual(await storage.queries.chainHead(h.projectId))
    changes = 1_000
    await expect(record.export({ projectId: h.projectId, format: 'JSON' })).rejects.toMatchObject({
      code: 'CONTENTION',
    })
  })
})

function sorted(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sorted).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${sorted(inner)}`).join(',')}}`
}
