import { createMemoryStorage } from '@mission-control/adapter-memory'
import { createMissionControl, secureIds, unwrap } from '@mission-control/core'
import { expect, test } from 'vitest'

test('ULIDs rise, and leave room for the ids of a whole command between two draws of one millisecond', () => {
  const ids = secureIds()
  const drawn = Array.from({ length: 2_000 }, () => ids.ulid())
  for (const ulid of drawn) expect(ulid).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/)
  expect(drawn).toEqual([...drawn].sort())
  // All but the last four characters differ: 32^4 ids follow each before the next begins.
  expect(new Set(drawn.map((ulid) => ulid.slice(0, -4))).size).toBe(drawn.length)
})

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
