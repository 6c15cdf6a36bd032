import type { Deciding } from '../decide/command.ts'
import { type Refusal, refusal } from '../model/refusal.ts'
import { webhookSecretRef } from '../rules/webhooks/secrets.ts'

type Made =
  | { readonly secretRef: string; readonly secret: string; readonly problem: null }
  | { readonly secretRef: null; readonly secret: null; readonly problem: Refusal }

/** A secret for a webhook, shown once by whoever asks for it; only its reference is stored. */
export function makeWebhookSecret({ webhooks }: Deciding, webhookId: string, secretNo: number): Made {
  const secrets = webhooks?.secrets
  const secretRef = secrets === undefined ? '' : webhookSecretRef(secrets.keyId, webhookId, secretNo)
  const secret = secrets?.secretOf(secretRef) ?? null
  if (secret !== null) return { secretRef, secret, problem: null }
  const problem = refusal('FORBIDDEN', 'this host has no key to sign webhooks with', {
    hint: 'Give the host `webhooks` where it creates Mission Control.',
  })
  return { secretRef: null, secret: null, problem }
}
