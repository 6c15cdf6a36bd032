import { unwrap } from '@mission-control/core'
import { expect, test } from 'vitest'
import { RUN, scene, startedTask } from './scene.ts'

const TOKEN = `ghp_${'a1B2c3D4e5'.repeat(3)}abcdef`

test('a secret in the name of a call is kept nowhere, and the name still means the same call', async () => {
  const { h, storage } = await scene()
  const worker = await h.agent()
  const held = await startedTask(h, worker)
  const runId = unwrap(await worker.client.runs.start({ ...held, ...RUN })).run.id
  const callId = `mail with ${TOKEN}`
  const call = { tool: 'read_file', input: { path: 'a.ts' }, ...held, runId, sessionKey: 's', callId }
  const first = unwrap(await worker.client.toolCalls.gate(call))
  expect(unwrap(await worker.client.toolCalls.gate(call)).toolCallId).toBe(first.toolCallId)
  unwrap(await worker.client.toolCalls.begin({ toolCallId: first.toolCallId, epoch: held.epoch }))
  unwrap(await worker.client.runs.hold({ runId, callId, micros: 10 }))
  for (let sent = 0; sent < 2; sent++) {
    unwrap(await worker.client.runs.report({ runId, lines: [{ callId, costMicros: 10 }] }))
  }
  expect(unwrap(await h.admin.runs.get({ runId })).billedMicros).toBe(10)

  const kept: unknown[] = []
  await storage.snapshot(async (rows) => {
    for await (const row of rows) kept.push(row)
  })
  expect(kept.length).toBeGreaterThan(20)
  expect(JSON.stringify(kept)).not.toContain(TOKEN)
})
