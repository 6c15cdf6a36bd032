import { fileURLToPath } from 'node:url'
import { unwrap } from '@mission-control/core'
import { createHttpHandler, serve } from '@mission-control/host-http'
import { createTestHarness } from '@mission-control/testing'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { expect, test } from 'vitest'

const PROGRAM = fileURLToPath(new URL('../../bin/from-source.mjs', import.meta.url))

test('`mission-control mcp` gives a program the tools of the agent whose key it has', { timeout: 30_000 }, async () => {
  const h = await createTestHarness()
  const host = await serve(createHttpHandler({ missionControl: h.mc }), { port: 0 })
  const agent = await h.agent()
  const key = unwrap(await h.admin.keys.issue({ principalId: agent.principalId })).key
  const client = new Client({ name: 'test', version: '1' })
  try {
    await client.connect(
      new StdioClientTransport({
        command: process.execPath,
        args: [PROGRAM, 'mcp'],
        env: { PATH: process.env.PATH ?? '', MC_URL: host.url, MC_API_KEY: key },
        stderr: 'ignore',
      }),
    )
    const task = unwrap(await h.admin.tasks.create({ title: 'Count the files', type: 'OPS' }))
    const claimed = await client.callTool({ name: 'mc_claim_task', arguments: { taskId: task.id } })
    expect(claimed.isError).not.toBe(true)
    expect(unwrap(await h.admin.tasks.get({ taskId: task.id })).claim?.agentId).toBe(agent.id)
  } finally {
    await client.close()
    await host.close()
    await h.close()
  }
})
