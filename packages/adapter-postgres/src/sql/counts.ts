import type { Filter, Kind } from '@mission-control/core/storage'
import { RECORD_TABLES, tableName } from '../record-tables.ts'
import { Parameters, type Statement } from '../statement.ts'
import { whereText } from './conditions.ts'
import { fieldOf } from './fields.ts'

export interface CountsRequest {
  readonly kind: Kind
  readonly projectId?: string
  readonly groupBy: string
  readonly filters?: readonly Filter[]
}

/** How many records there are per value of a field, as [value, count]. */
export function recordCounts(request: CountsRequest): Statement {
  const table = RECORD_TABLES[request.kind]
  const values = new Parameters()
  const { text, type } = fieldOf(table, request.groupBy)
  const key = type === 'jsonb' ? `${text} #>> '{}'` : `${text}::text`
  const where = whereText(table, request, values)
  return {
    text: `select json_build_object('counts', (select json_agg(json_build_array(key, count)) from (
  select coalesce(${key}, '') as key, count(*) as count from ${tableName(table)} as t ${where} group by 1
) as c))::text as doc`,
    values: values.values,
  }
}
