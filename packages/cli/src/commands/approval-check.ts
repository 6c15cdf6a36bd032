import { waitForDecision } from '@mission-control/core'
import type { CliCommand } from '../command.ts'
import { connectInProject, connectionOptions } from '../connection.ts'
import { EXIT } from '../exit-codes.ts'
import { InputFault } from '../input-fault.ts'
import { toJsonLines } from '../json-lines.ts'
import { safeText } from '../render/cell.ts'
import { refused } from '../resources/resource-command.ts'
import { jsonOption } from './options.ts'

const WAIT_SECONDS_MAX = 86_400

/** Says by its exit code whether something may be done. Only a yes is a yes. */
export const approvalCheck: CliCommand = {
  path: ['approval', 'check'],
  summary: 'Says whether an approval is granted: exit code 0 for APPROVED, 1 for everything else.',
  words: ['<approvalId>'],
  options: [
    { name: '--wait', kind: 'text', value: 'seconds', summary: 'wait so long for people to decide' },
    ...connectionOptions,
    jsonOption,
  ],
  async run(given, terminal) {
    const [approvalId = ''] = given.words
    const seconds = Number(given.texts.wait ?? 0)
    if (!(seconds >= 0 && seconds <= WAIT_SECONDS_MAX)) {
      throw new InputFault(`--wait ${given.texts.wait} is no number of seconds up to ${WAIT_SECONDS_MAX}`)
    }
    const { client, close } = await connectInProject(given, terminal)
    try {
      const { signal } = terminal
      const options = { timeoutMs: seconds * 1000, ...(signal === undefined ? {} : { signal }) }
      if (seconds > 0) await waitForDecision(client, approvalId, options)
      const found = await client.approvals.get({ approvalId })
      if (!found.ok) return refused(found, given, terminal)
      const { status, actionSummary, decisions } = found.data
      const said = decisions.map(
        ({ name, verdict, reason }) => `  ${verdict} by ${name}${reason === null ? '' : `: ${reason}`}`,
      )
      const text = [`${status}: ${actionSummary}`, ...said].map(safeText).join('\n')
      terminal.write(given.flags.json === true ? toJsonLines([found.data]) : `${text}\n`)
      return status === 'APPROVED' ? EXIT.ok : EXIT.found
    } finally {
      await close()
    }
  },
}
