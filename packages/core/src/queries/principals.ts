import { z } from 'zod'
import { refSchema } from '../model/ids.ts'
import type { Principal } from '../model/principal.ts'
import { PRINCIPAL_KINDS } from '../model/principal.ts'
import { type Outcome, refusal } from '../model/refusal.ts'
import { SESSION_IDLE_MS } from '../rules/keys.ts'
import { pageInput, readPage } from './page.ts'
import { found, globalQuery } from './query.ts'

/** Rows of the installation are for those who may enter all of it; an ADMIN of some projects is not one of them. */
function seesAll(principal: Principal | null): boolean {
  return principal === null || principal.projectIds === 'ALL'
}

function beyondReach(): Outcome<never> {
  return {
    ok: false,
    error: refusal('FORBIDDEN', 'this lists the whole installation and needs access to all projects'),
  }
}

/** People and agents of the installation, newest first. */
export const listPrincipals = globalQuery({
  name: 'principals.list',
  summary: 'Lists people and agents of the installation.',
  input: z.strictObject({ ...pageInput, kind: z.enum(PRINCIPAL_KINDS).optional() }),
  permission: 'principals.admin',
  read: async ({ queries, principal }, input) => {
    if (!seesAll(principal)) return beyondReach()
    return readPage(
      queries,
      { kind: 'principal', filters: input.kind === undefined ? [] : [{ field: 'kind', op: 'eq', value: input.kind }] },
      input,
    )
  },
})

/** Keys of the installation without anything that opens a door. */
export const listKeys = globalQuery({
  name: 'keys.list',
  summary: 'Lists keys: whose, which state, until when. Never the key or its digest.',
  input: z.strictObject({ ...pageInput, principalId: refSchema.optional() }),
  permission: 'keys.admin',
  async read({ queries, principal }, input) {
    if (!seesAll(principal)) return beyondReach()
    const page = await readPage(
      queries,
      {
        kind: 'credential',
        filters: input.principalId === undefined ? [] : [{ field: 'principalId', op: 'eq', value: input.principalId }],
      },
      input,
    )
    if (!page.ok) return page
    return found({ ...page.data, data: page.data.data.map(({ secretHash: _, ...credential }) => credential) })
  },
})

/** The sessions of the caller that still open something, newest first. */
export const listSessions = globalQuery({
  name: 'sessions.list',
  summary: 'Lists the open browser sessions of the caller. One that is not yours any more is ended by `keys.revoke`.',
  input: z.strictObject(pageInput),
  permission: 'read',
  async read({ queries, principal, now }, input) {
    if (principal === null) return { ok: false, error: refusal('FORBIDDEN', 'the system is nobody') }
    const page = await readPage(
      queries,
      {
        kind: 'credential',
        filters: [
          { field: 'principalId', op: 'eq', value: principal.id },
          { field: 'kind', op: 'eq', value: 'SESSION' },
          { field: 'status', op: 'eq', value: 'ACTIVE' },
          { field: 'expiresAt', op: 'gt', value: now },
          { field: 'lastUsedAt', op: 'gt', value: now - SESSION_IDLE_MS },
        ],
      },
      input,
    )
    if (!page.ok) return page
    return found({
      ...page.data,
      data: page.data.data.map(({ id, createdAt, lastUsedAt, expiresAt, openedById }) => {
        return { credentialId: id, createdAt, lastUsedAt, expiresAt, openedById }
      }),
    })
  },
})

/** Whom a client acts as. */
export interface Self {
  readonly principalId: string
  readonly kind: Principal['kind']
  readonly displayName: string
  readonly role: Principal['role']
  readonly projectIds: Principal['projectIds']
  readonly agentId: string | null
}

/** Who the caller is, for faces that show what it may do. */
export const readSelf = globalQuery({
  name: 'principals.self',
  summary: 'Says who the caller is: kind, role, projects and agent.',
  input: z.strictObject({}),
  permission: 'read',
  async read({ principal }) {
    if (principal === null) return { ok: false, error: refusal('FORBIDDEN', 'the system is nobody') }
    const { id, kind, displayName, role, projectIds, agentId } = principal
    return found<Self>({ principalId: id, kind, displayName, role, projectIds, agentId })
  },
})
