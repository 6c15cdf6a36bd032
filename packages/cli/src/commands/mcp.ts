import { connectMissionControl, unwrap } from '@mission-control/core'
import { createHttpTransport } from '@mission-control/host-http/client'
import { serveMcpOverStdio } from '@mission-control/host-http/mcp'
import type { CliCommand } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { InputFault } from '../input-fault.ts'

/** Speaks MCP to the program that started it, in the name of the agent whose key is in the environment. */
export const mcp: CliCommand = {
  path: ['mcp'],
  summary: 'Speaks MCP over standard input, with the key in MC_API_KEY, to the host at MC_URL.',
  options: [
    { name: '--url', kind: 'text', value: 'url', summary: 'where the host is; default: MC_URL' },
    { name: '--project', kind: 'text', value: 'slug', summary: 'the project, where the key opens several' },
  ],
  async run(given, terminal) {
    const baseUrl = given.texts.url ?? process.env.MC_URL ?? ''
    // Not an option: what stands on a command line is read by every user of the machine.
    const key = process.env.MC_API_KEY ?? ''
    if (baseUrl === '') throw new InputFault('MC_URL is missing: where is the host?')
    if (key === '') throw new InputFault('MC_API_KEY is missing: whose tools are these?')
    const anywhere = connectMissionControl({ transport: createHttpTransport({ baseUrl }), key })
    const slug = given.texts.project
    const client = slug === undefined ? anywhere : anywhere.inProject(await projectOf(anywhere, slug))
    const ended = new Promise<void>((resolve) => process.stdin.once('close', resolve).once('end', resolve))
    const served = await serveMcpOverStdio({ client, baseUrl: new URL(baseUrl).origin })
    // Standard output belongs to the protocol.
    terminal.complain(`MCP for ${baseUrl}\n`)
    await ended
    await served.close()
    return EXIT.ok
  },
}

async function projectOf(client: ReturnType<typeof connectMissionControl>, slug: string): Promise<string> {
  return unwrap(await client.projects.get({ project: slug })).id
}
