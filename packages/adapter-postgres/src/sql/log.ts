import type { Place } from '../cursor.ts'
import { EVENT_TABLE, SCHEMA, tableName } from '../record-tables.ts'
import type { Row } from '../rows.ts'
import { Parameters, type Statement } from '../statement.ts'
import { SEAL_COLUMNS, WITH_SEAL } from './with-seal.ts'

const EVENTS = tableName(EVENT_TABLE)

/**
 * Events of transactions that began before every one still open. Above it somebody may yet commit an event with a
 * lower place, which a reader that has gone on would never see.
 */
export const SETTLED = 'e.xid < pg_snapshot_xmin(pg_current_snapshot())'

export interface LogAnswer {
  readonly events: readonly Row[] | null
  /** The last place that can be read, as [xid, seq]; null when there is none. */
  readonly tip: readonly [string, string] | null
  readonly isEmpty: boolean
}

/** Events after a place, in the order of the log, and how far the log can be read at the same moment. */
export function readLog(after: Place, projectId: string | undefined, limit: number): Statement {
  const values = new Parameters()
  const start = `(e.xid, e.seq) > (${values.add(after.xid, 'xid8')}, ${values.add(after.seq, 'int8')})`
  const ofProject = projectId === undefined ? '' : ` and e.project_id = ${values.add(projectId, 'text')}`
  const text = `select json_build_object(
  'events', (select json_agg(found) from (
    select e.*, ${SEAL_COLUMNS} from ${EVENTS} as e ${WITH_SEAL} where ${start} and ${SETTLED}${ofProject}
    order by e.xid, e.seq limit ${values.add(limit, 'int8')}
  ) as found),
  'tip', (${TIP_TEXT}),
  'isEmpty', not exists (select from ${EVENTS})
)::text as doc`
  return { text, values: values.values }
}

const TIP_TEXT = `select json_build_array(e.xid::text, e.seq::text) from ${EVENTS} as e
    where ${SETTLED} order by e.xid desc, e.seq desc limit 1`

/** How far the log can be read: when it moves, there is something new for readers. */
export const LOG_TIP: Statement = { text: `select coalesce((${TIP_TEXT})::text, '') as tip`, values: [] }

/** What the log holds under the id of an event: asked after a commit broke on a key that its own first sending may have taken. */
export function loggedAs(event: string): Statement {
  const values = new Parameters()
  const text = `select ${SCHEMA}.logged(array[1], ${values.add(`[${event}]`, 'json')})::text as doc`
  return { text, values: values.values }
}
