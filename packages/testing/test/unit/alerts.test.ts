import { unwrap } from '@mission-control/core'
import { describe, expect, test } from 'vitest'
import { codeOf, eventKinds, MINUTE_MS, type Scene, scene } from './scene.ts'

const DISK = { type: 'SYSTEM_ERROR', severity: 'ERROR', title: 'Disk full', description: 'no room left' } as const

async function alertsOf({ h }: Pick<Scene, 'h'>) {
  return unwrap(await h.admin.alerts.list({ limit: 50 })).data
}

/** What the operators have been told of alerts, oldest first. */
async function toldOf({ h, storage }: Pick<Scene, 'h' | 'storage'>): Promise<string[]> {
  const { rows } = await storage.queries.page({
    kind: 'notification',
    projectId: h.projectId,
    filters: [
      { field: 'type', op: 'eq', value: 'ALERT' },
      { field: 'targetId', op: 'eq', value: 'OPERATORS' },
    ],
    order: [{ field: 'createdAt', direction: 'asc' }],
    limit: 50,
  })
  return rows.map(({ title }) => title)
}

describe('alerts', () => {
  test('R-85: ten repeats are one row with count 10, told once', async () => {
    const made = await scene()
    for (let time = 0; time < 10; time++) unwrap(await made.ann.alerts.raise(DISK))
    const alerts = await alertsOf(made)
    expect(alerts.map(({ count, status }) => ({ count, status }))).toEqual([{ count: 10, status: 'OPEN' }])
    expect(await toldOf(made)).toEqual(['ERROR: Disk full'])
  })

  test('R-85: ten repeats at once are one row with count 10', async () => {
    const made = await scene()
    await Promise.all(Array.from({ length: 10 }, async () => unwrap(await made.ann.alerts.raise(DISK))))
    expect((await alertsOf(made)).map(({ count }) => count)).toEqual([10])
  })

  test('one that comes back within 15 minutes is reopened; later it is another one', async () => {
    const made = await scene()
    const { h, ann } = made
    const first = unwrap(await ann.alerts.raise(DISK))
    unwrap(await ann.alerts.resolve({ alertId: first.id, note: 'deleted logs' }))
    h.clock.advance(15 * MINUTE_MS)
    const again = unwrap(await ann.alerts.raise(DISK))
    expect({ id: again.id, count: again.count, status: again.status }).toEqual({
      id: first.id,
      count: 2,
      status: 'OPEN',
    })
    unwrap(await ann.alerts.resolve({ alertId: first.id, note: 'deleted more' }))
    h.clock.advance(15 * MINUTE_MS + 1)
    expect(unwrap(await ann.alerts.raise(DISK)).id).not.toBe(first.id)
    expect(await toldOf(made)).toEqual([
      'ERROR: Disk full',
      'Cleared: Disk full',
      'ERROR: Disk full',
      'Cleared: Disk full',
      'ERROR: Disk full',
    ])
    expect((await eventKinds(made)).filter((kind) => kind.startsWith('ALERT_'))).toEqual([
      'ALERT_RAISED',
      'ALERT_RESOLVED',
      'ALERT_RAISED',
      'ALERT_RESOLVED',
      'ALERT_RAISED',
    ])
  })

  test('the newest of many old ones decides, however often it came and went', async () => {
    const made = await scene()
    const { h, ann } = made
    for (let time = 0; time < 25; time++) {
      const alert = unwrap(await ann.alerts.raise(DISK))
      unwrap(await ann.alerts.resolve({ alertId: alert.id, note: 'gone' }))
      h.clock.advance(16 * MINUTE_MS)
    }
    unwrap(await ann.alerts.raise(DISK))
    expect(unwrap(await ann.alerts.raise(DISK)).count).toBe(2)
  })

  test('an acknowledged one stays open; an ignored one is silent for a day', async () => {
    const made = await scene()
    const { h, ann } = made
    const alert = unwrap(await ann.alerts.raise(DISK))
    const seen = unwrap(await ann.alerts.acknowledge({ alertId: alert.id }))
    expect(seen.status).toBe('ACKNOWLEDGED')
    expect(seen.acknowledgedAt).toBe(h.clock.now())
    expect(unwrap(await ann.alerts.raise(DISK))).toMatchObject({ id: alert.id, status: 'ACKNOWLEDGED', count: 2 })
    unwrap(await ann.alerts.ignore({ alertId: alert.id, note: 'known' }))
    expect(unwrap(await ann.alerts.raise(DISK))).toMatchObject({ id: alert.id, status: 'IGNORED', count: 3 })
    expect(codeOf(await ann.alerts.acknowledge({ alertId: alert.id }))).toBe('ALREADY_DECIDED')
    expect(await toldOf(made)).toEqual(['ERROR: Disk full'])
    h.clock.advance(24 * 60 * MINUTE_MS + 1)
    expect(unwrap(await ann.alerts.raise(DISK)).id).not.toBe(alert.id)
  })

  test('agents and viewers manage no alerts, and those of another project do not exist', async () => {
    const { h, ann } = await scene()
    const alert = unwrap(await ann.alerts.raise(DISK))
    const lead = await h.agent({ role: 'LEAD', isCao: true })
    const viewer = await h.viewer()
    for (const client of [lead.client, viewer]) {
      expect(codeOf(await client.alerts.raise(DISK))).toBe('FORBIDDEN')
      expect(codeOf(await client.alerts.resolve({ alertId: alert.id, note: 'x' }))).toBe('FORBIDDEN')
    }
    const other = unwrap(await h.admin.projects.create({ name: 'Other', slug: 'other' }))
    expect(codeOf(await h.admin.inProject(other.id).alerts.ignore({ alertId: alert.id, note: 'x' }))).toBe('NOT_FOUND')
  })
})
