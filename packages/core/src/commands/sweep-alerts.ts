import { z } from 'zod'
import { accept, type DecidingInProject, joinScopes, projectCommand } from '../decide/command.ts'
import { type AlertFacts, alertScope, clearAlert, isOpenAlert, raiseAlert } from '../effects/raise-alert.ts'
import { nameSchema } from '../model/text.ts'
import { inProject } from './inputs.ts'

const PENDING_APPROVALS_MAX = 10
/** Enough to say "many" in an alert. */
const AGENTS_COUNTED_MAX = 100

const KEYS = ['PAUSED_AGENTS', 'APPROVAL_QUEUE_DEPTH', 'HEALTH_DEGRADED'] as const

/** A condition that holds is raised once, and counts no repeats while it lasts; one that holds no more is cleared. */
function follow(deciding: DecidingInProject, facts: AlertFacts, holds: boolean): boolean {
  const { snapshot, project } = deciding
  const known = snapshot.find('alertsByKey', project.id, facts.dedupeKey)[0]
  const isStanding = known !== undefined && (isOpenAlert(known) || known.status === 'IGNORED')
  if (holds === isStanding) return false
  if (holds) raiseAlert(deciding, facts)
  else clearAlert(deciding, facts.dedupeKey, 'it is over')
  return true
}

/** Looks at what is true of a project now: raises the alerts of conditions that hold, and clears those that do not. */
export const sweepAlerts = projectCommand({
  name: 'alerts.sweep',
  summary: 'Raises and clears the alerts that follow from the state of a project.',
  input: z.strictObject({
    ...inProject,
    /** Parts of the host that are not healthy: a gateway, an executor, the log. */
    unhealthy: z.array(nameSchema(200)).max(50),
  }),
  permission: null,
  whenContained: 'allowed',
  systemOnly: true,
  scope: ({ projectId }) =>
    joinScopes(...KEYS.map((key) => alertScope(projectId, key)), {
      lookups: [
        { lookup: 'agentsOfProjectByStatus', values: [projectId, 'PAUSED'], limit: AGENTS_COUNTED_MAX },
        { lookup: 'pendingApprovalsOfProject', values: [projectId], limit: PENDING_APPROVALS_MAX + 1 },
      ],
    }),
  decide(deciding, { unhealthy }) {
    const { snapshot, project } = deciding
    const paused = snapshot.find('agentsOfProjectByStatus', project.id, 'PAUSED')
    const pending = snapshot.find('pendingApprovalsOfProject', project.id).length
    const changed = [
      follow(
        deciding,
        {
          type: 'PAUSED_AGENTS',
          severity: 'WARNING',
          dedupeKey: KEYS[0],
          title: 'Agents are paused',
          description: paused.map(({ name, pausedBy }) => `${name} (${pausedBy ?? 'no cause'})`).join(', '),
        },
        paused.length > 0,
      ),
      follow(
        deciding,
        {
          type: 'APPROVAL_QUEUE_DEPTH',
          severity: 'WARNING',
          dedupeKey: KEYS[1],
          title: 'Many requests wait for a decision',
          description: `more than ${PENDING_APPROVALS_MAX} requests are pending`,
        },
        pending > PENDING_APPROVALS_MAX,
      ),
      follow(
        deciding,
        {
          type: 'HEALTH_DEGRADED',
          severity: 'CRITICAL',
          dedupeKey: KEYS[2],
          title: 'Not healthy',
          description: unhealthy.join(', '),
        },
        unhealthy.length > 0,
      ),
    ]
    return accept({ changed: changed.filter(Boolean).length })
  },
})
