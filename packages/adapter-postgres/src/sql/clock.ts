import type { Parameters, Statement } from '../statement.ts'

/**
 * The store's clock as an expression: the database's, read where it stands, or the one that a test turns.
 * One text for both, so that tests run the statements of production.
 */
export function clockText(now: number | null, values: Parameters): string {
  return `coalesce(${values.add(now, 'int8')}, floor(extract(epoch from clock_timestamp()) * 1000)::int8)`
}

/** The time of the database alone. */
export const CLOCK: Statement = {
  text: `select floor(extract(epoch from clock_timestamp()) * 1000)::int8 as now`,
  values: [],
}
