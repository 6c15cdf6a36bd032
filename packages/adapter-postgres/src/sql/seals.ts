import type { ChainRequest } from '@mission-control/core/storage'
import { EVENT_TABLE, SCHEMA, tableName } from '../record-tables.ts'
import type { Row } from '../rows.ts'
import { Parameters, type Statement } from '../statement.ts'
import { SETTLED } from './log.ts'
import { SEALS } from './with-seal.ts'

const EVENTS = tableName(EVENT_TABLE)

/** Where the sealed part of the log ends. */
const END = `select s.xid, s.place from ${SEALS} as s order by s.xid desc, s.place desc limit 1`

export interface UnsealedAnswer {
  /** As [xid, place]; null when nothing is sealed. */
  readonly end: readonly [string, string] | null
  readonly events: readonly Row[] | null
  readonly heads: readonly Row[] | null
}

/** The events behind the sealed ones, and the heads of their logs at the same moment. */
export function unsealedEvents(limit: number): Statement {
  const values = new Parameters()
  const text = `with ended as materialized (${END}),
open as materialized (
  select e.* from ${EVENTS} as e
  where (e.xid, e.seq) > (coalesce((select xid from ended), '0'::xid8), coalesce((select place from ended), 0))
    and ${SETTLED}
  order by e.xid, e.seq limit ${values.add(limit, 'int8')}
)
select json_build_object(
  'end', (select json_build_array(xid::text, place::text) from ended),
  'events', (select json_agg(open order by open.xid, open.seq) from open),
  'heads', (select json_agg(head) from (select distinct coalesce(project_id, '') as log from open) as logs
    cross join lateral (
      select s.log, s.seq, s.hash from ${SEALS} as s where s.log = logs.log order by s.seq desc limit 1
    ) as head)
)::text as doc`
  return { text, values: values.values }
}

export interface PlacedSealRow {
  readonly xid: string
  readonly place: string
  readonly seq: number
  readonly prev_hash: string
  readonly hash: string
}

export function sealEvents(after: { xid: string; seq: string }, rows: readonly PlacedSealRow[]): Statement {
  const values = new Parameters()
  const given = [
    values.add(after.xid, 'xid8'),
    values.add(after.seq, 'int8'),
    values.add(JSON.stringify(rows), 'json'),
  ].join(', ')
  return { text: `select ${SCHEMA}.seal_events(${given}) as is_sealed`, values: values.values }
}

export interface ChainAnswer {
  readonly sealed: readonly (Row & { readonly event: Row | null })[] | null
  /** Events among the sealed ones that have no seal. */
  readonly strays: readonly Row[] | null
}

/**
 * A stretch of one chain with its events. Whoever tampered with the tables may have left anything: seals and events
 * are both read for themselves, up to the last seal of the page or, on the last page, to where the sealer has been.
 */
export function chainPage({ projectId, afterSeq, limit }: ChainRequest): Statement {
  const values = new Parameters()
  const log = values.add(projectId ?? '', 'text')
  const after = values.add(afterSeq, 'int8')
  const rows = values.add(limit, 'int8')
  const ofLog = projectId === null ? 'e.project_id is null' : `e.project_id = ${log}`
  const text = `with page as materialized (
  select s.* from ${SEALS} as s where s.log = ${log} and s.seq > ${after} order by s.seq limit ${rows}
),
start as materialized (
  select s.xid, s.place from ${SEALS} as s where s.log = ${log} and s.seq <= ${after} order by s.seq desc limit 1
),
stop as materialized (
  (select xid, place from page where (select count(*) from page) = ${rows} order by seq desc limit 1)
  union all (${END})
  limit 1
)
select json_build_object(
  'sealed', (select json_agg(found order by found.seq) from (
    select p.seq, p.xid::text as xid, p.place::text as place, p.prev_hash, p.hash,
      case when e.id is null then null else to_json(e) end as event
    from page as p left join ${EVENTS} as e on (e.xid, e.seq) = (p.xid, p.place)
  ) as found),
  'strays', (select json_agg(found) from (
    select e.* from ${EVENTS} as e
    where ${ofLog}
      and (e.xid, e.seq) > (coalesce((select xid from start), '0'::xid8), coalesce((select place from start), 0))
      and (e.xid, e.seq) <= (coalesce((select xid from stop), '0'::xid8), coalesce((select place from stop), 0))
      and not exists (select from ${SEALS} as s where (s.xid, s.place) = (e.xid, e.seq))
    order by e.xid, e.seq limit ${rows}
  ) as found)
)::text as doc`
  return { text, values: values.values }
}

export function logHead(projectId: string | null): Statement {
  const values = new Parameters()
  const text = `select json_build_object('head', (
  select to_json(head) from (
    select s.log, s.seq, s.hash from ${SEALS} as s where s.log = ${values.add(projectId ?? '', 'text')} order by s.seq desc limit 1
  ) as head
))::text as doc`
  return { text, values: values.values }
}
