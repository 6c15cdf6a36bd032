import { createHash } from 'node:crypto'
import type { SqlClient, SqlRows } from './sql-client.ts'

/** A statement with its values. */
export interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
}

/** Collects the values of a statement while its text is written, so that no number can point at another's value. */
export class Parameters {
  readonly values: unknown[] = []

  /** Adds a value and gives the text that stands for it. */
  add(value: unknown, type: string): string {
    this.values.push(value)
    return `$${this.values.length}::${type}`
  }
}

/**
 * Most statements prepared by name in one process. Each connection keeps them all, with their plans; texts beyond it
 * (a scope of a hundred lookups has a text of its own) are planned anew each time.
 */
const NAMES_MAX = 500
const names = new Map<string, string>()

/** Runs a statement, prepared under a name that follows from its text. */
export function runPrepared(client: SqlClient, { text, values }: Statement): Promise<SqlRows> {
  return client.query(text, values, nameOf(text))
}

function nameOf(text: string): string | undefined {
  const known = names.get(text)
  if (known !== undefined || names.size >= NAMES_MAX) return known
  const name = `mc_${createHash('sha256').update(text).digest('hex').slice(0, 24)}`
  names.set(text, name)
  return name
}
