import { z } from 'zod'
import { accept, globalCommand, refuse } from '../decide/command.ts'
import { issueKey } from '../effects/issue-key.ts'
import { refSchema } from '../model/ids.ts'
import { HUMAN_ROLES, type Principal } from '../model/principal.ts'
import { refusal } from '../model/refusal.ts'
import { nameSchema } from '../model/text.ts'

/** A person, and the key they sign in with, shown once. */
export interface CreatedPrincipal {
  readonly principal: Principal
  readonly key: string
}

/** Creates a person with a role and issues their first key. Nobody grants more than they have. */
export const createPrincipal = globalCommand({
  name: 'principals.create',
  summary: 'Creates a person with a role and issues their first key.',
  input: z.strictObject({
    displayName: nameSchema(120),
    role: z.enum(HUMAN_ROLES),
    projectIds: z.union([z.literal('ALL'), z.array(refSchema).min(1).max(100)]),
  }),
  permission: 'principals.admin',
  whenContained: 'refused',
  forReceipt: (data: CreatedPrincipal) => ({ ...data, key: '' }),
  scope: ({ projectIds }) => ({
    records: projectIds === 'ALL' ? [] : projectIds.map((id) => ({ kind: 'project' as const, id })),
  }),
  decide(deciding, { displayName, role, projectIds }) {
    const { principal: creator, snapshot, changes } = deciding
    const own = creator?.projectIds ?? 'ALL'
    const beyond = own !== 'ALL' && (projectIds === 'ALL' || projectIds.some((id) => !own.includes(id)))
    if (beyond) return refuse(refusal('FORBIDDEN', 'nobody grants projects beyond their own'))
    const missing = projectIds === 'ALL' ? [] : projectIds.filter((id) => snapshot.get('project', id) === null)
    if (missing.length > 0) return refuse(refusal('NOT_FOUND', `no such project: ${missing.join(', ')}`))
    const principal = changes.insert('principal', {
      projectId: null,
      kind: 'HUMAN',
      displayName,
      role,
      projectIds,
      agentId: null,
      status: 'ACTIVE',
      totpEnrolled: false,
      lastCodeNumber: null,
    })
    changes.event('PRINCIPAL_CREATED', {
      subject: `principal/${principal.id}`,
      summary: `${role}: ${displayName}`,
      data: { role, projectIds },
    })
    const { key } = issueKey(deciding, { principalId: principal.id, label: displayName })
    return accept<CreatedPrincipal>({ principal, key })
  },
})
