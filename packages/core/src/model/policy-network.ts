import { z } from 'zod'

/** Whether only listed hosts are reachable, or any host whose every address is public. */
export const EGRESS_MODES = ['allowlist', 'public'] as const
export type EgressMode = (typeof EGRESS_MODES)[number]

const NETWORK_LIST_MAX = 1000
/** Redirects that a call may follow at most, whatever a policy says. */
const REDIRECTS_MAX = 20

const method = z.string().regex(/^[A-Z]{1,16}$/, 'must be an upper-case HTTP method')
const port = z.int().min(1).max(65_535)

/**
 * What a policy says about outgoing requests. `null` in a field means that a less specific policy decides.
 *
 * An entry that cannot be a host or an address lists nothing; `lint` reports it (see `isListableHost`).
 */
export const networkSection = z.strictObject({
  /** `example.com`, `*.example.com` (sub-domains only) or an address. Empty: nothing is listed. */
  hosts: z.array(z.string().min(1).max(255)).max(NETWORK_LIST_MAX).nullable().default(null),
  /** False: an entry also stands for its sub-domains, on label boundaries. */
  exactHostOnly: z.boolean().nullable().default(null),
  schemes: z
    .array(z.enum(['http', 'https']))
    .max(2)
    .nullable()
    .default(null),
  ports: z
    .union([z.literal('any'), z.array(port).max(NETWORK_LIST_MAX)])
    .nullable()
    .default(null),
  /** Methods that need nobody. */
  methodsAllow: z.array(method).max(32).nullable().default(null),
  /** Methods that need an approval. A method in neither list is denied. */
  methodsApprove: z.array(method).max(32).nullable().default(null),
  mode: z.enum(EGRESS_MODES).nullable().default(null),
  /** Private, loopback and other special addresses that may be reached all the same; single addresses, no ranges. */
  literalAddresses: z.array(z.string().min(1).max(64)).max(NETWORK_LIST_MAX).nullable().default(null),
  maxRedirects: z.int().min(0).max(REDIRECTS_MAX).nullable().default(null),
})
export type NetworkSection = z.infer<typeof networkSection>
