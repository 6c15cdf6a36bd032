import type { Logger, MissionControl, Outcome } from '@mission-control/core'
import type { Context, Hono } from 'hono'
import type { Caller } from '../authenticate.ts'
import type { HttpLimits } from '../limits.ts'
import { readQuery } from '../read-fields.ts'
import { invalid } from '../refuse.ts'
import { flatMetrics } from './flat-metrics.ts'
import { PROMETHEUS_TYPE, prometheusText } from './prometheus.ts'
import { type Readiness, readiness } from './readiness.ts'
import type { RequestCounts } from './request-counts.ts'
import { SharedLook } from './shared-look.ts'

/** The questions about health that take a key, beside those of the route table. */
export const WATCHED_PATHS = ['/health/metrics', '/health/status', '/metrics'] as const

const NOT_READY: Readiness = {
  status: 'not_ready',
  checks: { database: false, migrations: false, projects: false, agents: false, policy: false, outbox: false },
}

interface Watching {
  readonly missionControl: MissionControl
  readonly limits: HttpLimits
  readonly logger: Logger
  readonly now: () => number
  readonly requests: RequestCounts
  readonly openStreams: () => number
  // biome-ignore lint/suspicious/noExplicitAny: the refusal needs only what every request has
  readonly refused: (c: any, error: Extract<Outcome<never>, { ok: false }>['error']) => Response
}

/** What monitors ask: is it alive, can it work, and the facts that alerts are made of. */
// biome-ignore lint/suspicious/noExplicitAny: the environment is that of the handler
export function addWatching(app: Hono<any>, watching: Watching): void {
  const { missionControl, limits, now, requests, refused } = watching
  const look = { ageMs: limits.healthAgeMs, timeoutMs: limits.healthTimeoutMs, now }
  const alive = new SharedLook(() => storeAnswers(watching), false, look)
  const ready = new SharedLook(() => readiness(missionControl), NOT_READY, look)
  for (const path of ['/health/check', '/healthz']) {
    app.get(path, async (c) => {
      const isHealthy = await alive.answer()
      return c.json({ status: isHealthy ? 'healthy' : 'unhealthy', timestamp: now() }, isHealthy ? 200 : 503)
    })
  }
  for (const path of ['/health/ready', '/readyz']) {
    app.get(path, async (c) => {
      const answer = await ready.answer()
      return c.json(answer, answer.status === 'ready' ? 200 : 503)
    })
  }
  const facts = async (c: Context) => {
    const project = projectOf(c)
    if (!project.ok) return project
    const { client } = c.get('caller') as Caller
    const read = await client.monitoring.health(project.data === null ? {} : { project: project.data })
    return read.ok ? { ok: true as const, data: flatMetrics(read.data) } : read
  }
  app.get('/health/metrics', async (c) => {
    const flat = await facts(c)
    return flat.ok ? c.json(flat.data) : refused(c, flat.error)
  })
  app.get('/metrics', async (c) => {
    const flat = await facts(c)
    if (!flat.ok) return refused(c, flat.error)
    const text = prometheusText(flat.data, requests, watching.openStreams())
    return new Response(text, { headers: { 'content-type': PROMETHEUS_TYPE } })
  })
  app.get('/health/status', async (c) => {
    const project = projectOf(c)
    if (!project.ok) return refused(c, project.error)
    const { client } = c.get('caller') as Caller
    const status = await client.monitoring.status(project.data === null ? {} : { project: project.data })
    return status.ok ? c.json(status.data) : refused(c, status.error)
  })
}

async function storeAnswers({ missionControl, logger }: Watching): Promise<boolean> {
  try {
    return (await missionControl.system.projects.list({ limit: 1 })).ok
  } catch (error) {
    logger.warn('the store does not answer', { error: String(error) })
    return false
  }
}

function projectOf(c: Context): Outcome<string | null> {
  const query = readQuery(new URL(c.req.url).searchParams, new Map())
  if (!query.ok) return query
  const { project, ...unknown } = query.data
  const stray = Object.keys(unknown).map((field) => ({ field, message: 'is unknown' }))
  if (stray.length > 0) return invalid('there is no such field', stray)
  return { ok: true, data: typeof project === 'string' ? project : null }
}
