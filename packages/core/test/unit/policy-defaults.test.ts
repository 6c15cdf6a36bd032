import { unwrap } from '@mission-control/core'
import { describe, expect, test } from 'vitest'
import { activate, codeOf, GREEN_CALL, scene, YELLOW_CALL } from './governed-task.ts'

const CAPS = (dailyMicros: number) => ({ roles: { SPECIALIST: { dailyMicros, perRunMicros: 1_000_000 } } })

describe('policy defaults of a project', () => {
  test('lie below the policies of the project and above those of the installation', async () => {
    const { h, worker, taskId, epoch } = await scene()
    const global = { rules: { maxReviewCycles: 2, redQuorum: 2 } } as const
    const draft = unwrap(await h.admin.policies.draftGlobal({ name: 'global', content: global }))
    unwrap(await h.admin.policies.activateGlobal({ policyId: draft.id, acknowledgeWarnings: true }))
    const policyDefaults = { rules: { maxReviewCycles: 3, yellowRequiresTask: true }, budgetDefaults: CAPS(7_000_000) }
    const project = unwrap(await h.admin.projects.update({ policyDefaults }))
    const stamp = `project.policyDefaults@${project.version}`

    const effective = unwrap(await h.admin.policies.effective({}))
    expect(effective.content?.rules).toMatchObject({ maxReviewCycles: 3, redQuorum: 2 })
    expect(effective.version).toContain(stamp)
    const answer = unwrap(await worker.client.toolCalls.gate({ ...GREEN_CALL, taskId, epoch }))
    expect(answer.policyVersion).toContain(stamp)
    // A rule that only the defaults have is one that decides.
    expect(unwrap(await worker.client.toolCalls.gate(YELLOW_CALL)).decision).toBe('NEEDS_APPROVAL')

    await activate(h, { rules: { maxReviewCycles: 5 } })
    expect(unwrap(await h.admin.policies.effective({})).content?.rules.maxReviewCycles).toBe(5)
    expect((await h.agent({ name: 'Capped' })).id).toBeDefined()
    const caps = unwrap(await h.admin.agents.list({})).data.find(({ name }) => name === 'Capped')
    expect(caps?.budgetDailyMicros).toBe(7_000_000)
  })

  test('bring a new version with every change, and none when they are taken away', async () => {
    const { h } = await scene()
    const set = async (policyDefaults: object | null) => unwrap(await h.admin.projects.update({ policyDefaults }))
    const first = await set({ rules: { maxReviewCycles: 3 } })
    const second = await set({ rules: { maxReviewCycles: 4 } })
    expect(second.policyDefaults?.versionNo).toBeGreaterThan(first.policyDefaults?.versionNo ?? 0)
    expect((await set({ rules: null })).policyDefaults).toBeNull()
    expect(unwrap(await h.admin.policies.effective({})).version).not.toContain('policyDefaults')
  })

  test('are for an ADMIN to write, on the version that was read, and are linted as a policy is', async () => {
    const { h, ann, worker } = await scene()
    const policyDefaults = { rules: { redQuorum: 1 } } as const
    for (const client of [ann, worker.client]) {
      expect(codeOf(await client.projects.update({ policyDefaults, acknowledgeWarnings: true }))).toBe('FORBIDDEN')
    }
    expect(codeOf(await h.admin.projects.update({ name: 'Other', expectedVersion: 99 }))).toBe('VERSION_CONFLICT')
    expect(codeOf(await h.admin.projects.update({ policyDefaults }))).toBe('VALIDATION')
    expect(codeOf(await h.admin.projects.update({ policyDefaults, acknowledgeWarnings: true }))).toBe('ok')
    const made = { name: 'Two', slug: 'two', policyDefaults }
    expect(codeOf(await h.admin.projects.create(made))).toBe('VALIDATION')
    const project = unwrap(await h.admin.projects.create({ ...made, acknowledgeWarnings: true }))
    expect(project.policyDefaults).toMatchObject({ versionNo: 1, rules: { redQuorum: 1 }, budgetDefaults: null })
  })
})
