import { DEFAULT_POLICY, type MissionControlClient } from '@mission-control/core'
import type { Turn } from '../turn.ts'
import type { Action } from './action.ts'
import { ACTS } from './tool-calls.ts'

type PolicyDraftContent = Parameters<MissionControlClient['policies']['draft']>[0]['content']

const STRICTNESS = { ALLOW: 0, NEEDS_APPROVAL: 1, DENY: 2 } as const

/** Something more that is denied, or trusted less. */
function tightened(turn: Turn): PolicyDraftContent {
  const { random, mirror, actor } = turn
  const own = mirror
    .all('policy')
    .find(
      ({ state, scopeType, projectId }) =>
        state === 'ACTIVE' && scopeType === 'PROJECT' && projectId === actor.projectId,
    )
  const risks = own?.content.toolMap?.risks ?? DEFAULT_POLICY.toolMap?.risks ?? {}
  const capability = random.any(Object.keys(risks)) ?? 'fs.read'
  return random.pick<[PolicyDraftContent, PolicyDraftContent, PolicyDraftContent]>([
    { files: { denyRead: [`**/${random.pick(['*.ts', '*.md', '*'])}`] } },
    { files: { denyWrite: [`src/${random.pick(['*.ts', '**'])}`] } },
    { toolMap: { risks: { ...risks, [capability]: risks[capability] === 'GREEN' ? 'YELLOW' : 'RED' } } },
  ])
}

/**
 * I19: what calls are told now, and what they are told once something more is denied. Nobody else does anything between
 * the two.
 */
async function tighten(turn: Turn): Promise<void> {
  const { world, random, actor } = turn
  const agent = random.any(turn.mirror.all('agent').filter(({ projectId }) => projectId === actor.projectId))
  if (agent === undefined) return
  const content = tightened(turn)
  const host = world.freshHost()
  await host.undisturbed(async () => {
    const client = await host.client(actor.principalId, actor.projectId)
    const decisions = async () => {
      const asked = ACTS.map((act) => client.policies.explain({ ...act, agentId: agent.id }))
      return (await Promise.all(asked)).map((answer) => (answer.ok ? answer.data.decision : null))
    }
    const before = await decisions()
    const drafted = await client.policies.draft({ name: 'own', content })
    if (!drafted.ok) return
    const active = await client.policies.activate({ policyId: drafted.data.id, acknowledgeWarnings: true })
    if (!active.ok) return
    for (const [at, after] of (await decisions()).entries()) {
      const was = before[at] ?? null
      if (was === null || after === null || STRICTNESS[after] >= STRICTNESS[was]) continue
      world.violate('I19', `${ACTS[at]?.tool} was ${was}, and is ${after} under ${JSON.stringify(content)}`)
    }
  })
}

const addDeny: Action = { name: 'deny more', weight: 0.12, by: ({ role }) => role === 'ADMIN', run: tighten }

export const STRICTER: readonly Action[] = [addDeny]
