import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { unwrap } from '@mission-control/core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createHttpHarness, type HttpHarness, once, TASK } from './http-harness.ts'

let h: HttpHarness
let monitor: string
beforeEach(async () => {
  h = await createHttpHarness({ healthAgeMs: 0 })
  const people = unwrap(await h.admin.principals.list({ kind: 'HUMAN' })).data
  const admin = people.find(({ role }) => role === 'ADMIN')?.id ?? ''
  monitor = unwrap(await h.admin.keys.issue({ principalId: admin, scope: 'metrics.read' })).key
})
afterEach(() => h.close())

const metrics = async (query = '') => (await h.ask('GET', `/health/metrics${query}`, { key: monitor })).json

describe('what monitors ask', () => {
  test('is answered to the key of a monitor and to operators, to nobody else', async () => {
    const agent = await h.agent()
    for (const path of ['/health/metrics', '/health/status', '/metrics', '/v1/monitoring/health']) {
      expect((await h.ask('GET', path, { key: monitor })).status, path).toBe(200)
      expect((await h.ask('GET', path)).status, path).toBe(200)
      expect((await h.ask('GET', path, { key: null })).status, path).toBe(401)
      expect((await h.ask('GET', path, { key: agent.key })).status, path).toBe(403)
    }
    expect((await h.ask('GET', '/health/metrics?project=none', { key: monitor })).status).toBe(404)
    expect((await h.ask('GET', '/health/metrics?projet=test', { key: monitor })).status).toBe(400)
  })

  test('has the flat names, of one project by id or slug and of all', async () => {
    await h.agent()
    await h.ask('POST', 'P/tasks', { body: TASK, headers: once() })
    await h.ask('POST', '/v1/projects', { body: { name: 'Other', slug: 'other' }, headers: once() })
    const all = await metrics()
    expect(all).toMatchObject({
      status: 'healthy',
      pendingApprovals: 0,
      pausedAgents: 0,
      offlineAgents: 0,
      totalCostToday: 0,
      oldestPendingApprovalAgeSec: 0,
      outboxLag: 0,
      projects: { total: 2 },
      agents: { total: 1, active: 1, paused: 0, drained: 0, quarantined: 0, offline: 0 },
      tasks: { total: 1, INBOX: 1, DONE: 0 },
      runs: { total: 0, totalCost: 0, avgCostPerRun: 0 },
      approvals: { total: 0, pending: 0 },
      alerts: { total: 0, open: 0 },
    })
    expect(typeof all.timestamp).toBe('number')
    expect(await metrics('?project=other')).toMatchObject({ projects: { total: 1 }, tasks: { total: 0 } })
    expect(await metrics(`?project=${h.projectId}`)).toMatchObject({ projects: { total: 1 }, tasks: { total: 1 } })
  })

  test('says what may be spent today: the cap of the project, else those of its agents', async () => {
    const agent = await h.agent()
    const own = unwrap(await h.admin.agents.get({ agentId: agent.id })).agent.budgetDailyMicros / 1e6
    expect((await metrics('?project=test')).budgetToday).toBe(own)
    const cap = { scopeType: 'PROJECT', scopeId: h.projectId, metric: 'USD', window: 'DAY' } as const
    unwrap(await h.admin.budgets.set({ ...cap, capMicros: 3_500_000 }))
    expect((await metrics('?project=test')).budgetToday).toBe(3.5)
  })

  test('the status shows events, alerts and agents', async () => {
    const agent = await h.agent()
    await h.ask('POST', 'P/alerts', {
      body: { type: 'PERFORMANCE', severity: 'WARNING', title: 'slow', description: 'a minute' },
      headers: once(),
    })
    const status = await h.ask('GET', '/health/status?project=test', { key: monitor })
    expect(status.json.agents).toMatchObject([{ id: agent.id, status: 'ACTIVE', spentTodayMicros: 0 }])
    expect(status.json.alerts).toMatchObject([{ title: 'slow', status: 'OPEN' }])
    expect(status.json.events.length).toBeGreaterThan(1)
    expect(status.json.events.length).toBeLessThanOrEqual(10)
  })

  test('ready tells of each part, and of a store that is gone', async () => {
    const ready = await h.ask('GET', '/health/ready', { key: null })
    expect(ready).toMatchObject({
      status: 200,
      json: {
        status: 'ready',
        checks: { database: true, migrations: true, projects: true, agents: true, policy: true, outbox: true },
      },
    })
    await h.mc.close()
    const gone = await h.ask('GET', '/readyz', { key: null })
    expect(gone).toMatchObject({ status: 503, json: { status: 'not_ready', checks: { database: false } } })
    expect((await h.ask('GET', '/health/metrics', { key: monitor })).status).toBe(503)
  })
})

describe('the four alert rules', () => {
  /** As a monitor has them: on the names of the route alone. */
  const firing = async () => {
    const answer = await h.ask('GET', '/health/metrics?project=test', { key: monitor })
    const m = answer.json
    return [
      ...(answer.status === 200 && m.status === 'healthy' ? [] : ['status']),
      ...(m.pendingApprovals > 10 ? ['pendingApprovals'] : []),
      ...(m.pausedAgents > 0 ? ['pausedAgents'] : []),
      ...(m.budgetToday !== null && m.totalCostToday > m.budgetToday ? ['totalCostToday'] : []),
    ]
  }

  test('fire and clear with what they watch', async () => {
    const agent = await h.agent()
    expect(await firing()).toEqual([])
    unwrap(await h.admin.agents.control({ agentId: agent.id, action: 'PAUSE', reason: 'a look' }))
    expect(await firing()).toEqual(['pausedAgents'])
    unwrap(await h.admin.agents.control({ agentId: agent.id, action: 'RESUME', reason: 'looked' }))
    expect(await firing()).toEqual([])

    const requests: string[] = []
    for (let n = 0; n < 11; n++) {
      const asked = await h.ask('POST', 'P/approvals', {
        key: agent.key,
        headers: once(),
        body: {
          actionType: 'TOOL_CALL',
          justification: 'needed',
          rollbackPlan: 'take it back',
          payload: { tool: 'deploy', input: { n } },
        },
      })
      if (asked.status !== 200) throw new Error(JSON.stringify(asked.json))
      requests.push(asked.json.id)
    }
    expect(await firing()).toEqual(['pendingApprovals'])
    await h.ask('POST', `P/approvals/${requests[0]}/cancel`, { key: agent.key, body: {} })
    expect(await firing()).toEqual([])

    const prices = {
      models: [{ provider: 'p', model: 'm', inputMicrosPerMillion: 1_000_000, outputMicrosPerMillion: 1_000_000 }],
      fallback: null,
    }
    const policy = unwrap(await h.admin.policies.draftGlobal({ name: 'built-in', content: { prices } }))
    unwrap(await h.admin.policies.activateGlobal({ policyId: policy.id }))
    const { run } = unwrap(await agent.client.runs.start({ sessionKey: 's', model: 'm' }))
    const line = { callId: 'c1', costMicros: 90_000, tokens: { input: 10, output: 5 } }
    unwrap(await agent.client.runs.complete({ runId: run.id, lines: [line] }))
    const cap = { scopeType: 'PROJECT', scopeId: h.projectId, metric: 'USD', window: 'DAY' } as const
    unwrap(await h.admin.budgets.set({ ...cap, capMicros: 10_000 }))
    expect(await firing()).toEqual(['totalCostToday'])
    unwrap(await h.admin.budgets.set({ ...cap, capMicros: 10_000_000 }))
    expect(await firing()).toEqual([])

    await h.mc.close()
    expect(await firing()).toEqual(['status'])
  })
})

const file = (name: string) => new URL(`../../../../docs/monitoring/${name}`, import.meta.url)

describe('the example files', () => {
  test('name only metrics that are served', async () => {
    await h.agent()
    const text: string = (await h.ask('GET', '/metrics', { key: monitor })).json
    const served = new Set([...text.matchAll(/^(missioncontrol_\w+)/gm)].map(([, name]) => name))
    for (const name of ['prometheus.yml', 'alerts.yml', 'grafana-dashboard.json', 'datadog.yaml']) {
      const named = [...readFileSync(file(name), 'utf8').matchAll(/\b(missioncontrol_\w+)/g)].map(
        ([, metric]) => metric,
      )
      expect(
        named.filter((metric) => !served.has(metric)),
        name,
      ).toEqual([])
      if (name !== 'prometheus.yml') expect(named.length, name).toBeGreaterThan(3)
    }
  })

  test('are what Prometheus takes, where its tool is installed', () => {
    const check = (...args: string[]) => execFileSync('promtool', args, { encoding: 'utf8', stdio: 'pipe' })
    try {
      check('--version')
    } catch {
      expect(readFileSync(file('alerts.yml'), 'utf8')).toContain('groups:')
      return
    }
    expect(check('check', 'rules', file('alerts.yml').pathname)).toContain('SUCCESS')
    expect(check('test', 'rules', file('alerts-test.yml').pathname)).toContain('SUCCESS')
  })

  test('the metrics are text as Prometheus reads it', async () => {
    const text: string = (await h.ask('GET', '/metrics', { key: monitor })).json
    for (const line of text.trim().split('\n')) {
      expect(line).toMatch(/^(# (HELP|TYPE) missioncontrol_\w+ .+|missioncontrol_\w+(\{\w+="[^"\\]*"\})? -?[\d.e+-]+)$/)
    }
    expect(text).toContain('missioncontrol_tasks{status="inbox"} 0')
  })
})
