import type { Terminal } from './terminal.ts'

const EVERY_ROWS = 10_000

/** Says how many rows there are so far, now and then. */
export function showProgress(terminal: Terminal, what: string): (rows: number) => void {
  let next = EVERY_ROWS
  return (rows) => {
    if (rows < next) return
    terminal.complain(`${what}: ${rows.toLocaleString('en')} rows\n`)
    next = rows + EVERY_ROWS
  }
}
