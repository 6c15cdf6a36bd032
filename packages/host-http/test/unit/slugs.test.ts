import { unwrap } from '@mission-control/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createHttpHarness, type HttpHarness, once } from './http-harness.ts'

let h: HttpHarness
beforeAll(async () => {
  h = await createHttpHarness()
})
afterAll(() => h.close())

test('an enrollment key, which reads nothing, registers in a project that it knows by its slug', async () => {
  const { principalId } = unwrap(await h.admin.principals.self({}))
  const ceiling = {
    projectId: h.projectId,
    roles: ['INTERN' as const],
    budgetDailyMicros: 1_000_000,
    budgetPerRunMicros: 100_000,
    uses: 1,
  }
  const { key } = unwrap(await h.admin.keys.issue({ principalId, kind: 'ENROLLMENT', ceiling }))
  const asked = { key, body: { name: 'Scout', role: 'INTERN' }, headers: once() }
  expect((await h.ask('POST', '/v1/projects/test/agents', asked)).status).toBe(200)
  expect((await h.ask('GET', '/v1/projects/test/tasks', { key })).status).toBe(403)
})

test('who may not enter a project learns as little from its slug as from one that nobody has', async () => {
  const other = unwrap(await h.admin.projects.create({ name: 'Other', slug: 'other' }))
  const { key } = await h.agent()
  const answers = [
    await h.ask('GET', '/v1/projects/other/tasks', { key }),
    await h.ask('GET', `/v1/projects/${other.id}/tasks`, { key }),
    await h.ask('GET', '/v1/projects/nobody-has-this/tasks', { key }),
  ]
  const said = answers.map(({ status, json: { code, detail, hint } }) => ({ status, code, detail, hint }))
  expect(said[0]).toMatchObject({ status: 404, code: 'NOT_FOUND' })
  expect(said[1]).toEqual(said[0])
  expect(said[2]).toEqual(said[0])
})
