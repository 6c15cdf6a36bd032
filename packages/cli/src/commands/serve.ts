import { createHttpHandler, type Served, serve as serveHttp } from '@mission-control/host-http'
import type { CliCommand, Given } from '../command.ts'
import { DATA_FOLDER, readStoreSettings } from '../connection.ts'
import { EXIT } from '../exit-codes.ts'
import { keepTime } from '../host/keep-time.ts'
import { openHost } from '../host/open-host.ts'
import { terminalLogger } from '../host/terminal-logger.ts'
import { InputFault } from '../input-fault.ts'
import { storeOptions } from '../open-store.ts'
import type { Terminal } from '../terminal.ts'

const PORT = 4600

/** The reference host: HTTP, and everything the clock drives, until Ctrl-C. */
export const serve: CliCommand = {
  path: ['serve'],
  summary: 'Serves Mission Control over HTTP, with its own database unless another one is named.',
  options: [
    { name: '--port', kind: 'text', value: 'n', summary: `port (default ${PORT}; 0 takes any free one)` },
    { name: '--host', kind: 'text', value: 'name', summary: 'where to listen (default 127.0.0.1: this machine only)' },
    { name: '--demo', kind: 'flag', summary: 'builds the demo project with its squad, once' },
    { name: '--verbose', kind: 'flag', summary: 'says more about what goes on' },
    ...storeOptions,
  ],
  async run(given, terminal) {
    const port = portOf(given)
    const { dataFolder, database } = await readStoreSettings(given, terminal)
    const logger = terminalLogger(terminal, given.flags.verbose === true)
    const stop = stopOf(terminal)
    const host = await openHost({
      dataFolder: dataFolder ?? DATA_FOLDER,
      database,
      project: null,
      hasDemo: given.flags.demo === true,
      logger,
    })
    let served: Served | null = null
    try {
      const { missionControl, folder } = host
      const hostname = given.texts.host
      const handler = createHttpHandler({ missionControl, logger })
      served = await serveHttp(handler, { port, ...(hostname === undefined ? {} : { hostname }) })
      await folder.announce(served.url)
      terminal.write(`Mission Control at ${served.url}\n`)
      terminal.write(
        `Keys are in ${folder.path}/keys${host.newKeyFiles.length > 0 ? ` (${host.newKeyFiles.length} new)` : ''}\n`,
      )
      terminal.write('Ctrl-C ends it.\n')
      await Promise.all([keepTime(missionControl, logger, stop), missionControl.record.keepSealed(stop)])
      return EXIT.ok
    } finally {
      await served?.close()
      await host.close()
    }
  },
}

function stopOf(terminal: Terminal): AbortSignal {
  return terminal.signal ?? new AbortController().signal
}

function portOf({ texts }: Given): number {
  const port = Number(texts.port ?? PORT)
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port
  throw new InputFault(`--port ${texts.port} is no port: use 0 to 65535`)
}
