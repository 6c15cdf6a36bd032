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

export interface TypedValue {
  readonly value: unknown
  readonly type: string
}

/** The column of the row `q` in which a value stands. */
export function ownName(at: number): string {
  return `v${at}`
}

/** Collects the values of a text that is run for many rows `q`: a single value is a column of the row, a list is shared. */
export class RowParameters extends Parameters {
  readonly own: TypedValue[] = []

  override add(value: unknown, type: string): string {
    if (type.endsWith('[]')) return super.add(value, type)
    this.own.push({ value, type })
    return `q.${ownName(this.own.length - 1)}`
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
