import { type MissionControlClient, RefusedError, unwrap } from '@mission-control/core'
import { createTestHarness, type TestHarness } from '@mission-control/testing'
import { describe, expect, test } from 'vitest'

/** Follows until the end, and says how it ended. */
async function ending(client: MissionControlClient): Promise<string> {
  try {
    for await (const _ of client.watch({ after: 'now' })) {
      // Only the end matters.
    }
    return 'ended'
  } catch (error) {
    if (error instanceof RefusedError) return error.refusal.code
    throw error
  }
}

async function viewer(h: TestHarness) {
  const made = unwrap(
    await h.admin.principals.create({ displayName: 'Vera', role: 'VIEWER', projectIds: [h.projectId] }),
  )
  const [credential] = unwrap(await h.admin.keys.list({ principalId: made.principal.id })).data
  return { credentialId: credential?.id ?? '', client: unwrap(await h.mc.authenticate(made.key)) }
}

describe('watching', () => {
  test('R-09 ends within 5 s when its key is revoked, though nothing happens', { timeout: 15_000 }, async () => {
    const h = await createTestHarness()
    const { credentialId, client } = await viewer(h)
    const end = ending(client)
    await new Promise((resolve) => setTimeout(resolve, 100))
    const revokedAt = performance.now()
    unwrap(await h.admin.keys.revoke({ credentialId }))
    expect(await end).toBe('UNAUTHENTICATED')
    expect(performance.now() - revokedAt).toBeLessThan(5_000)
    await h.close()
  })

  test('R-09 ends when its key expires', { timeout: 15_000 }, async () => {
    const h = await createTestHarness()
    const worker = await h.agent()
    const { key } = unwrap(await h.admin.keys.issue({ principalId: worker.principalId, ttlMs: 60_000 }))
    const end = ending(unwrap(await h.mc.authenticate(key)))
    await new Promise((resolve) => setTimeout(resolve, 100))
    h.clock.advance(60_000)
    expect(await end).toBe('UNAUTHENTICATED')
    await h.close()
  })

  test('of a foreign place is refused, not broken', async () => {
    const h = await createTestHarness()
    for (const after of ['', 'yesterday', '42']) {
      const next = h.admin.watch({ after })[Symbol.asyncIterator]().next()
      await expect(next).rejects.toMatchObject({ refusal: { code: 'CURSOR_INVALID' } })
    }
    await h.close()
  })

  test('ends without a word when its caller leaves', async () => {
    const h = await createTestHarness()
    const leaving = new AbortController()
    const next = h.admin.watch({ after: 'now', signal: leaving.signal })[Symbol.asyncIterator]().next()
    leaving.abort()
    expect(await next).toEqual({ done: true, value: undefined })
    await h.close()
  })
})
