import { PGlite } from '@electric-sql/pglite'
import { createPostgresStorage, fromPglite, migrate } from '@mission-control/adapter-postgres'
import { unwrap } from '@mission-control/core'
import { createTestHarness } from '@mission-control/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'

const client = fromPglite(new PGlite())
beforeAll(() => migrate(client))
afterAll(() => client.close?.())

test('policies are drafted, explained, replayed and put in force on Postgres as in memory', async () => {
  const h = await createTestHarness({ storage: (clock) => createPostgresStorage({ client, clock }) })
  const worker = await h.agent({ name: 'Worker', workspacePath: '/srv/worker' })
  const gate = (path: string, callId: string) =>
    worker.client.toolCalls.gate({
      tool: 'write_file',
      input: { path, content: 'x' },
      sessionKey: 's',
      callId,
      justification: 'it has to be done',
      rollbackPlan: 'undo it',
      estimatedCostMicros: 100,
    })
  expect(unwrap(await gate('src/a.ts', '1')).decision).toBe('ALLOW')
  h.clock.advance(10)
  expect(unwrap(await gate('docs/a.md', '2')).decision).toBe('ALLOW')
  const draft = unwrap(await h.admin.policies.draft({ name: 'team', content: { files: { write: ['docs/**'] } } }))
  const span = { draftId: draft.id, from: 0, to: h.clock.now() + 1 }
  expect(unwrap(await h.admin.policies.replay(span))).toMatchObject({
    replayed: 2,
    unchanged: 1,
    newlyAsking: 1,
    costChangeMicros: -100,
  })
  expect(unwrap(await h.admin.policies.lint({ policyId: draft.id })).findings).toEqual([])
  unwrap(await h.admin.policies.activate({ policyId: draft.id }))
  const explained = unwrap(
    await worker.client.policies.explain({ tool: 'write_file', input: { path: 'src/a.ts', content: 'x' } }),
  )
  expect(explained).toMatchObject({ decision: 'NEEDS_APPROVAL', policyVersion: 'global@1+team@1' })
  expect(unwrap(await h.admin.policies.effective({})).content?.files.write).toEqual(['docs/**'])
  expect(unwrap(await h.admin.policies.listGlobal({})).data.map(({ name }) => name)).toEqual(['global'])
  const next = unwrap(await h.admin.policies.draftGlobal({ name: 'global', content: { rules: { redQuorum: 2 } } }))
  unwrap(await h.admin.policies.activateGlobal({ policyId: next.id, acknowledgeWarnings: true }))
  expect(unwrap(await gate('docs/b.md', '3')).policyVersion).toBe('global@2+team@1')
})
