import { z } from 'zod'
import { accept, joinScopes, projectCommand } from '../decide/command.ts'
import { passVerdict, verdictScope } from '../effects/pass-verdict.ts'
import type { ApprovalStatus } from '../model/approval.ts'
import { refSchema } from '../model/ids.ts'
import { type Refusal, refusal } from '../model/refusal.ts'
import { reasonSchema } from '../model/text.ts'
import { inProject, verdictInput } from './inputs.ts'

const BATCH_MAX = 20

/** What became of one request of a batch. */
export type BatchResult =
  | { readonly approvalId: string; readonly ok: true; readonly status: ApprovalStatus }
  | { readonly approvalId: string; readonly ok: false; readonly error: Refusal }

const input = z.strictObject({
  ...inProject,
  approvalIds: z
    .array(refSchema)
    .min(1)
    .max(BATCH_MAX)
    .refine((ids) => new Set(ids).size === ids.length, { error: 'names a request twice' }),
  verdict: verdictInput,
  reason: reasonSchema.optional(),
})

/** Passes one verdict on several requests, each on its own: what one is refused for does not touch the others. No RED. */
export const decideApprovals = projectCommand({
  name: 'approvals.decideBatch',
  summary: 'Approves or denies several YELLOW requests, each on its own.',
  input,
  permission: null,
  whenContained: 'refused',
  scope: ({ projectId, approvalIds }, _caller, seen) =>
    joinScopes(...approvalIds.map((approvalId) => verdictScope(projectId, approvalId, seen))),
  decide(deciding, { projectId, approvalIds, verdict, reason }) {
    const results = approvalIds.map((approvalId): BatchResult => {
      const found = deciding.snapshot.get('approval', approvalId)
      if (found?.riskLevel === 'RED' && found.projectId === projectId) {
        return { approvalId, ok: false, error: refusal('FORBIDDEN', `${approvalId} is RED and is decided on its own`) }
      }
      const passed = passVerdict(deciding, { approvalId, verdict, reason })
      return passed.kind === 'accepted'
        ? { approvalId, ok: true, status: passed.data.status }
        : { approvalId, ok: false, error: passed.error }
    })
    return accept({ results })
  },
})
