import { z } from 'zod'
import { accept, joinScopes, projectCommand } from '../decide/command.ts'
import { alertScope, raiseAlert } from '../effects/raise-alert.ts'
import { nameSchema } from '../model/text.ts'
import { redactText } from '../rules/redaction.ts'
import { localDate } from '../rules/windows.ts'
import { inProject } from './inputs.ts'

const SLOW_MS = 10_000
const DURATION_MS_MAX = 30 * 24 * 60 * 60_000

function alertKey(operation: string): string {
  return `PERFORMANCE:${redactText(operation)}`
}

/** Counts how long an operation took. What takes more than ten seconds raises PERFORMANCE. */
export const logPerformance = projectCommand({
  name: 'monitoring.logPerformance',
  summary: 'Counts how long an operation took; more than 10 s raises an alert.',
  input: z.strictObject({
    ...inProject,
    operation: nameSchema(100),
    durationMs: z.int().min(0).max(DURATION_MS_MAX),
    success: z.boolean(),
  }),
  permission: 'alerts.manage',
  whenContained: 'refused',
  scope: ({ projectId, operation }, _caller, seen) => {
    const project = seen?.has('project', projectId) === true ? seen.peek('project', projectId) : null
    if (seen === null || project === null) return alertScope(projectId, alertKey(operation))
    const values = [projectId, redactText(operation), localDate(seen.now, project.timeZone)]
    return joinScopes(alertScope(projectId, alertKey(operation)), {
      lookups: [{ lookup: 'performanceStatOfDay', values, limit: 1 }],
    })
  },
  decide(deciding, { operation: given, durationMs, success }) {
    const { changes, project, snapshot, now } = deciding
    const operation = redactText(given)
    const day = localDate(now, project.timeZone)
    const known = snapshot.find('performanceStatOfDay', project.id, operation, day)[0]
    const failures = success ? 0 : 1
    const stat =
      known === undefined
        ? changes.insert('performanceStat', {
            projectId: project.id,
            operation,
            day,
            count: 1,
            failures,
            totalMs: durationMs,
            minMs: durationMs,
            maxMs: durationMs,
          })
        : changes.update('performanceStat', known, {
            count: known.count + 1,
            failures: known.failures + failures,
            totalMs: known.totalMs + durationMs,
            minMs: Math.min(known.minMs, durationMs),
            maxMs: Math.max(known.maxMs, durationMs),
          })
    if (durationMs > SLOW_MS) {
      raiseAlert(deciding, {
        type: 'PERFORMANCE',
        severity: 'WARNING',
        dedupeKey: alertKey(operation),
        title: `Slow: ${operation}`,
        description: `took ${durationMs} ms, more than ${SLOW_MS} ms${success ? '' : ', and failed'}`,
      })
    }
    return accept(stat)
  },
})
