import { z } from 'zod'
import { refSchema } from '../model/ids.ts'
import { PRINCIPAL_KINDS } from '../model/principal.ts'
import { pageInput, readPage } from './page.ts'
import { found, globalQuery } from './query.ts'

/** People and agents of the installation, newest first. */
export const listPrincipals = globalQuery({
  name: 'principals.list',
  summary: 'Lists people and agents of the installation.',
  input: z.strictObject({ ...pageInput, kind: z.enum(PRINCIPAL_KINDS).optional() }),
  permission: 'principals.admin',
  read: ({ queries }, input) =>
    readPage(
      queries,
      { kind: 'principal', filters: input.kind === undefined ? [] : [{ field: 'kind', op: 'eq', value: input.kind }] },
      input,
    ),
})

/** Keys of the installation without anything that opens a door. */
export const listKeys = globalQuery({
  name: 'keys.list',
  summary: 'Lists keys: whose, which state, until when. Never the key or its digest.',
  input: z.strictObject({ ...pageInput, principalId: refSchema.optional() }),
  permission: 'keys.admin',
  async read({ queries }, input) {
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
