import { RECORDS } from '@mission-control/core'
import { z } from 'zod'
import { ANSWERS, type Answer } from './answers.ts'
import type { JsonSchema } from './json-schema.ts'

/** The schema of what an operation answers, pointing at the rows. */
export function answerSchema(operation: string): JsonSchema {
  const answer = ANSWERS[operation]
  return answer === undefined ? { type: 'object' } : schemaOf(answer)
}

function schemaOf(answer: Answer): JsonSchema {
  switch (answer.type) {
    case 'row':
      return ref(answer.of)
    case 'page':
      return pageOf(ref(answer.of))
    case 'event-page':
      return pageOf(ref('event'))
    case 'list':
      return object({ data: { type: 'array', items: ref(answer.of) } })
    case 'object': {
      const rows = Object.entries(answer.rows).map(([name, kind]) => [name, ref(kind)])
      const texts = answer.texts.map((name) => [name, { type: 'string' }])
      return object(Object.fromEntries([...rows, ...texts]))
    }
  }
}

function object(properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
  return { type: 'object', required: Object.keys(properties), properties }
}

function pageOf(items: JsonSchema): JsonSchema {
  return object({
    data: { type: 'array', items },
    nextCursor: { type: ['string', 'null'], description: 'Goes into `cursor` of the next page; null on the last.' },
  })
}

function ref(name: string): JsonSchema {
  return { $ref: `#/components/schemas/${name}` }
}

/** What answers point at beside stored rows. */
export function answerComponents(): Record<string, JsonSchema> {
  const text = { type: 'string' }
  const textOrNull = { type: ['string', 'null'] }
  return {
    event: object({
      id: text,
      projectId: textOrNull,
      kind: text,
      subject: text,
      time: { type: 'integer' },
      actor: { type: 'object' },
      taskId: textOrNull,
      agentId: textOrNull,
      runId: textOrNull,
      summary: text,
      reason: textOrNull,
      data: {},
      policyVersion: textOrNull,
      costMicros: { type: ['integer', 'null'] },
      traceparent: textOrNull,
      cursor: text,
      seal: { type: ['object', 'null'] },
    }),
  }
}

const eventSchema = z.looseObject({ id: z.string(), kind: z.string(), cursor: z.string() })

/** The same as a validator, for whoever compares answers with the document. */
export function answerValidator(operation: string): z.ZodType {
  const answer = ANSWERS[operation]
  if (answer === undefined) return z.looseObject({})
  switch (answer.type) {
    case 'row':
      return RECORDS[answer.of]
    case 'page':
      return z.strictObject({ data: z.array(RECORDS[answer.of]), nextCursor: z.string().nullable() })
    case 'event-page':
      return z.strictObject({ data: z.array(eventSchema), nextCursor: z.string().nullable() })
    case 'list':
      return z.looseObject({ data: z.array(RECORDS[answer.of]) })
    case 'object': {
      const rows = Object.entries(answer.rows).map(([name, kind]) => [name, RECORDS[kind]])
      const texts = answer.texts.map((name) => [name, z.string()])
      return z.looseObject(Object.fromEntries([...rows, ...texts]))
    }
  }
}
