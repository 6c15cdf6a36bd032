/**
 * Where the signing secrets of webhooks come from. They are made from a key that only the hosts have, so that neither
 * the store nor a backup of it can sign anything. All hosts of a store must have the same keys.
 */
export interface WebhookSecrets {
  /** The key that new secrets are made from. */
  readonly keyId: string
  /** The secret of a reference, as `whsec_…`; null when it was made from a key that this host does not have. */
  secretOf(secretRef: string): string | null
}

/** One message to one address. */
export interface WebhookPost {
  readonly url: string
  /** Goes into `webhook-id`: the same at every attempt, so that a receiver can drop the second copy. */
  readonly id: string
  /** Goes into `webhook-timestamp`, as seconds; epoch ms. */
  readonly sentAt: number
  readonly body: string
  /** Each of them signs; two while the older one still counts. */
  readonly secrets: readonly string[]
  /** Aborts when the attempt has taken too long. */
  readonly signal: AbortSignal
}

/** What became of one attempt. `status` is null where there was no answer. */
export interface WebhookAnswer {
  readonly status: number | null
  /** Why it counts as failed; null for any 2xx. */
  readonly error: string | null
  /** What `Retry-After` asked for. */
  readonly retryAfterMs?: number
}

/** Signs messages and carries them to addresses. It must refuse what `webhookTargetProblem` refuses, at every connection. */
export interface WebhookCarrier {
  send(post: WebhookPost): Promise<WebhookAnswer>
}

/** What a host needs to have webhooks. */
export interface WebhookOptions {
  readonly secrets: WebhookSecrets
  /** Absent: another host of the same store sends them. */
  readonly carrier?: WebhookCarrier
  /** Lets webhooks point to http and to addresses that are not public. For tests and closed networks only. */
  readonly allowsPrivateTargets?: boolean
}
