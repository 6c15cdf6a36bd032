import type { MissionControl } from '@mission-control/core'
import { flatMetrics } from './flat-metrics.ts'

/** A note that is due and lies for longer than this: whoever should send does not. */
const OUTBOX_LAG_S_MAX = 900

export interface Readiness {
  readonly status: 'ready' | 'not_ready'
  readonly checks: Readonly<Record<'database' | 'migrations' | 'projects' | 'agents' | 'policy' | 'outbox', boolean>>
}

/**
 * Whether this host can do its work: the store answers with the schema of this version (another one is refused by the
 * adapter), projects and agents can be read, a policy is in force, and notes leave.
 */
export async function readiness(missionControl: MissionControl): Promise<Readiness> {
  const { system } = missionControl
  const isTrue = (question: Promise<boolean>) => question.catch(() => false)
  const projects = system.projects.list({ limit: 1 })
  const [hasProjects, facts, hasPolicy] = await Promise.all([
    isTrue(projects.then((outcome) => outcome.ok)),
    system.monitoring.health({}).catch(() => null),
    isTrue(
      system.policies
        .listGlobal({ limit: 200 })
        .then((outcome) => outcome.ok && outcome.data.data.some((policy) => policy.state === 'ACTIVE')),
    ),
  ])
  const isKnown = facts?.ok === true
  const checks = {
    database: hasProjects,
    migrations: hasProjects,
    projects: hasProjects,
    agents: isKnown,
    policy: hasPolicy,
    outbox: isKnown && flatMetrics(facts.data).outboxLag <= OUTBOX_LAG_S_MAX,
  }
  return { status: Object.values(checks).every(Boolean) ? 'ready' : 'not_ready', checks }
}
