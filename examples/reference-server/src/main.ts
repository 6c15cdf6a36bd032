import { fileURLToPath } from 'node:url'
import { InputFault, keepTime, openDataFolder } from '@mission-control/cli'
import type { Logger } from '@mission-control/core'
import { createHttpHandler, type Served, serve } from '@mission-control/host-http'
import { checkoutSource } from './checkout.ts'
import { giveTasks, possibleJobs } from './give-tasks.ts'
import { openHost } from './host.ts'

import { showLive } from './live-view.ts'
import { readOptions, type ServerOptions, USAGE } from './options.ts'
import { playOperators } from './play-operators.ts'
import { printReport, waitForEnd } from './report.ts'
import { runSquad } from './run-squad.ts'
import { startBot } from './telegram.ts'

const ONCE_TIMEOUT_MS = 150_000

/** Warnings go to a person only when asked for: the page stays calm. */
const logger: Logger = process.env.MC_LOG === undefined ? { info() {}, warn() {}, error() {} } : console

async function main(options: ServerOptions): Promise<number> {
  const repository = fileURLToPath(new URL('../../..', import.meta.url))
  const stop = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort())
  const source = await checkoutSource(repository)
  const folder = await openDataFolder(options.dataFolder)
  try {
    const host = await openHost(folder, logger)
    let served: Served | null = null
    let stopBot = async () => {}
    try {
      served = await serve(createHttpHandler({ missionControl: host.mc, logger }), { port: options.port })
      await folder.announce(served.url)
      const jobs = possibleJobs(source)
      await giveTasks(host, jobs)
      const telegram = await startBot(host.mc, logger)
      stopBot = async () => telegram.bot?.stop()
      const notes = [
        telegram.note,
        ...(source === 'none' ? ['There is no git on this machine: tasks that need it are left out.'] : []),
      ]
      const facts = { url: served.url, keysFolder: `${folder.path}/keys`, notes }
      const background = [
        keepTime(host.mc, logger, stop.signal),
        host.mc.record.keepSealed(stop.signal),
        runSquad(host, repository, source, logger, stop.signal),
        showLive(host, facts, stop.signal),
        ...(options.once ? [playOperators(host, logger, stop.signal)] : []),
      ]
      if (options.once) await waitForEnd(host, ONCE_TIMEOUT_MS, stop.signal)
      else await new Promise<void>((resolve) => stop.signal.addEventListener('abort', () => resolve(), { once: true }))
      const wasInterrupted = options.once && stop.signal.aborted
      stop.abort()
      await Promise.all(background)
      if (!options.once) return 0
      const problems = await printReport(host, jobs)
      for (const problem of problems) console.error(`DIFFERS: ${problem}`)
      return problems.length > 0 || wasInterrupted ? 1 : 0
    } finally {
      stop.abort()
      await stopBot()
      await served?.close()
      await host.close()
    }
  } finally {
    await folder.release()
  }
}

const options = readOptions(process.argv.slice(2))
if (typeof options === 'string') {
  console.error(`${options}\n\n${USAGE}`)
  process.exitCode = 2
} else {
  try {
    process.exitCode = await main(options)
  } catch (error) {
    const known = error instanceof InputFault || (error as { code?: string }).code === 'UNAVAILABLE'
    const hint = (error as { hint?: string }).hint
    console.error(known ? `${(error as Error).message}${hint === undefined ? '' : `\n${hint}`}` : error)
    process.exitCode = 1
  }
}
