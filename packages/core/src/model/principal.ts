import { z } from 'zod'
import { microsSchema } from './money.ts'
import { globalRecord } from './record.ts'

export const PRINCIPAL_KINDS = ['AGENT', 'HUMAN', 'SYSTEM'] as const
export type PrincipalKind = (typeof PRINCIPAL_KINDS)[number]

export const HUMAN_ROLES = ['VIEWER', 'OPERATOR', 'ADMIN'] as const
export type HumanRole = (typeof HUMAN_ROLES)[number]

export const AGENT_ROLES = ['INTERN', 'SPECIALIST', 'LEAD'] as const
export type AgentRole = (typeof AGENT_ROLES)[number]

/** Who is authenticated. Read from the store by every command, never taken from a request body. */
export const principalSchema = z.strictObject({
  ...globalRecord,
  kind: z.enum(PRINCIPAL_KINDS),
  displayName: z.string(),
  role: z.enum([...HUMAN_ROLES, ...AGENT_ROLES, 'SYSTEM']),
  projectIds: z.union([z.literal('ALL'), z.array(z.string())]),
  agentId: z.string().nullable(),
  status: z.enum(['ACTIVE', 'DISABLED']),
  totpEnrolled: z.boolean(),
  /** Number of the one-time code that was used last: that one and all before it count no more. */
  lastCodeNumber: z.int().nullable(),
})
export type Principal = z.infer<typeof principalSchema>

const CREDENTIAL_KINDS = ['API_KEY', 'ENROLLMENT', 'SESSION'] as const

/** The key of a monitor: it reads what health and metrics say, with the reach of the person it was issued to. */
export const MONITOR_SCOPE = 'metrics.read'

/** What an enrollment key may create, at most. */
export const ceilingSchema = z.strictObject({
  projectId: z.string(),
  roles: z.array(z.enum(AGENT_ROLES)).min(1),
  budgetDailyMicros: microsSchema,
  budgetPerRunMicros: microsSchema,
  uses: z.int().min(0),
})
export type Ceiling = z.infer<typeof ceilingSchema>

/** A key or session. The secret itself is shown once and never stored. */
export const credentialSchema = z.strictObject({
  ...globalRecord,
  principalId: z.string(),
  kind: z.enum(CREDENTIAL_KINDS),
  keyId: z.string(),
  secretHash: z.string(),
  scopes: z.array(z.string()),
  status: z.enum(['ACTIVE', 'RETIRING', 'REVOKED']),
  expiresAt: z.int().nullable(),
  replacesId: z.string().nullable(),
  /** When it opened a door, to the day; null while it never has. */
  lastUsedAt: z.int().nullable(),
  /** The enrollment key that an agent's key was issued under, if any. */
  enrollmentId: z.string().nullable(),
  /** The key that a session was opened with, if it is one; a session opens nothing that this key does not. */
  openedById: z.string().nullable(),
  ceiling: ceilingSchema.nullable(),
})
export type Credential = z.infer<typeof credentialSchema>

/** Who an event names. A copy, so that the log stays true when the principal changes later. */
export const actorSchema = z.strictObject({
  kind: z.enum(PRINCIPAL_KINDS),
  id: z.string(),
  role: z.string(),
  name: z.string(),
  agentId: z.string().nullable(),
})
export type Actor = z.infer<typeof actorSchema>

/** The actor of jobs and of containment: no row, no key, reachable only from the host handle. */
export const SYSTEM_ACTOR: Actor = {
  kind: 'SYSTEM',
  id: 'system',
  role: 'SYSTEM',
  name: 'Mission Control',
  agentId: null,
}
