import { createMemoryStorage } from '@mission-control/adapter-memory'
import {
  type BackupPart,
  type BackupPlace,
  createMissionControl,
  type MissionControlOptions,
  secureIds,
  seedDemo,
  unwrap,
} from '@mission-control/core'
import { expect, test } from 'vitest'
import { createFakeClock, createFakeIds } from '../../src/index.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** A place that keeps backups in memory; what is not closed is not there. */
function memoryPlace() {
  const texts = new Map<string, string>()
  const nameOf = (backupId: string, part: BackupPart) => `${backupId}/${part}`
  const place: BackupPlace = {
    write: async (backupId, part) => {
      let text = ''
      return {
        write: async (more) => {
          text += more
        },
        close: async () => void texts.set(nameOf(backupId, part), text),
        discard: async () => undefined,
      }
    },
    read: async (backupId, part) => {
      const text = texts.get(nameOf(backupId, part))
      if (text === undefined) return null
      const bytes = new TextEncoder().encode(text)
      return (async function* () {
        // In pieces that end in the middle of rows, and of characters.
        for (let at = 0; at < bytes.length; at += 1_001) yield bytes.slice(at, at + 1_001)
      })()
    },
    list: async () =>
      [...texts.keys()].filter((name) => name.endsWith('manifest.json')).map((name) => name.split('/')[0] ?? ''),
    remove: async (backupId) => {
      for (const name of [...texts.keys()]) if (name.startsWith(`${backupId}/`)) texts.delete(name)
    },
  }
  return { place, texts }
}

function installation(options: Partial<MissionControlOptions> = {}) {
  const clock = createFakeClock()
  const storage = createMemoryStorage({ clock })
  return { clock, storage, mc: createMissionControl({ storage, ids: createFakeIds(clock), ...options }) }
}

test('a store restored from a backup has the same state hash, the same chain and goes on', async () => {
  const { mc } = installation()
  await seedDemo(mc)
  const { place } = memoryPlace()
  const made = await mc.keeping.backup({ place, id: 'one' })
  // Ids of its own: those of the fake source begin anew.
  const copy = installation({ ids: secureIds() })
  expect(unwrap(await copy.mc.keeping.restore({ place, id: 'one' }))).toEqual(made)
  const [here, there] = [await mc.keeping.verify(), await copy.mc.keeping.verify()]
  expect(there).toMatchObject({ isSound: true, stateHash: made.stateHash })
  // The log of the installation tells of the backup in one store and of the restore in the other; both mean the same.
  expect(here.stateHash).toBe(made.stateHash)
  const ofProjects = ({ heads }: typeof here) => heads.filter(({ projectId }) => projectId !== null)
  expect(ofProjects(there)).toEqual(ofProjects(here))
  const people = unwrap(await copy.mc.system.principals.list({ kind: 'HUMAN', limit: 50 })).data
  expect(people.length).toBeGreaterThan(0)
})

test('anything that is done changes the state hash', async () => {
  const { mc } = installation()
  const { admin } = await seedDemo(mc)
  const before = (await mc.keeping.verify()).stateHash
  unwrap(await admin.tasks.create({ title: 'One more', type: 'DOCS' }))
  expect((await mc.keeping.verify()).stateHash).not.toBe(before)
})

test('three days give three daily backups, however many hosts there are, and no more are kept than asked for', async () => {
  const { place, texts } = memoryPlace()
  const { mc, clock, storage } = installation({ backups: { place, keep: 3 } })
  await seedDemo(mc)
  const other = createMissionControl({ storage, backups: { place, keep: 3 } })
  await mc.keeping.backup({ place, id: 'by-hand' })
  const made: string[] = []
  for (let hour = 0; hour < 72; hour++) {
    clock.advance(HOUR_MS)
    const known = new Set(await place.list())
    await Promise.all([mc.jobs.runDue(), other.jobs.runDue()])
    made.push(...(await place.list()).filter((id) => !known.has(id)))
  }
  // One is due at once: that of the day whose hour had passed when the store was set up.
  expect(new Set(made).size).toBe(made.length)
  expect(made.filter((id) => id !== made[0])).toHaveLength(3)
  expect([...(await place.list())].sort()).toEqual(['by-hand', ...made.slice(-3)].sort())
  expect([...texts.keys()].filter((name) => name.startsWith(made[0] ?? ''))).toEqual([])
})

test('previews of tool calls go after ninety days, in one event for many; hashes and events stay', async () => {
  const { mc, clock, storage } = installation()
  const { admin } = await seedDemo(mc)
  const { agentId, principalId } = unwrap(await admin.agents.register({ name: 'Caller', workspacePath: '/srv/caller' }))
  const agent = await mc.as(principalId)
  unwrap(await agent.toolCalls.gate({ tool: 'read_file', input: { path: 'a.ts' }, sessionKey: 's' }))
  const call = async () => {
    const { rows } = await storage.queries.page({
      kind: 'toolCall',
      filters: [{ field: 'agentId', op: 'eq', value: agentId }],
      limit: 5,
    })
    return rows[0]
  }
  const before = await call()
  expect(before?.inputPreview).toContain('a.ts')
  clock.advance(89 * DAY_MS)
  await mc.jobs.runDue()
  expect(await call()).toEqual(before)
  clock.advance(2 * DAY_MS)
  expect((await mc.jobs.runDue()).periodic.retention).toBe(1)
  expect(await call()).toMatchObject({ inputPreview: '', outputPreview: null, inputHash: before?.inputHash })
  expect((await mc.keeping.verify()).isSound).toBe(true)
})
