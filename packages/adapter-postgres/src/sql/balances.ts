import { SCHEMA } from '../record-tables.ts'
import { Parameters, type Statement } from '../statement.ts'

export interface BalancesRequest {
  readonly projectId: string
  readonly prefix?: string
  readonly after?: string
  readonly limit: number
}

/** Accounts of a project by id, which begins with the project. `^@` compares beginnings without wildcards. */
export function accountPage({ projectId, prefix = '', after, limit }: BalancesRequest): Statement {
  const values = new Parameters()
  const conditions = [`id ^@ ${values.add(`${projectId}/`, 'text')}`, `id ^@ ${values.add(prefix, 'text')}`]
  if (after !== undefined) conditions.push(`id > ${values.add(after, 'text')}`)
  return {
    text: `select json_build_object('accounts', (select json_agg(a) from (
  select * from ${SCHEMA}.accounts where ${conditions.join(' and ')} order by id limit ${values.add(limit, 'int8')}
) as a))::text as doc`,
    values: values.values,
  }
}
