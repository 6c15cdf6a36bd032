import { z } from 'zod'
import type { Deciding, DecidingInProject } from '../decide/command.ts'
import { own } from '../decide/own.ts'
import { type FieldError, type Refusal, refusal } from '../model/refusal.ts'
import { nameSchema, storedText } from '../model/text.ts'
import type { Webhook } from '../model/webhook.ts'
import { isEventFilter } from '../rules/webhooks/select.ts'
import { webhookTargetProblem } from '../rules/webhooks/target.ts'

const FILTERS_MAX = 50

export const webhookUrlInput = storedText.min(1).max(2048)
export const webhookEventsInput = z.array(z.string().min(1).max(64)).min(1).max(FILTERS_MAX)
export const webhookDescriptionInput = nameSchema(200)

/** What is wrong with an address or with filters, as a refusal; null when nothing is. */
export function webhookFieldsProblem(
  { webhooks }: Deciding,
  { url, events }: { readonly url?: string | undefined; readonly events?: readonly string[] | undefined },
): Refusal | null {
  const allowsPrivate = webhooks?.allowsPrivateTargets === true
  const target = url === undefined ? null : webhookTargetProblem(url, { allowsPrivate })
  const errors: FieldError[] = target === null ? [] : [{ field: 'url', message: target }]
  events?.forEach((filter, index) => {
    if (!isEventFilter(filter)) errors.push({ field: `events.${index}`, message: 'selects no type of event' })
  })
  return errors.length === 0 ? null : refusal('VALIDATION', 'this webhook cannot be', { errors })
}

/** A webhook of this project that was not deleted, relied upon. */
export function ownWebhook(deciding: DecidingInProject, webhookId: string): ReturnType<typeof own<'webhook'>> {
  const found = own(deciding, 'webhook', webhookId)
  if (found.problem !== null || found.record.deletedAt === null) return found
  return { record: null, problem: refusal('NOT_FOUND', `no such webhook: ${webhookId}`) }
}

/** What the log says of a change. The address is cut to its host: the rest may be as secret as a key. */
export function tellOfWebhook(
  { changes }: DecidingInProject,
  webhook: Webhook,
  words: string,
  reason: string | null = null,
): void {
  const { host } = new URL(webhook.url)
  changes.event('SETTINGS_CHANGED', {
    subject: `webhook/${webhook.id}`,
    summary: `Webhook to ${host} ${words}`,
    reason,
    data: { host, events: webhook.events, status: webhook.status },
  })
}
