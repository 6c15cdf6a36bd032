import type { CliCommand } from '../command.ts'
import { connectInProject, connectionOptions } from '../connection.ts'
import { EXIT } from '../exit-codes.ts'
import { InputFault } from '../input-fault.ts'
import { toJsonLines } from '../json-lines.ts'
import { cellText, safeText } from '../render/cell.ts'
import { jsonOption } from './options.ts'

/** Shows what happens, as it happens. */
export const watch: CliCommand = {
  path: ['watch'],
  summary: 'Shows events as they happen, until Ctrl-C.',
  options: [
    { name: '--after', kind: 'text', value: 'cursor', summary: 'go on after this cursor; default: from now on' },
    { name: '--from-start', kind: 'flag', summary: 'begin with the first event there is' },
    { name: '--kind', kind: 'list', value: 'kind', summary: 'only these kinds; repeat it for more' },
    { name: '--task', kind: 'text', value: 'id', summary: 'only of this task' },
    { name: '--agent', kind: 'text', value: 'id', summary: 'only of this agent' },
    { name: '--count', kind: 'text', value: 'n', summary: 'end after so many' },
    ...connectionOptions,
    jsonOption,
  ],
  async run(given, terminal) {
    const { after, task, agent, count } = given.texts
    const left = count === undefined ? Number.POSITIVE_INFINITY : Number(count)
    if (!(left >= 1)) throw new InputFault(`--count ${count} is no number from 1 on`)
    const kinds = given.lists.kind ?? []
    const connection = await connectInProject(given, terminal)
    try {
      const { signal } = terminal
      const from = given.flags['from-start'] === true ? undefined : (after ?? 'now')
      const request = { ...(from === undefined ? {} : { after: from }), ...(signal === undefined ? {} : { signal }) }
      let shown = 0
      for await (const event of connection.client.watch(request)) {
        const isOther =
          (kinds.length > 0 && !kinds.includes(event.kind)) ||
          (task !== undefined && event.taskId !== task) ||
          (agent !== undefined && event.agentId !== agent)
        if (isOther) continue
        const line = `${cellText('createdAt', event.time)}  ${event.kind}  ${safeText(event.actor.name)}: ${safeText(event.summary)}\n`
        terminal.write(given.flags.json === true ? toJsonLines([event]) : line)
        shown += 1
        if (shown >= left) break
      }
      return EXIT.ok
    } finally {
      await connection.close()
    }
  },
}
