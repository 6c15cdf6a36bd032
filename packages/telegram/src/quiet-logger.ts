import type { Logger } from '@mission-control/core'

type Level = 'info' | 'warn' | 'error'

/** A logger that never writes these secrets, whatever it is given. */
export function quietLogger(logger: Logger, secrets: readonly string[]): Logger {
  const known = secrets.filter((secret) => secret !== '')
  const quiet = (text: string) => known.reduce((told, secret) => told.replaceAll(secret, '[REDACTED]'), text)
  const write =
    (level: Level): Logger[Level] =>
    (message, fields) =>
      logger[level](quiet(message), fields === undefined ? undefined : JSON.parse(quiet(JSON.stringify(fields))))
  return { info: write('info'), warn: write('warn'), error: write('error') }
}
