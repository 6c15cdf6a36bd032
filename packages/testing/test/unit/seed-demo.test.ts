import { createMemoryStorage } from '@mission-control/adapter-memory'
import { createMissionControl, DEMO_SQUAD, seedDemo, TASK_STATUSES, unwrap } from '@mission-control/core'
import type { Storage } from '@mission-control/core/storage'
import { expect, test } from 'vitest'
import { createFakeClock, createFakeIds } from '../../src/index.ts'

async function allEvents(storage: Storage): Promise<string[]> {
  const ids: string[] = []
  for (let after: string | null = null; ; ) {
    const { events, cursor } = await storage.readEvents({ after, limit: 200 })
    ids.push(...events.map(({ id }) => id))
    if (events.length === 0 || cursor === null) return ids
    after = cursor
  }
}

function demo() {
  const clock = createFakeClock()
  const storage = createMemoryStorage({ clock })
  return { clock, storage, mc: createMissionControl({ storage, ids: createFakeIds(clock) }) }
}

test('the demo has a task in every status, each as it is described, and a squad of eleven', async () => {
  const { mc } = demo()
  const { admin, keys } = await seedDemo(mc)
  const tasks = unwrap(await admin.tasks.list({ limit: 50 })).data
  expect(tasks.map(({ status }) => status).sort()).toEqual([...TASK_STATUSES].sort())
  const byStatus = (status: string) => tasks.find((task) => task.status === status)
  expect(byStatus('IN_PROGRESS')?.workPlan?.bullets).toHaveLength(4)
  expect(byStatus('REVIEW')).toMatchObject({ title: 'Social campaign', reviewCycles: 1 })
  expect(byStatus('REVIEW')?.deliverable).not.toBeNull()
  expect(byStatus('BLOCKED')?.blockedReason).toContain('keys')
  const taskId = byStatus('NEEDS_APPROVAL')?.id ?? ''
  const pending = unwrap(await admin.approvals.list({ status: 'PENDING' })).data
  expect(pending.map((approval) => [approval.taskId, approval.riskLevel])).toEqual([[taskId, 'RED']])
  const said = unwrap(await admin.messages.list({ taskId: byStatus('REVIEW')?.id ?? '' })).data
  expect(said.some(({ type, author }) => type === 'COMMENT' && author.kind === 'HUMAN')).toBe(true)
  expect(said.some(({ type }) => type === 'ARTIFACT')).toBe(true)
  const agents = unwrap(await admin.agents.list({ limit: 50 })).data
  expect(agents.map(({ name }) => name).sort()).toEqual(DEMO_SQUAD.map(({ name }) => name).sort())
  expect(new Set(agents.map(({ status }) => status))).toEqual(new Set(['ACTIVE']))
  const sofie = agents.find(({ name }) => name === 'Sofie')
  expect(sofie).toMatchObject({ isCao: true, budgetDailyMicros: 25_000_000, budgetPerRunMicros: 3_000_000 })
  expect(sofie?.workspacePath).toBe('~/.openclaw/agents/sofie')
  expect(keys.size).toBe(1 + 3 + 11)
})

test('a second run changes nothing, however much later', async () => {
  const { mc, storage, clock } = demo()
  await seedDemo(mc)
  const before = await allEvents(storage)
  clock.advance(60_000)
  const again = await seedDemo(mc)
  expect(await allEvents(storage)).toEqual(before)
  expect(again.keys.size).toBe(0)
  clock.advance(5 * 60 * 60_000)
  await mc.jobs.runDue()
  const later = await allEvents(storage)
  await seedDemo(mc)
  expect(await allEvents(storage)).toEqual(later)
})

test('a run that was interrupted is gone on with', async () => {
  const { mc, storage } = demo()
  const whole = demo()
  await seedDemo(whole.mc)
  const commits = { left: 40 }
  const failing = new Proxy(storage, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name)
      if (name === 'commit' && commits.left-- <= 0) return () => Promise.reject(new Error('cut off'))
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  await expect(seedDemo(createMissionControl({ storage: failing }))).rejects.toThrow()
  const { admin } = await seedDemo(mc)
  const statuses = unwrap(await admin.tasks.list({ limit: 50 })).data.map(({ status }) => status)
  expect(statuses.sort()).toEqual([...TASK_STATUSES].sort())
})
