import { z } from 'zod'
import { accept, projectCommand, refuse } from '../decide/command.ts'
import { own } from '../decide/own.ts'
import { isOpenAlert, resolveAlert } from '../effects/raise-alert.ts'
import { refSchema } from '../model/ids.ts'
import { refusal } from '../model/refusal.ts'
import { reasonSchema } from '../model/text.ts'
import { redactText } from '../rules/redaction.ts'
import { inProject } from './inputs.ts'

const alertInput = { ...inProject, alertId: refSchema }

/** Says that somebody looks at an open alert. It stays open, and repeats still count. */
export const acknowledgeAlert = projectCommand({
  name: 'alerts.acknowledge',
  summary: 'Says that somebody looks at an open alert.',
  input: z.strictObject(alertInput),
  permission: 'alerts.manage',
  whenContained: 'refused',
  scope: ({ alertId }) => ({ records: [{ kind: 'alert', id: alertId }] }),
  decide(deciding, { alertId }) {
    const { record: alert, problem } = own(deciding, 'alert', alertId)
    if (problem !== null) return refuse(problem)
    if (alert.status === 'ACKNOWLEDGED') return accept(alert)
    if (alert.status !== 'OPEN') return refuse(refusal('ALREADY_DECIDED', `${alert.id} is ${alert.status}`))
    const { changes, actor, now } = deciding
    return accept(
      changes.update('alert', alert, { status: 'ACKNOWLEDGED', acknowledgedBy: actor.id, acknowledgedAt: now }),
    )
  },
})

/** Ends an alert by hand. If its cause is still there, its rule raises it again. */
export const resolveAlertCommand = projectCommand({
  name: 'alerts.resolve',
  summary: 'Ends an alert by hand.',
  input: z.strictObject({ ...alertInput, note: reasonSchema }),
  permission: 'alerts.manage',
  whenContained: 'refused',
  scope: ({ alertId }) => ({ records: [{ kind: 'alert', id: alertId }] }),
  decide(deciding, { alertId, note }) {
    const { record: alert, problem } = own(deciding, 'alert', alertId)
    if (problem !== null) return refuse(problem)
    return accept(alert.status === 'RESOLVED' ? alert : resolveAlert(deciding, alert, note))
  },
})

/** Puts an alert aside: for a day its repeats are counted and nobody is told, unless its cause ends before. */
export const ignoreAlert = projectCommand({
  name: 'alerts.ignore',
  summary: 'Puts an open alert aside; for a day its repeats are counted in silence.',
  input: z.strictObject({ ...alertInput, note: reasonSchema }),
  permission: 'alerts.manage',
  whenContained: 'refused',
  scope: ({ alertId }) => ({ records: [{ kind: 'alert', id: alertId }] }),
  decide(deciding, { alertId, note }) {
    const { record: alert, problem } = own(deciding, 'alert', alertId)
    if (problem !== null) return refuse(problem)
    if (alert.status === 'IGNORED') return accept(alert)
    if (!isOpenAlert(alert)) return refuse(refusal('ALREADY_DECIDED', `${alert.id} is ${alert.status}`))
    const { changes, actor, now } = deciding
    const resolutionNote = redactText(note)
    const ignored = changes.update('alert', alert, { status: 'IGNORED', resolvedAt: now, resolutionNote })
    changes.event('ALERT_RESOLVED', {
      subject: `alert/${alert.id}`,
      summary: `${actor.name} ignores: ${alert.title}`,
      reason: resolutionNote,
      data: { type: alert.type, status: 'IGNORED' },
      taskId: alert.taskId,
      agentId: alert.agentId,
      runId: alert.runId,
    })
    return accept(ignored)
  },
})
