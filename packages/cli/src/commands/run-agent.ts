import { mkdir } from 'node:fs/promises'
import { createNodeWorkspace } from '@mission-control/agent-node'
import { type AgentOptions, createAgent } from '@mission-control/core'
import { createHttpTransport } from '@mission-control/host-http/client'
import type { CliCommand } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { SCRIPTED } from '../host/host-policy.ts'
import { terminalLogger } from '../host/terminal-logger.ts'
import { safeText } from '../render/cell.ts'
import { openAgentClient } from '../runner/agent-key.ts'
import { loadWork } from '../runner/load-work.ts'
import { type RunnerSettings, readRunnerSettings } from '../runner/runner-settings.ts'
import type { Terminal } from '../terminal.ts'

/** The reference runner: one agent that registers, beats, claims, works under the rules and hands in. */
export const runAgent: CliCommand = {
  path: ['run-agent'],
  summary: 'Runs one agent; its variables are MC_URL, MC_API_KEY or MC_ENROLLMENT_KEY, and AGENT_….',
  options: [
    { name: '--handler', kind: 'text', value: 'module', summary: 'module that exports plan and work' },
    { name: '--once', kind: 'flag', summary: 'one beat, and with it one task as far as it goes' },
    { name: '--verbose', kind: 'flag', summary: 'says more about what goes on' },
  ],
  async run(given, terminal) {
    const settings = readRunnerSettings(terminal.env ?? {})
    const work = await loadWork(given.texts.handler)
    const client = await openAgentClient(settings, createHttpTransport({ baseUrl: settings.url }))
    await mkdir(settings.workspace, { recursive: true })
    const workspace = createNodeWorkspace({ root: settings.workspace, hosts: [] })
    try {
      const agent = createAgent(client, {
        ...spoken(settings, terminal),
        workspace,
        logger: terminalLogger(terminal, given.flags.verbose === true),
        plan: (task) => work.plan(task),
        handler: async (task, context) => {
          terminal.write(`working on ${task.id}: ${safeText(task.title)}\n`)
          const submission = await work.work(task, context, client)
          terminal.write(`handing in ${task.id}\n`)
          return submission
        },
      })
      if (given.flags.once === true) {
        const { directive, outcome, taskId } = await agent.step()
        terminal.write(`${directive}: ${outcome}${taskId === null ? '' : ` ${taskId}`}\n`)
        return outcome === 'failed' ? EXIT.found : EXIT.ok
      }
      terminal.write(`${settings.name} is at work in ${settings.project}; Ctrl-C ends it.\n`)
      await agent.run(terminal.signal ?? new AbortController().signal)
      terminal.write(`${settings.name} has stopped.\n`)
      return EXIT.ok
    } finally {
      await workspace.close()
    }
  },
}

/** Programs without a model say so: what they report is priced by itself. */
function spoken(
  { name, taskTypes, heartbeatIntervalMs }: RunnerSettings,
  { env = {} }: Terminal,
): Pick<AgentOptions, 'name' | 'taskTypes' | 'heartbeatIntervalMs' | 'model' | 'provider'> {
  const { AGENT_MODEL = SCRIPTED.model, AGENT_PROVIDER = SCRIPTED.provider } = env
  return { name, taskTypes, heartbeatIntervalMs, model: AGENT_MODEL, provider: AGENT_PROVIDER }
}
