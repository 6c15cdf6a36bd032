import { createMemoryStorage } from '@mission-control/adapter-memory'
import { createMissionControl, secureIds, unwrap } from '@mission-control/core'
import { createFakeIds } from '@mission-control/testing'
import { expect, test } from 'vitest'

test('ULIDs rise, and two draws of one millisecond differ in what the ids of a command leave alone', () => {
  const ids = secureIds()
  const drawn = Array.from({ length: 2_000 }, () => ids.ulid())
  for (const ulid of drawn) expect(ulid).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/)
  expect(drawn).toEqual([...drawn].sort())
  // Characters 11 to 14 count the ids of one command.
  expect(new Set(drawn.map((ulid) => ulid.slice(0, 10) + ulid.slice(14))).size).toBe(drawn.length)
})

test.each(['secure', 'fake'] as const)(
  'records of %s ids sort as they were made and end differently',
  async (source) => {
    const ids = source === 'secure' ? secureIds() : createFakeIds({ now: () => 1_767_225_600_000 })
    const mc = createMissionControl({ storage: createMemoryStorage(), ids })
    const project = { name: 'Test', slug: 'test', timeZone: 'UTC' }
    const { principalId, projectId } = unwrap(await mc.bootstrap({ admin: { displayName: 'Ada' }, project }))
    const admin = (await mc.as(principalId)).inProject(projectId ?? '')
    const taskIds: string[] = []
    for (let made = 0; made < 50; made++) {
      const task = { title: `Task ${made}`, description: 'A task among many.', type: 'ENGINEERING' as const }
      taskIds.push(unwrap(await admin.tasks.create(task)).id)
    }
    expect(taskIds).toEqual([...taskIds].sort())
    // People name a task by its last four characters. A million of those: now and then two are equal, hardly ever three pairs.
    expect(new Set(taskIds.map((id) => id.slice(-4))).size).toBeGreaterThan(47)
    const { data: events } = unwrap(await admin.events.list({ limit: 200 }))
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length)
    await mc.close()
  },
)

test('commands of the same millisecond never share an id, so that none is taken for another sent again', async () => {
  const mc = createMissionControl({ storage: createMemoryStorage() })
  const project = { name: 'Test', slug: 'test', timeZone: 'UTC' }
  const { principalId, projectId } = unwrap(await mc.bootstrap({ admin: { displayName: 'Ada' }, project }))
  const admin = (await mc.as(principalId)).inProject(projectId ?? '')
  const register = (name: string) => admin.agents.register({ name })
  const made = await Promise.all(Array.from({ length: 100 }, (_, n) => register(`Agent ${n}`)))
  const agentIds = made.map((outcome) => unwrap(outcome).agentId)
  expect(new Set(agentIds).size).toBe(100)
  const kept = unwrap(await admin.agents.list({ limit: 200 })).data.map(({ id }) => id)
  expect(kept.sort()).toEqual(agentIds.sort())
  await mc.close()
})
