import { z } from 'zod'
import { accept, projectCommand, refuse } from '../decide/command.ts'
import { own } from '../decide/own.ts'
import { alertScope, raiseAlert } from '../effects/raise-alert.ts'
import { refSchema } from '../model/ids.ts'
import { ALERT_TYPES, SEVERITIES } from '../model/notification.ts'
import { nameSchema, reasonSchema } from '../model/text.ts'
import { redactText } from '../rules/redaction.ts'
import { inProject } from './inputs.ts'

/** Alerts raised by hand never share a key with those that rules raise and clear. */
const BY_HAND = 'BY_HAND'

/** Raises an alert by hand. Equal keys are one alert with a count. */
export const raiseAlertCommand = projectCommand({
  name: 'alerts.raise',
  summary: 'Raises an alert by hand; an equal open one is counted up.',
  input: z.strictObject({
    ...inProject,
    type: z.enum(ALERT_TYPES),
    severity: z.enum(SEVERITIES),
    title: nameSchema(200),
    description: reasonSchema,
    dedupeKey: nameSchema(200).optional(),
    agentId: refSchema.optional(),
    taskId: refSchema.optional(),
    runId: refSchema.optional(),
  }),
  permission: 'alerts.manage',
  whenContained: 'refused',
  forBridge: true,
  scope: (input) => ({
    ...alertScope(input.projectId, keyOf(input)),
    records: (['agent', 'task', 'run'] as const).flatMap((kind) => {
      const id = input[`${kind}Id`]
      return id === undefined ? [] : [{ kind, id }]
    }),
  }),
  decide(deciding, input) {
    for (const kind of ['agent', 'task', 'run'] as const) {
      const id = input[`${kind}Id`]
      if (id === undefined) continue
      const { problem } = own(deciding, kind, id)
      if (problem !== null) return refuse(problem)
    }
    const dedupeKey = keyOf(input)
    return accept(
      raiseAlert(deciding, {
        type: input.type,
        severity: input.severity,
        title: input.title,
        description: input.description,
        dedupeKey,
        agentId: input.agentId ?? null,
        taskId: input.taskId ?? null,
        runId: input.runId ?? null,
      }),
    )
  },
})

function keyOf(input: { type: string; title: string; dedupeKey?: string | undefined }): string {
  return `${BY_HAND}:${redactText(input.dedupeKey ?? `${input.type}:${input.title}`)}`
}
