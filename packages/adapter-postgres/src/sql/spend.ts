import type { SpendRequest } from '@mission-control/core/storage'
import { RECORD_TABLES, tableName } from '../record-tables.ts'
import { Parameters, type Statement } from '../statement.ts'

const KEYS = {
  agentId: 'agent_id',
  taskId: `coalesce(task_id, '')`,
  model: `coalesce(model, '')`,
  /** The first millisecond of the hour. */
  hour: '(at - at % 3600000)::text',
} as const

const TOKENS = ['input', 'output', 'cacheRead', 'cacheWrite', 'reasoning'].map((name) => `(tokens ->> '${name}')::int8`)

/** Sums of usage lines by time of use, from `fromAt` to just before `toAt`. Sums leave as text: they may be too large. */
export function usageSums({ projectId, fromAt, toAt, groupBy }: SpendRequest): Statement {
  const values = new Parameters()
  const key = groupBy === null ? `''` : KEYS[groupBy]
  return {
    text: `select json_build_object('rows', (select json_agg(s) from (
  select ${key} as key, coalesce(sum(billed_micros), 0)::text as billed, coalesce(sum(imputed_micros), 0)::text as imputed,
    sum(${TOKENS.join(' + ')})::text as tokens, count(*) as lines
  from ${tableName(RECORD_TABLES.usageLine)}
  where project_id = ${values.add(projectId, 'text')}
    and at >= ${values.add(fromAt, 'int8')} and at < ${values.add(toAt, 'int8')}
  group by 1 order by 1
) as s))::text as doc`,
    values: values.values,
  }
}
