import { z } from 'zod'
import { accept, globalCommand, refuse } from '../decide/command.ts'
import { type IssuedKey, issueKey } from '../effects/issue-key.ts'
import { refSchema } from '../model/ids.ts'
import { ceilingSchema, MONITOR_SCOPE } from '../model/principal.ts'
import { refusal } from '../model/refusal.ts'
import { BRIDGE_SCOPE } from '../model/telegram.ts'
import { hasPermission } from '../rules/permissions.ts'

const DAY_MS = 86_400_000

/** Issues a key to an existing principal, or an enrollment key with which agents register themselves within a ceiling. */
export const issueKeyCommand = globalCommand({
  name: 'keys.issue',
  summary: 'Issues an API key to a principal, or an enrollment key with a ceiling.',
  input: z.strictObject({
    principalId: refSchema,
    kind: z.enum(['API_KEY', 'ENROLLMENT']).default('API_KEY'),
    ttlMs: z
      .int()
      .min(60_000)
      .max(366 * DAY_MS)
      .optional(),
    ceiling: ceilingSchema.optional(),
    /**
     * `telegram.bridge`: the key of a bot that runs elsewhere. It acts as nobody, and for people only as they are linked.
     * `metrics.read`: the key of a monitor. It reads health and metrics, and nothing else.
     */
    scope: z.enum([BRIDGE_SCOPE, MONITOR_SCOPE]).optional(),
  }),
  permission: 'keys.admin',
  whenContained: 'refused',
  forReceipt: (data: IssuedKey) => ({ ...data, key: '' }),
  scope: ({ principalId }) => ({ records: [{ kind: 'principal', id: principalId }] }),
  decide(deciding, { principalId, kind, ttlMs, ceiling, scope }) {
    const holder = deciding.snapshot.get('principal', principalId)
    if (holder === null || holder.status !== 'ACTIVE')
      return refuse(refusal('NOT_FOUND', `no active principal ${principalId}`))
    const own = deciding.principal?.projectIds ?? 'ALL'
    const reach = ceiling === undefined ? holder.projectIds : [ceiling.projectId]
    if (own !== 'ALL' && (reach === 'ALL' || reach.some((id) => !own.includes(id)))) {
      return refuse(refusal('FORBIDDEN', 'nobody grants projects beyond their own'))
    }
    if ((kind === 'ENROLLMENT') !== (ceiling !== undefined)) {
      return refuse(
        refusal('VALIDATION', 'an enrollment key has a ceiling, other keys have none', {
          errors: [{ field: 'ceiling', message: 'goes with kind ENROLLMENT' }],
        }),
      )
    }
    const isBridge = scope === BRIDGE_SCOPE
    if (isBridge && (holder.kind !== 'HUMAN' || kind !== 'API_KEY' || own !== 'ALL' || holder.projectIds !== 'ALL')) {
      return refuse(
        refusal('FORBIDDEN', 'a bridge reaches all projects: it is a person of all projects who has its key'),
      )
    }
    if (scope === MONITOR_SCOPE && (kind !== 'API_KEY' || !hasPermission(holder, null, MONITOR_SCOPE))) {
      return refuse(refusal('FORBIDDEN', 'the key of a monitor is issued to a person who may read metrics'))
    }
    const agentTtlMs = holder.kind === 'AGENT' ? 7 * DAY_MS : null
    const lifeMs = ttlMs ?? agentTtlMs
    const { credential, key } = issueKey(deciding, {
      principalId,
      label: holder.displayName,
      kind,
      ceiling: ceiling ?? null,
      scopes: scope === undefined ? [] : [scope],
      expiresAt: lifeMs === null ? null : deciding.now + lifeMs,
    })
    return accept<IssuedKey>({
      credentialId: credential.id,
      keyId: credential.keyId,
      key,
      expiresAt: credential.expiresAt,
    })
  },
})
