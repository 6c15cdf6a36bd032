import type { Logger, MissionControl } from '@mission-control/core'

const EVERY_MS = 2_000

/** Does what falls due, every two seconds, until the signal aborts. */
export async function keepTime(mc: MissionControl, logger: Logger, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await mc.jobs.runDue()
      await mc.outbox.sendDue()
    } catch (error) {
      logger.warn('a round of jobs failed', { error: String(error) })
    }
    await new Promise<void>((resolve) => {
      const timer = setTimeout(done, EVERY_MS)
      function done() {
        clearTimeout(timer)
        signal.removeEventListener('abort', done)
        resolve()
      }
      signal.addEventListener('abort', done)
      if (signal.aborted) done()
    })
  }
}
