import { CODES } from '@mission-control/core'
import type { JsonSchema } from './json-schema.ts'

const text = { type: 'string' }

/** A refusal as RFC 9457 tells it, with the fields that some codes add. */
export function problemSchema(): JsonSchema {
  return {
    type: 'object',
    required: ['type', 'title', 'status', 'detail', 'instance', 'code', 'hint', 'traceId'],
    properties: {
      type: { type: 'string', description: 'Where the code is explained, on this host.' },
      title: text,
      status: { type: 'integer', description: 'The HTTP status.' },
      detail: { type: 'string', description: 'What is wrong with this request.' },
      instance: { type: 'string', description: 'The path that was asked.' },
      code: { enum: Object.keys(CODES), description: 'Branch on this; it never changes its meaning.' },
      hint: { type: 'string', description: 'What to do now.' },
      traceId: { type: 'string', description: "Finds the request in the host's log." },
      errors: {
        type: 'array',
        items: { type: 'object', required: ['field', 'message'], properties: { field: text, message: text } },
      },
      allowed: { type: 'array', items: text, description: 'TRANSITION_REFUSED: what is possible instead.' },
      retryAfterMs: { type: 'integer', description: 'RATE_LIMITED: how long to wait.' },
      approvalIds: { type: 'array', items: text, description: 'What a human has to decide first.' },
      owner: { type: ['string', 'null'], description: 'CLAIM_LOST: the agent that holds the task.' },
      holder: { type: ['string', 'null'], description: 'LEASE_LOST: who holds it now.' },
      epoch: { type: 'integer' },
      expiresAt: { type: ['integer', 'null'] },
      candidates: { type: 'array', items: text, description: 'AMBIGUOUS_ID: the rows that fit.' },
      violations: { type: 'array', items: { type: 'object' }, description: 'POLICY_DENIED: each rule that said no.' },
      finalStatus: { type: 'string', description: 'RUN_CLOSED and ALREADY_DECIDED: how it ended.' },
    },
  }
}
