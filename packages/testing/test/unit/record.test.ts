import { createMemoryStorage } from '@mission-control/adapter-memory'
import {
  type Checkpoint,
  createMissionControl,
  generatedSigner,
  type MissionControl,
  type Signer,
  unwrap,
} from '@mission-control/core'
import type { Storage } from '@mission-control/core/storage'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { createTask, scene } from './scene.ts'

let signer: Signer
beforeAll(async () => {
  signer = await generatedSigner('key-1')
})

/** A place outside the store, as a bucket would be. */
function keeper() {
  const kept: Checkpoint[] = []
  return {
    kept,
    keep: async (checkpoint: Checkpoint) => void kept.push(checkpoint),
    latest: async (projectId: string | null) => kept.findLast((one) => one.projectId === projectId) ?? null,
  }
}

/** Another host on the same store, which signs. */
function signing(storage: Storage, checkpoints = keeper()): { mc: MissionControl; kept: Checkpoint[] } {
  return { mc: createMissionControl({ storage, signer, checkpoints }), kept: checkpoints.kept }
}

/** The store as it would be had the log ended earlier: its seals behind a number are gone. */
function cutBehind(storage: Storage, seq: number): Storage {
  return {
    ...storage,
    readUnsealed: async () => ({ after: null, events: [], heads: [] }),
    queries: {
      ...storage.queries,
      chain: async (request) => (await storage.queries.chain(request)).filter(({ seal }) => (seal?.seq ?? 0) <= seq),
    },
  }
}

describe('the record', () => {
  test('is sealed without gaps, one log for each project, and intact', async () => {
    const { h } = await scene()
    for (let count = 0; count < 3; count++) await createTask(h)
    expect(await h.mc.record.seal()).toBeGreaterThan(3)
    expect(await h.mc.record.seal()).toBe(0)
    const { data } = unwrap(await h.admin.events.list({ limit: 200 }))
    expect(data.map(({ seal }) => seal?.seq)).toEqual(data.map((_, at) => at + 1))
    for (const projectId of [h.projectId, null]) {
      const verified = await h.mc.record.verify({ projectId })
      expect(verified).toMatchObject({ isIntact: true, firstBad: null, forgedCheckpoints: 0 })
    }
    expect((await h.mc.record.verify({ projectId: h.projectId })).head.seq).toBe(data.length)
  })

  test('is sealed within a second of each commit, by several hosts at once', async () => {
    const { h, storage } = await scene()
    const stop = new AbortController()
    const others = [1, 2].map(() => createMissionControl({ storage }).record.keepSealed(stop.signal))
    const own = h.mc.record.keepSealed(stop.signal)
    for (let count = 0; count < 5; count++) {
      await createTask(h)
      const committedAt = performance.now()
      await vi.waitFor(async () => expect((await storage.readUnsealed(1)).events).toEqual([]), {
        interval: 10,
        timeout: 5_000,
      })
      expect(performance.now() - committedAt).toBeLessThan(1_000)
    }
    stop.abort()
    await Promise.all([...others, own])
    expect(await h.mc.record.verify({ projectId: h.projectId })).toMatchObject({ isIntact: true })
  })

  test('a call that comes while another seals has its own commit sealed too', async () => {
    const { h, storage } = await scene()
    await createTask(h)
    const first = h.mc.record.seal()
    await createTask(h)
    await Promise.all([first, h.mc.record.seal(), h.mc.record.seal()])
    expect((await storage.readUnsealed(1)).events).toEqual([])
  })

  test('R-88: a tail that was cut shows against a checkpoint, and only against it', async () => {
    const { h, storage } = await scene()
    await createTask(h)
    const { mc, kept } = signing(storage)
    const checkpoint = await mc.record.checkpoint(h.projectId)
    expect(kept).toEqual([checkpoint])
    const seq = checkpoint?.seq ?? 0
    const cut = cutBehind(storage, seq - 1)
    expect(await createMissionControl({ storage: cut }).record.verify({ projectId: h.projectId })).toMatchObject({
      isIntact: true,
      head: { seq: seq - 1 },
    })
    const outside = { ...keeper(), latest: async () => checkpoint }
    expect(await signing(cut, outside).mc.record.verify({ projectId: h.projectId })).toMatchObject({
      isIntact: false,
      firstBad: { seq, fault: 'CUT' },
    })
    const known = { knownSeq: seq, knownHash: checkpoint?.hash ?? '' }
    expect(unwrap(await h.admin.events.verify(known)).isIntact).toBe(true)
    const other = { knownSeq: seq, knownHash: 'f'.repeat(64) }
    expect(unwrap(await h.admin.events.verify(other)).firstBad).toEqual({ seq, fault: 'NOT_AS_ATTESTED' })
    const beyond = { knownSeq: seq + 1, knownHash: 'f'.repeat(64) }
    expect(unwrap(await h.admin.events.verify(beyond)).firstBad).toEqual({ seq: seq + 1, fault: 'CUT' })
  })

  test('R-88: a checkpoint that nobody with the key has signed attests nothing', async () => {
    const { h, storage } = await scene()
    const { mc } = signing(storage)
    const checkpoint = await mc.record.checkpoint(h.projectId)
    if (checkpoint === null) throw new Error('the log is not empty')
    const verify = (one: Checkpoint) => mc.record.verify({ projectId: h.projectId, checkpoints: [one] })
    expect(await verify(checkpoint)).toMatchObject({ isIntact: true })
    const stranger = await generatedSigner('key-1')
    const forged: readonly Partial<Checkpoint>[] = [
      { seq: checkpoint.seq + 1 },
      { hash: 'f'.repeat(64) },
      { at: checkpoint.at + 1 },
      { keyId: 'key-2' },
      { signature: await stranger.sign('{}') },
      { signature: '' },
      { signature: 'not base64 at all' },
    ]
    for (const change of forged) {
      expect(await verify({ ...checkpoint, ...change }), JSON.stringify(change)).toMatchObject({
        isIntact: false,
        firstBad: null,
        forgedCheckpoints: 1,
      })
    }
  })

  test('an empty log has no checkpoint, and none is made without a key', async () => {
    const { mc } = signing(createMemoryStorage())
    expect(await mc.record.checkpoint(null)).toBeNull()
    const keyless = createMissionControl({ storage: createMemoryStorage() })
    await expect(keyless.record.checkpoint(null)).rejects.toMatchObject({ code: 'INTERNAL' })
  })
})
