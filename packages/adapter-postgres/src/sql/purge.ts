import { SCHEMA } from '../record-tables.ts'
import { Parameters, type Statement } from '../statement.ts'
import { clockText } from './clock.ts'

/** Most receipts that one purge removes, so that it never takes long. */
const PURGE_ROWS_MAX = 2_000

/** Removes receipts that no longer count. Skips what others have locked; it will be met again. */
export function purgeReceipts(now: number | null): Statement {
  const values = new Parameters()
  return {
    text: `delete from ${SCHEMA}.receipts where ctid = any(array(
  select ctid from ${SCHEMA}.receipts where expires_at <= ${clockText(now, values)}
  limit ${PURGE_ROWS_MAX} for update skip locked
))`,
    values: values.values,
  }
}
