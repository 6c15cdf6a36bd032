import type { Kind } from '@mission-control/core/storage'
import type { CommitPlan } from '../commit-plan.ts'
import { RECORD_TABLES, SCHEMA } from '../record-tables.ts'
import { Parameters, type Statement } from '../statement.ts'
import { onlyRowPart, proofParts, reliesOnOneRow } from './commit-proof.ts'
import { accountParts, eventParts, HAVE_ROOM, insertParts, receiptParts, updateParts } from './commit-writes.ts'

/** What the statement answers. */
export interface CommitAnswer {
  readonly applied: boolean
  /** Numbers of the stale ones among settings and absent records, from 1; null when all hold. */
  readonly unproven: readonly number[] | null
  /** Kind and id of what else had changed; null when nothing had, or when the one updated row is the only check. */
  readonly changed: readonly (readonly [Kind | 'account', string])[] | null
  /** Not applied because it was applied before. */
  readonly logged: boolean
}

/**
 * One statement for a whole commit: the guard takes the gates and proves the settings, rows and accounts are locked
 * in one order for all, `bad` collects what is not as the decision saw it, `go` is one row if nothing is bad, and
 * every write asks for that row. The text depends only on the kinds and on whether one or several rows of each take
 * part, so it is planned once per connection.
 *
 * Two things must stay. `go` reads `gate`: a gate that nothing reads is never taken. And nothing before the gate may
 * draw a transaction id: waiting there would hold back the readers of the log.
 */
export function commitStatement(plan: CommitPlan, now: number | null): Statement {
  const values = new Parameters()
  const isLean = reliesOnOneRow(plan)
  const parts = [
    gatePart(plan, values),
    ...(isLean ? [onlyRowPart(plan, values)] : proofParts(plan, values)),
    ...(isLean ? [] : updateParts(plan, values)),
    ...insertParts(plan, isLean ? [] : plan.updates, values),
    ...accountParts(plan, values),
    ...eventParts(plan, values),
    ...receiptParts(plan, now, values),
  ]
  const hasBad = !isLean && (plan.locks.length > 0 || plan.moves.length > 0)
  const first = plan.commit.events[0]
  const text = `with ${parts.join(',\n')}
select json_build_object(
  'applied', exists (select from go)${plan.moves.length > 0 ? ` and ${HAVE_ROOM}` : ''},
  'unproven', (select to_json(stale) from gate),
  'changed', ${hasBad ? '(select json_agg(json_build_array(kind, id)) from bad)' : 'null'},
  'logged', ${first === undefined ? 'false' : loggedText(first.id, values)}
)::text as doc`
  return { text, values: values.values }
}

function gatePart({ commit, settings, absent, closes, inserts }: CommitPlan, values: Parameters): string {
  const inserted = inserts.map(({ kind }) => RECORD_TABLES[kind].name).sort()
  const absentFrom = absent.map(({ kind }) => RECORD_TABLES[kind].name)
  return `gate as materialized (
  select ${SCHEMA}.guard(
    ${values.add(commit.projectId, 'text')},
    ${values.add(
      settings.map(({ kind }) => kind),
      'text[]',
    )},
    ${values.add(
      settings.map(({ id }) => id),
      'text[]',
    )},
    ${values.add(
      settings.map(({ version }) => version),
      'int8[]',
    )},
    ${values.add(closes, 'text[]')},
    ${values.add(inserted, 'text[]')},
    ${values.add(absentFrom, 'text[]')},
    ${values.add(
      absent.map(({ id }) => id),
      'text[]',
    )}
  ) as stale
)`
}

/** Asked only when nothing was applied, and then of the log as it is by now. */
function loggedText(eventId: string, values: Parameters): string {
  return `case when exists (select from go) then false else ${SCHEMA}.is_logged(${values.add(eventId, 'text')}) end`
}
