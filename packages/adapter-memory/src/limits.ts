import { invariant } from '@mission-control/core/storage'

/** Insists on a number of rows that is at least one and within the limit of the port. */
export function boundedRows(limit: number, rowsMax: number): number {
  invariant(Number.isInteger(limit) && limit >= 1 && limit <= rowsMax, `a limit is from 1 to ${rowsMax} rows`)
  return limit
}
