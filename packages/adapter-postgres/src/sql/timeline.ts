import type { TimelineRequest } from '@mission-control/core/storage'
import { placeOf } from '../cursor.ts'
import { EVENT_TABLE, tableName } from '../record-tables.ts'
import { Parameters, type Statement } from '../statement.ts'
import { SEAL_COLUMNS, WITH_SEAL } from './with-seal.ts'

/**
 * A page of events for people. It shows what is committed at once, also events that the log holds back from readers
 * until an older transaction ends: people want to see what they just did, and no decision hangs on it.
 */
export function timelinePage(request: TimelineRequest): Statement {
  const values = new Parameters()
  const conditions: string[] = []
  const equal = (text: string, value: string | undefined) => {
    if (value !== undefined) conditions.push(`${text} = ${values.add(value, 'text')}`)
  }
  equal('e.project_id', request.projectId)
  equal('e.task_id', request.taskId)
  equal('e.agent_id', request.agentId)
  equal(`e.actor ->> 'id'`, request.actorId)
  const { kinds, fromAt, toAt, after, newestFirst = false } = request
  if (kinds !== undefined) conditions.push(`e.kind = any(${values.add(kinds, 'text[]')})`)
  if (fromAt !== undefined) conditions.push(`e.time >= ${values.add(fromAt, 'int8')}`)
  if (toAt !== undefined) conditions.push(`e.time < ${values.add(toAt, 'int8')}`)
  if (after !== undefined) {
    const { xid, seq } = placeOf(after)
    const place = `(${values.add(xid, 'xid8')}, ${values.add(seq, 'int8')})`
    conditions.push(`(e.xid, e.seq) ${newestFirst ? '<' : '>'} ${place}`)
  }
  const where = conditions.length === 0 ? '' : ` where ${conditions.join(' and ')}`
  const direction = newestFirst ? 'desc' : 'asc'
  // One more than asked for tells whether there is a next page.
  const text = `select json_build_object('events', (select json_agg(found) from (
  select e.*, ${SEAL_COLUMNS} from ${tableName(EVENT_TABLE)} as e ${WITH_SEAL}${where}
  order by e.xid ${direction}, e.seq ${direction} limit ${values.add(request.limit + 1, 'int8')}
) as found))::text as doc`
  return { text, values: values.values }
}
