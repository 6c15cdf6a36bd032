import { createMemoryStorage } from '@mission-control/adapter-memory'
import { unwrap } from '@mission-control/core'
import type { Storage } from '@mission-control/core/storage'
import { createTestHarness } from '@mission-control/testing'
import { expect, test } from 'vitest'
import { liveRows } from '../../src/jobs/live-rows.ts'

test('what is due in archived projects does not keep the others waiting', async () => {
  let storage: Storage | undefined
  const h = await createTestHarness({
    storage: (clock) => {
      storage = createMemoryStorage({ clock })
      return storage
    },
  })
  if (storage === undefined) throw new Error('the harness made no storage')
  const old = unwrap(await h.admin.projects.create({ name: 'Old', slug: 'old' }))
  for (let n = 0; n < 5; n++) {
    unwrap(await h.admin.inProject(old.id).tasks.create({ title: `old ${n}`, type: 'DOCS' }))
  }
  const fresh = unwrap(await h.admin.tasks.create({ title: 'fresh', type: 'DOCS' }))
  unwrap(await h.admin.inProject(old.id).projects.archive({ reason: 'done' }))
  const order = [{ field: 'createdAt', direction: 'asc' }] as const
  const rows = await liveRows(storage, { kind: 'task', order, limit: 2 })
  expect(rows.map(({ id }) => id)).toEqual([fresh.id])
})
