import { utf8Bytes } from '../../model/text.ts'
import { WEBHOOK_BODY_BYTES_MAX } from '../../model/webhook.ts'
import type { EventEnvelope } from '../envelope.ts'

/** The body of a message: the event in its envelope. What is too long is sent without its data, and says so. */
export function webhookBody(envelope: EventEnvelope): string {
  const whole = JSON.stringify(envelope)
  if (utf8Bytes(whole) <= WEBHOOK_BODY_BYTES_MAX) return whole
  const { reason: _, ...rest } = envelope
  return JSON.stringify({ ...rest, data: { omitted: 'too long; read the event by its id' } })
}
