import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { invariant } from '../../errors.ts'

const PURPOSE = 'mission-control/webhook-secret/1'
const KEY_BYTES_MIN = 32
const KEY_ID = /^[A-Za-z0-9_-]{1,32}$/

/** The name of a webhook's n-th secret: says which key it is made from, and gives nothing away. */
export function webhookSecretRef(keyId: string, webhookId: string, secretNo: number): string {
  return `${keyId}/${webhookId}/${secretNo}`
}

/**
 * Makes signing secrets from a key of the host (HMAC-SHA256 of the reference). Give keys that were used before under
 * their ids, until the webhooks that still use them have been rotated.
 *
 * @example webhookSecrets({ keyId: 'k1', keys: { k1: crypto.getRandomValues(new Uint8Array(32)) } })
 */
export function webhookSecrets(options: {
  readonly keyId: string
  readonly keys: Readonly<Record<string, Uint8Array>>
}): { readonly keyId: string; secretOf(secretRef: string): string | null } {
  const keys = new Map(Object.entries(options.keys))
  for (const [keyId, key] of keys) {
    invariant(KEY_ID.test(keyId), 'the id of a key is 1 to 32 letters, digits, _ or -')
    invariant(key.byteLength >= KEY_BYTES_MIN, `a key for webhook secrets has at least ${KEY_BYTES_MIN} bytes`)
  }
  invariant(keys.has(options.keyId), 'the key for new secrets is among the keys')
  return {
    keyId: options.keyId,
    secretOf(secretRef) {
      const key = keys.get(secretRef.slice(0, secretRef.indexOf('/')))
      if (key === undefined) return null
      const bytes = hmac(sha256, key, utf8ToBytes(`${PURPOSE}/${secretRef}`))
      return `whsec_${btoa(String.fromCharCode(...bytes))}`
    },
  }
}
