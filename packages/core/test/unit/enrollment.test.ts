import { type MissionControlClient, unwrap } from '@mission-control/core'
import { createTestHarness, type TestHarness } from '@mission-control/testing'
import { describe, expect, test } from 'vitest'
import { codeOf } from './governed-task.ts'

const CEILING = {
  roles: ['INTERN', 'SPECIALIST'] as const,
  budgetDailyMicros: 2_000_000,
  budgetPerRunMicros: 500_000,
  uses: 2,
}

async function enrolled(ceiling: Partial<typeof CEILING> = {}) {
  const h = await createTestHarness()
  const [admin] = unwrap(await h.admin.principals.list({ kind: 'HUMAN' })).data
  const issued = unwrap(
    await h.admin.keys.issue({
      principalId: admin?.id ?? '',
      kind: 'ENROLLMENT',
      ceiling: { ...CEILING, ...ceiling, roles: [...(ceiling.roles ?? CEILING.roles)], projectId: h.projectId },
    }),
  )
  return { h, issued, enrollment: unwrap(await h.mc.authenticate(issued.key)) }
}

/** Everything a client can be asked for, but registering. */
async function otherCodes(client: MissionControlClient): Promise<Readonly<Record<string, string>>> {
  const codes: Record<string, string> = {}
  codes['tasks.list'] = codeOf(await client.tasks.list({}))
  codes['tasks.create'] = codeOf(await client.tasks.create({ title: 'x', type: 'DOCS' }))
  codes['agents.list'] = codeOf(await client.agents.list({}))
  codes['events.list'] = codeOf(await client.events.list({}))
  codes['keys.list'] = codeOf(await client.keys.list({}))
  codes['principals.create'] = codeOf(
    await client.principals.create({ displayName: 'Eve', role: 'ADMIN', projectIds: 'ALL' }),
  )
  codes['projects.create'] = codeOf(await client.projects.create({ name: 'Other', slug: 'other', timeZone: 'UTC' }))
  codes['policies.draft'] = codeOf(await client.policies.draft({ name: 'mine', content: {} }))
  return codes
}

describe('an enrollment key', () => {
  test('registers agents within its ceiling, as often as it may, and the keys they get are theirs', async () => {
    const { h, issued, enrollment } = await enrolled()
    const made = unwrap(await enrollment.agents.register({ name: 'One', budgetPerRunMicros: 500_000 }))
    expect(made).toMatchObject({
      created: true,
      agent: { role: 'SPECIALIST', isCao: false, budgetDailyMicros: 2_000_000, budgetPerRunMicros: 500_000 },
    })
    const registered = unwrap(await h.admin.events.list({ kinds: ['AGENT_REGISTERED'] })).data
    expect(registered).toMatchObject([{ data: { name: 'One', enrollmentKeyId: issued.keyId } }])
    const own = unwrap(await h.mc.authenticate(made.key ?? ''))
    expect(unwrap(await own.agents.register({ name: 'One' }))).toMatchObject({ created: false, agentId: made.agentId })
    expect(codeOf(await enrollment.agents.register({ name: 'Two', role: 'INTERN' }))).toBe('ok')
    expect(codeOf(await enrollment.agents.register({ name: 'Three' }))).toBe('FORBIDDEN')
    expect(
      unwrap(await h.admin.agents.list({}))
        .data.map(({ name }) => name)
        .sort(),
    ).toEqual(['One', 'Two'])
  })

  test('has its uses once, however many register at the same moment', async () => {
    const { enrollment } = await enrolled()
    const names = Array.from({ length: 8 }, (_, n) => `Agent ${n}`)
    const outcomes = await Promise.all(names.map((name) => enrollment.agents.register({ name })))
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(2)
  })

  test('R-07 makes nothing beyond its ceiling', async () => {
    const { h, enrollment } = await enrolled()
    const beyond = [
      { role: 'LEAD' as const },
      { role: 'LEAD' as const, isCao: true },
      { isCao: true },
      { budgetDailyMicros: 2_000_001 },
      { budgetPerRunMicros: 500_001 },
      { maxSubAgents: 4 },
      { role: 'INTERN' as const, maxSubAgents: 1 },
      { maxConcurrentTasks: 4 },
    ]
    for (const asked of beyond) {
      const refused = await enrollment.agents.register({ name: 'More', ...asked })
      expect(codeOf(refused), JSON.stringify(asked)).toBe('FORBIDDEN')
    }
    expect(unwrap(await h.admin.agents.list({})).data).toEqual([])
  })

  test('opens nothing else, whoever holds it', async () => {
    const { h, enrollment } = await enrolled()
    const codes = await otherCodes(enrollment)
    expect(new Set(Object.values(codes))).toEqual(new Set(['FORBIDDEN']))
    expect(codeOf(await enrollment.keys.rotate({ credentialId: 'crd_any' }))).toBe('FORBIDDEN')
    const watching = enrollment.watch()[Symbol.asyncIterator]()
    await expect(watching.next()).rejects.toMatchObject({ refusal: { code: 'FORBIDDEN' } })
    expect(unwrap(await h.admin.tasks.list({})).data).toEqual([])
  })

  test('R-07 neither names nor takes over an agent that is there', async () => {
    const { h, enrollment } = await enrolled()
    const worker = await h.agent({ name: 'Worker' })
    expect(codeOf(await enrollment.agents.register({ name: 'Worker' }))).toBe('FORBIDDEN')
    const held = unwrap(
      await h.admin.keys.issue({
        principalId: worker.principalId,
        kind: 'ENROLLMENT',
        ceiling: { ...CEILING, roles: ['INTERN'], projectId: h.projectId },
      }),
    )
    const ofWorker = unwrap(await h.mc.authenticate(held.key))
    expect(codeOf(await ofWorker.agents.register({ name: 'Worker' }))).toBe('FORBIDDEN')
    expect(codeOf(await ofWorker.tasks.create({ title: 'x', type: 'DOCS' }))).toBe('FORBIDDEN')
  })

  test('R-117 registers in its project only', async () => {
    const { h, enrollment } = await enrolled()
    const other = unwrap(await h.admin.projects.create({ name: 'Other', slug: 'other', timeZone: 'UTC' }))
    expect(codeOf(await enrollment.agents.register({ projectId: other.id, name: 'There' } as never))).toBe('FORBIDDEN')
  })

  test('R-09 is over at once when it is revoked, also for a client that it has opened', async () => {
    const { h, issued, enrollment } = await enrolled()
    unwrap(await h.admin.keys.revoke({ credentialId: issued.credentialId }))
    expect(codeOf(await enrollment.agents.register({ name: 'Late' }))).toBe('UNAUTHENTICATED')
    expect(codeOf(await h.mc.authenticate(issued.key))).toBe('UNAUTHENTICATED')
  })

  test('R-117 is not exchanged for more: its successor has its ceiling', async () => {
    const { h, issued } = await enrolled()
    const next = unwrap(await h.admin.keys.rotate({ credentialId: issued.credentialId }))
    const successor = unwrap(await h.mc.authenticate(next.key))
    expect(new Set(Object.values(await otherCodes(successor)))).toEqual(new Set(['FORBIDDEN']))
    expect(codeOf(await successor.agents.register({ name: 'One' }))).toBe('ok')
  })
})

describe('a key that nobody has used', () => {
  test('is replaced by the enrollment key that made it, as often as needed and without another use', async () => {
    const { h, enrollment } = await enrolled({ uses: 1 })
    const lost = unwrap(await enrollment.agents.register({ name: 'One' }))
    const again = unwrap(await enrollment.agents.register({ name: 'One' }, { idempotencyKey: 'again' }))
    expect(again).toMatchObject({ created: false, agentId: lost.agentId, agent: { version: lost.agent.version } })
    const replayed = unwrap(await enrollment.agents.register({ name: 'One' }, { idempotencyKey: 'again' }))
    expect(replayed.key).toBeNull()
    const third = unwrap(await enrollment.agents.register({ name: 'One' }))
    for (const key of [lost.key, again.key]) expect(codeOf(await h.mc.authenticate(key ?? ''))).toBe('UNAUTHENTICATED')
    const own = unwrap(await h.mc.authenticate(third.key ?? ''))
    expect(codeOf(await own.tasks.create({ title: 'x', type: 'DOCS' }))).toBe('ok')
  })

  test('R-07 is the only one: once a key was used, or taken away, or came from somebody else, it stays', async () => {
    const { h, enrollment } = await enrolled({ uses: 9 })
    const register = async (name: string, more: object = {}) => enrollment.agents.register({ name, ...more })
    const used = unwrap(await register('Used'))
    unwrap(await h.mc.authenticate(used.key ?? ''))
    const revoked = unwrap(await register('Revoked'))
    const keys = unwrap(await h.admin.keys.list({ limit: 200 })).data
    const revokedKey = keys.find(({ principalId }) => principalId === revoked.principalId)
    unwrap(await h.admin.keys.revoke({ credentialId: revokedKey?.id ?? '' }))
    const helped = unwrap(await register('Helped'))
    unwrap(await h.admin.keys.issue({ principalId: helped.principalId }))
    const held = unwrap(await register('Held'))
    unwrap(await h.admin.agents.control({ agentId: held.agentId, action: 'QUARANTINE', reason: 'odd' }))
    for (const name of ['Used', 'Revoked', 'Helped', 'Held'])
      expect(codeOf(await register(name)), name).toBe('FORBIDDEN')
    unwrap(await register('More', { budgetDailyMicros: 1_000 }))
    expect(codeOf(await register('More', { budgetDailyMicros: 1_001 }))).toBe('FORBIDDEN')
    const [admin] = unwrap(await h.admin.principals.list({ kind: 'HUMAN' })).data
    const ceiling = { ...CEILING, roles: [...CEILING.roles], projectId: h.projectId }
    const other = unwrap(await h.admin.keys.issue({ principalId: admin?.id ?? '', kind: 'ENROLLMENT', ceiling }))
    const stranger = unwrap(await h.mc.authenticate(other.key))
    expect(codeOf(await stranger.agents.register({ name: 'More' }))).toBe('FORBIDDEN')
  })

  test('is used or replaced, never both, and a use is written once a day', async () => {
    const { h, enrollment } = await enrolled()
    const made = unwrap(await enrollment.agents.register({ name: 'One' }))
    const [entered, replaced] = await Promise.all([
      h.mc.authenticate(made.key ?? ''),
      enrollment.agents.register({ name: 'One' }),
    ])
    expect([entered.ok, replaced.ok].filter(Boolean)).toHaveLength(1)
    const key = (replaced.ok ? replaced.data.key : made.key) ?? ''
    const versions: unknown[] = []
    for (const waitMs of [0, 1_000, 86_400_000]) {
      h.clock.advance(waitMs)
      unwrap(await h.mc.authenticate(key))
      const row = unwrap(await h.admin.keys.list({ limit: 200 })).data.find(
        ({ principalId, status }) => principalId === made.principalId && status === 'ACTIVE',
      )
      versions.push(row?.lastUsedAt)
    }
    expect(versions[0]).toBe(versions[1])
    expect(versions[2]).toBeGreaterThan(versions[1] as number)
  })
})

describe('the keys of others', () => {
  async function adminsOfTwoProjects(h: TestHarness) {
    const person = async (name: string, projectIds: readonly string[]) => {
      const made = unwrap(
        await h.admin.principals.create({ displayName: name, role: 'ADMIN', projectIds: [...projectIds] }),
      )
      return { ...made, client: await h.mc.as(made.principal.id) }
    }
    const other = unwrap(await h.admin.projects.create({ name: 'Other', slug: 'other', timeZone: 'UTC' }))
    return { here: await person('Here', [h.projectId]), both: await person('Both', [h.projectId, other.id]) }
  }

  test('R-117 an ADMIN of one project neither replaces nor ends a key that reaches further', async () => {
    const h = await createTestHarness()
    const { here, both } = await adminsOfTwoProjects(h)
    const keys = unwrap(await h.admin.keys.list({ limit: 200 })).data
    const keyOf = (principalId: string) => keys.find((key) => key.principalId === principalId)?.id ?? ''
    for (const { principalId } of keys.filter((key) => key.principalId !== here.principal.id)) {
      expect(codeOf(await here.client.keys.rotate({ credentialId: keyOf(principalId) }))).toBe('FORBIDDEN')
      expect(codeOf(await here.client.keys.revoke({ credentialId: keyOf(principalId) }))).toBe('FORBIDDEN')
    }
    expect(codeOf(await both.client.keys.revoke({ credentialId: keyOf(here.principal.id) }))).toBe('ok')
    expect(codeOf(await both.client.keys.rotate({ credentialId: keyOf(both.principal.id) }))).toBe('ok')
  })
})
