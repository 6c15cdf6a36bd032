import { z } from 'zod'
import { fieldsOf, operationOf } from '../operations.ts'
import type { McpTool } from './tools.ts'

/** The argument by which a command may be repeated without a second effect. */
export const REPEAT_KEY = 'idempotencyKey'

const project = z
  .string()
  .min(1)
  .max(128)
  .optional()
  .describe('Id or slug of the project. May be left out where the key opens one project only.')
const repeatKey = z
  .string()
  .min(1)
  .max(255)
  .optional()
  .describe('Any text of yours. The same text with the same arguments has one effect and gives the same answer.')

/** The arguments of a tool: those of its operation, without what the key says. */
export function toolFields(tool: McpTool): ReadonlyMap<string, z.ZodType> {
  const operation = operationOf(tool.operation)
  const fields = new Map(fieldsOf(operation))
  if (tool.ownAgent !== undefined) fields.delete('agentId')
  if (fields.has('projectId')) fields.set('projectId', project)
  if (operation.type === 'command') fields.set(REPEAT_KEY, repeatKey)
  return fields
}

/**
 * The schema that a tool shows. It says what the registry's own schema says and lets everything pass: what is wrong is
 * found by the operation, so that it is refused in the same words on every face.
 */
export function toolSchema(tool: McpTool) {
  const schema = z.toJSONSchema(z.strictObject(Object.fromEntries(toolFields(tool))), {
    io: 'input',
    unrepresentable: 'any',
  }) as Record<string, unknown>
  return {
    '~standard': {
      version: 1 as const,
      vendor: 'mission-control',
      validate: (value: unknown) => ({ value: (value ?? {}) as Record<string, unknown> }),
      jsonSchema: { input: () => schema, output: () => schema },
    },
  }
}
