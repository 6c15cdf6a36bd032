import { type MissionControlClient, unwrap } from '@mission-control/core'
import { describe, expect, test } from 'vitest'
import { codeOf, MINUTE_MS, PLAN, scene } from './scene.ts'

const SECRET = 'ghp_Zk3TqP9vLxW2bRj7NcYd5HsMf8GaEuQ1oViB'

async function openTypes(client: MissionControlClient): Promise<string[]> {
  return unwrap(await client.alerts.list({ status: 'OPEN' })).data.map(({ type }) => type)
}

describe('faults', () => {
  test.each([
    ['API_ERROR', true],
    ['DATABASE_ERROR', true],
    ['CRITICAL', true],
    ['VALIDATION_ERROR', false],
    ['TIMEOUT', false],
  ] as const)('%s raises SYSTEM_ERROR: %s', async (errorType, raises) => {
    const { ann } = await scene()
    for (let time = 0; time < 3; time++) {
      unwrap(await ann.monitoring.logError({ source: 'importer', errorType, message: 'status 502' }))
    }
    const alerts = unwrap(await ann.alerts.list({ status: 'OPEN' })).data
    expect(alerts.map(({ type, severity, count }) => [type, severity, count])).toEqual(
      raises ? [['SYSTEM_ERROR', 'CRITICAL', 3]] : [],
    )
    expect(unwrap(await ann.monitoring.errors({ errorType })).data).toHaveLength(3)
  })

  test('R-86: what is secret in a fault is stored nowhere', async () => {
    const { h, ann } = await scene()
    unwrap(
      await ann.monitoring.logError({
        source: 'importer',
        errorType: 'CRITICAL',
        message: `failed with ${SECRET}`,
        stack: `Error: ${SECRET}\n at run`,
        context: { headers: { authorization: `Bearer ${SECRET}` } },
      }),
    )
    const seen = JSON.stringify([
      await ann.monitoring.errors({}),
      await ann.alerts.list({}),
      await h.admin.events.list({ limit: 200 }),
      await h.admin.notifications.list({}),
    ])
    expect(seen).not.toContain(SECRET)
    const [report] = unwrap(await ann.monitoring.errors({})).data
    expect(report?.redactedFields).toEqual(['message', 'stack', 'context.headers.authorization'])
  })

  test('agents and viewers report none', async () => {
    const { h } = await scene()
    const input = { source: 'x', errorType: 'CRITICAL', message: 'x' } as const
    for (const client of [(await h.agent({ role: 'LEAD' })).client, await h.viewer()]) {
      expect(codeOf(await client.monitoring.logError(input))).toBe('FORBIDDEN')
    }
  })
})

describe('durations', () => {
  test('are counted per operation with average, least and most; a slow one raises an alert', async () => {
    const { h, ann } = await scene()
    for (const [durationMs, success] of [
      [100, true],
      [10_000, false],
      [400, true],
    ] as const) {
      unwrap(await ann.monitoring.logPerformance({ operation: 'sync', durationMs, success }))
    }
    expect(await openTypes(ann)).toEqual([])
    h.clock.advance(24 * 60 * MINUTE_MS)
    unwrap(await ann.monitoring.logPerformance({ operation: 'sync', durationMs: 10_001, success: true }))
    unwrap(await ann.monitoring.logPerformance({ operation: 'mail', durationMs: 5, success: true }))
    expect(await openTypes(ann)).toEqual(['PERFORMANCE'])
    expect(unwrap(await ann.monitoring.performance({ days: 2, operation: 'sync' })).data).toEqual([
      { operation: 'sync', count: 4, failures: 1, avgMs: 5125, minMs: 100, maxMs: 10_001 },
    ])
    const today = unwrap(await ann.monitoring.performance({})).data
    expect(today.map(({ operation, count }) => [operation, count])).toEqual([
      ['mail', 1],
      ['sync', 1],
    ])
  })
})

describe('alert rules', () => {
  test('paused agents are told while there are any', async () => {
    const { h, ann } = await scene()
    const worker = await h.agent({ name: 'Worker' })
    unwrap(await ann.agents.control({ agentId: worker.id, action: 'PAUSE', reason: 'lunch' }))
    await h.advance(3 * MINUTE_MS)
    const [alert] = unwrap(await ann.alerts.list({ status: 'OPEN' })).data
    expect([alert?.type, alert?.count, alert?.description]).toEqual(['PAUSED_AGENTS', 1, 'Worker (OPERATOR)'])
    unwrap(await ann.agents.control({ agentId: worker.id, action: 'RESUME', reason: 'back' }))
    await h.advance(2 * MINUTE_MS)
    expect(await openTypes(ann)).toEqual([])
  })

  test('more than ten pending requests are told, and it is over with the tenth', async () => {
    const { h, ann } = await scene()
    const worker = await h.agent({ name: 'Worker' })
    const asked: string[] = []
    for (let at = 0; at < 11; at++) {
      const request = await worker.client.approvals.request({
        actionType: 'TOOL_CALL',
        justification: 'needed',
        rollbackPlan: 'undo it',
        payload: { tool: 'http_post', input: { url: `https://example.com/${at}` }, cwd: null },
      })
      asked.push(unwrap(request).id)
    }
    await h.advance(MINUTE_MS)
    expect(await openTypes(ann)).toContain('APPROVAL_QUEUE_DEPTH')
    unwrap(await worker.client.approvals.cancel({ approvalId: asked[0] ?? '' }))
    await h.advance(MINUTE_MS)
    expect(await openTypes(ann)).not.toContain('APPROVAL_QUEUE_DEPTH')
  })

  test('a part of the host that fails is told by name until it works again', async () => {
    let isUp = false
    const probes = [
      { name: 'gateway', isHealthy: async () => isUp },
      { name: 'mail', isHealthy: () => Promise.reject(new Error('refused')) },
      { name: 'disk', isHealthy: async () => true },
    ]
    const { h, ann } = await scene({ probes })
    await h.advance(MINUTE_MS)
    const [alert] = unwrap(await ann.alerts.list({ status: 'OPEN' })).data
    expect([alert?.type, alert?.severity, alert?.description]).toEqual(['HEALTH_DEGRADED', 'CRITICAL', 'gateway, mail'])
    isUp = true
    probes.splice(1, 1)
    await h.advance(MINUTE_MS)
    expect(await openTypes(ann)).toEqual([])
  })

  test('silence and blocked tasks clear when they are over', async () => {
    const { h, ann } = await scene()
    const worker = await h.agent({ name: 'Worker' })
    const task = unwrap(await ann.tasks.create({ title: 'x', type: 'DOCS', assigneeIds: [worker.id] }))
    unwrap(await ann.tasks.transition({ taskId: task.id, to: 'BLOCKED', reason: 'keys' }))
    await h.advance(60 * MINUTE_MS)
    expect((await openTypes(ann)).sort()).toEqual(['AGENT_OFFLINE', 'TASK_BLOCKED'])
    unwrap(await worker.client.agents.heartbeat({ sessionKey: 's', health: 'IDLE', currentTaskId: null }))
    unwrap(await ann.tasks.transition({ taskId: task.id, to: 'ASSIGNED', reason: 'there they are' }))
    unwrap(await worker.client.tasks.start({ taskId: task.id, workPlan: PLAN }))
    expect(await openTypes(ann)).toEqual([])
  })
})
