import { z } from 'zod'
import { accept, globalCommand, refuse } from '../decide/command.ts'
import { issueKey } from '../effects/issue-key.ts'
import { projectFields } from '../effects/project-fields.ts'
import { SYSTEM_ID } from '../model/ids.ts'
import { policyContent } from '../model/policy.ts'
import { slugSchema, timeZoneSchema } from '../model/project.ts'
import { refusal } from '../model/refusal.ts'
import { nameSchema } from '../model/text.ts'
import { DEFAULT_POLICY } from '../rules/policy/defaults.ts'

const input = z.strictObject({
  admin: z.strictObject({ displayName: nameSchema(120) }),
  project: z
    .strictObject({ name: nameSchema(120), slug: slugSchema, timeZone: timeZoneSchema.default('UTC') })
    .optional(),
  policy: policyContent.optional(),
})
export type BootstrapInput = z.input<typeof input>

/** What the first start gives: keep the key, it is shown once. */
export interface Bootstrapped {
  readonly principalId: string
  readonly key: string
  readonly projectId: string | null
  readonly policyId: string
}

/** Sets up an empty installation once. Of several hosts that start at the same time exactly one does it. */
export const bootstrap = globalCommand({
  name: 'system.bootstrap',
  summary: 'Sets up an empty installation: the first ADMIN, its key, the GLOBAL policy and optionally a project.',
  input,
  permission: null,
  whenContained: 'allowed',
  systemOnly: true,
  forReceipt: (data: Bootstrapped) => ({ ...data, key: '' }),
  scope: (setup) => ({
    records: [{ kind: 'system', id: SYSTEM_ID }],
    lookups: setup.project === undefined ? [] : [{ lookup: 'projectBySlug', values: [setup.project.slug], limit: 1 }],
  }),
  decide(deciding, setup) {
    const { changes, snapshot, now } = deciding
    // Whoever inserts the one row of the installation has won; for everybody else it exists.
    if (snapshot.get('system', SYSTEM_ID) !== null) {
      return refuse(refusal('FORBIDDEN', 'an ADMIN exists; ask them, or issue them a new key on the host'))
    }
    changes.insert('system', { projectId: null, operatorMode: 'NORMAL', bootstrappedAt: now }, SYSTEM_ID)
    const admin = changes.insert('principal', {
      projectId: null,
      kind: 'HUMAN',
      displayName: setup.admin.displayName,
      role: 'ADMIN',
      projectIds: 'ALL',
      agentId: null,
      status: 'ACTIVE',
      totpEnrolled: false,
      lastCodeNumber: null,
    })
    changes.event('PRINCIPAL_CREATED', {
      subject: `principal/${admin.id}`,
      summary: `First ADMIN: ${admin.displayName}`,
      data: { role: 'ADMIN' },
    })
    const { key } = issueKey(deciding, { principalId: admin.id, label: admin.displayName })
    const policy = changes.insert('policy', {
      projectId: null,
      name: 'global',
      versionNo: 1,
      scopeType: 'GLOBAL',
      scopeId: '',
      state: 'ACTIVE',
      basePolicyId: null,
      content: setup.policy ?? DEFAULT_POLICY,
      notes: null,
    })
    changes.event('POLICY_ACTIVATED', {
      subject: `policy/${policy.id}`,
      summary: 'Policy global@1 is in force',
      data: { name: 'global', versionNo: 1 },
    })
    const project = setup.project === undefined ? null : changes.insert('project', projectFields(setup.project))
    if (project !== null) {
      changes.event('PROJECT_CREATED', {
        subject: `project/${project.id}`,
        summary: `Project ${project.name}`,
        data: { slug: project.slug },
      })
    }
    return accept<Bootstrapped>({ principalId: admin.id, key, projectId: project?.id ?? null, policyId: policy.id })
  },
})
