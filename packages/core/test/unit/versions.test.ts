import { unwrap } from '@mission-control/core'
import { createTestHarness } from '@mission-control/testing'
import { expect, test } from 'vitest'
import { codeOf } from './governed-task.ts'

test('R-10 two who activate the same draft from the same version: one does, the other is told', async () => {
  const h = await createTestHarness()
  const draft = unwrap(await h.admin.policies.draft({ name: 'house', content: {} }))
  const activate = () => h.admin.policies.activate({ policyId: draft.id, expectedVersion: draft.version })
  const codes = (await Promise.all([activate(), activate()])).map(codeOf)
  expect(codes.sort()).toEqual(['VERSION_CONFLICT', 'ok'])
  expect(codeOf(await h.admin.policies.activate({ policyId: draft.id, expectedVersion: draft.version + 1 }))).toBe('ok')
  expect(codeOf(await h.admin.policies.activate({ policyId: draft.id }))).toBe('ok')
})

test('R-10 two who set the same cap from the same version: one does, the other is told', async () => {
  const h = await createTestHarness()
  const set = (capMicros: number, expectedVersion: number) =>
    h.admin.budgets.set({ scopeType: 'PROJECT', scopeId: h.projectId, capMicros, expectedVersion })
  expect((await Promise.all([set(1, 0), set(2, 0)])).map(codeOf).sort()).toEqual(['VERSION_CONFLICT', 'ok'])
  const { version } = unwrap(await set(3, 1))
  expect(version).toBe(2)
  const late = await Promise.all([set(4, version), set(5, version)])
  expect(late.map(codeOf).sort()).toEqual(['VERSION_CONFLICT', 'ok'])
  const winner = late.find(({ ok }) => ok)
  expect(winner).toMatchObject({ data: { version: 3 } })
  expect(codeOf(await set(6, 0))).toBe('VERSION_CONFLICT')
})
