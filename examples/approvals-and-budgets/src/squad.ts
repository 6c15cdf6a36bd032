import { createMemoryStorage } from '@mission-control/adapter-memory'
import { createMissionControl, type MissionControl, type MissionControlClient, unwrap } from '@mission-control/core'

export const USD = 1_000_000

/** Two operators, a worker with one dollar a day, a lead who reviews, and the chief agent officer. */
export interface Squad {
  readonly mc: MissionControl
  readonly admin: MissionControlClient
  readonly ann: MissionControlClient
  readonly bob: MissionControlClient
  readonly scribe: MissionControlClient
  readonly lea: MissionControlClient
  readonly cleo: MissionControlClient
  /** The task that Scribe works on, and the epoch in which it holds it. */
  readonly held: { readonly taskId: string; readonly epoch: number }
}

export async function gatherSquad(): Promise<Squad> {
  const mc = createMissionControl({ storage: createMemoryStorage() })
  const set = unwrap(await mc.bootstrap({ admin: { displayName: 'Ada' }, project: { name: 'Shop', slug: 'shop' } }))
  const projectId = set.projectId ?? ''
  const admin = (await mc.as(set.principalId)).inProject(projectId)

  // What no price list knows would have to be asked for; here every model has a price.
  const prices = { fallback: { inputMicrosPerMillion: 3 * USD, outputMicrosPerMillion: 15 * USD } }
  const policy = unwrap(await admin.policies.draft({ name: 'shop', scopeType: 'PROJECT', content: { prices } }))
  unwrap(await admin.policies.activate({ policyId: policy.id }))

  const operator = async (displayName: string) => {
    const { principal } = unwrap(
      await admin.principals.create({ displayName, role: 'OPERATOR', projectIds: [projectId] }),
    )
    return (await mc.as(principal.id)).inProject(projectId)
  }
  const agent = async (registration: Parameters<typeof admin.agents.register>[0]) =>
    mc.as(unwrap(await admin.agents.register(registration)).principalId)

  const scribe = await agent({ name: 'Scribe', budgetDailyMicros: USD, budgetPerRunMicros: USD })
  const task = unwrap(await admin.tasks.create({ title: 'Refund guide', type: 'DOCS' }))
  const workPlan = { bullets: ['Try a refund', 'Write it down', 'Follow it once'] }
  const { epoch } = unwrap(await scribe.tasks.claim({ taskId: task.id, workPlan }))
  return {
    mc,
    admin,
    ann: await operator('Ann'),
    bob: await operator('Bob'),
    scribe,
    lea: await agent({ name: 'Lea', role: 'LEAD' }),
    cleo: await agent({ name: 'Cleo', role: 'LEAD', isCao: true }),
    held: { taskId: task.id, epoch },
  }
}

export async function statusOf({ admin, held }: Squad): Promise<string> {
  return unwrap(await admin.tasks.get({ taskId: held.taskId })).status
}

/** The refusal's code, or `ok`. */
export function codeOf(outcome: { ok: true } | { ok: false; error: { code: string } }): string {
  return outcome.ok ? 'ok' : outcome.error.code
}
