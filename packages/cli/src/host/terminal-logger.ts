import type { Logger } from '@mission-control/core'
import { safeText } from '../render/cell.ts'
import type { Terminal } from '../terminal.ts'

/** What goes on behind the scenes, for a person: warnings always, the rest on request. */
export function terminalLogger(terminal: Terminal, isVerbose: boolean): Logger {
  const say = (level: string, message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
    const said = Object.entries(fields).map(([name, value]) => ` ${name}=${safeText(String(value))}`)
    terminal.complain(`${level}: ${safeText(message)}${said.join('')}\n`)
  }
  return {
    info: (message, fields) => (isVerbose ? say('info', message, fields) : undefined),
    warn: (message, fields) => say('warning', message, fields),
    error: (message, fields) => say('error', message, fields),
  }
}
