import { z } from 'zod'
import { accept, projectCommand } from '../decide/command.ts'
import { alertScope, raiseAlert } from '../effects/raise-alert.ts'
import { ERROR_CONTEXT_BYTES_MAX, ERROR_TYPES, type ErrorType } from '../model/monitoring.ts'
import { jsonSchema, nameSchema, statementSchema, textSchema } from '../model/text.ts'
import { redactJson, redactText } from '../rules/redaction.ts'
import { inProject } from './inputs.ts'

/** What is wrong with a request is the caller's, and what took long may go by; everything else is for a person now. */
const WAKES: readonly ErrorType[] = ['API_ERROR', 'DATABASE_ERROR', 'CRITICAL']

/** One alert per source and type, however many errors there are. */
function alertKey({ source, errorType }: { source: string; errorType: ErrorType }): string {
  return `SYSTEM_ERROR:${redactText(source)}:${errorType}`
}

/** Keeps a fault of something around Mission Control, redacted; the grave ones raise SYSTEM_ERROR. */
export const logError = projectCommand({
  name: 'monitoring.logError',
  summary: 'Keeps a fault; API_ERROR, DATABASE_ERROR and CRITICAL raise an alert.',
  input: z.strictObject({
    ...inProject,
    /** The part that failed: `importer`, `telegram`. */
    source: nameSchema(100),
    errorType: z.enum(ERROR_TYPES),
    message: statementSchema,
    stack: textSchema.optional(),
    context: jsonSchema(ERROR_CONTEXT_BYTES_MAX).optional(),
  }),
  permission: 'alerts.manage',
  whenContained: 'refused',
  scope: (input) => alertScope(input.projectId, alertKey(input)),
  decide(deciding, input) {
    const { changes, project } = deciding
    const source = redactText(input.source)
    const message = redactText(input.message)
    const stack = input.stack === undefined ? null : redactText(input.stack)
    const context = input.context === undefined ? null : redactJson(input.context)
    const report = changes.insert('errorReport', {
      projectId: project.id,
      source,
      errorType: input.errorType,
      message,
      stack,
      context: context?.value ?? null,
      redactedFields: [
        ...(source === input.source ? [] : ['source']),
        ...(message === input.message ? [] : ['message']),
        ...(stack === (input.stack ?? null) ? [] : ['stack']),
        ...(context?.redactedFields ?? []).map((field) => `context.${field}`),
      ],
    })
    if (WAKES.includes(input.errorType)) {
      raiseAlert(deciding, {
        type: 'SYSTEM_ERROR',
        severity: 'CRITICAL',
        dedupeKey: alertKey(input),
        title: `${input.errorType} in ${source}`,
        description: message,
        data: { errorReportId: report.id, source, errorType: input.errorType },
      })
    }
    return accept(report)
  },
})
