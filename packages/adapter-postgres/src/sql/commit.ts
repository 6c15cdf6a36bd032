import type { Check, Kind } from '@mission-control/core/storage'
import { type CommitPlan, isFleeting, reliesOnOneRow } from '../commit-plan.ts'
import { RECORD_TABLES, SCHEMA } from '../record-tables.ts'
import { Parameters, type Statement } from '../statement.ts'
import { onlyRowsPart, proofParts } from './commit-proof.ts'
import {
  accountParts,
  eventPart,
  HAVE_ROOM,
  insertParts,
  receiptParts,
  type SentEvents,
  sentEvents,
  updateParts,
} from './commit-writes.ts'
import { listOf } from './row-text.ts'

/** What the statement answers. Commits are counted from 1. */
export interface CommitAnswer {
  /** The commits that were applied. */
  readonly applied: readonly number[] | null
  /** Numbers of the stale ones among the settings and absent records, from 1; null when all hold. */
  readonly unproven: readonly number[] | null
  /** Commit, kind and id of what else had changed; null when nothing had, or when each commit relies on its one row. */
  readonly changed: readonly (readonly [number, Kind | 'account', string])[] | null
  /** Of the commits not applied: what the log holds under the ids of their events. */
  readonly logged: readonly Resent[] | null
}

/** The commit, and whether the event in the log is the very one it brings. */
export type Resent = readonly [n: number, isSame: boolean]

/**
 * One statement for a whole batch of commits of one shape that write different rows: the guard takes the gates and proves the
 * settings of all, rows and accounts are locked in one order for all, `bad` collects what is not as its decision saw
 * it, `go` holds the numbers of the commits of which nothing is bad, and every write asks whether its commit is there.
 * The text depends only on the kinds that take part, so it is planned once per connection.
 *
 * Two things must stay. `go` reads `gate`: a gate that nothing reads is never taken. And nothing before the gate may
 * draw a transaction id: waiting there would hold back the readers of the log.
 */
export function commitStatement(plans: readonly CommitPlan[], now: number | null, commitsEach = false): Statement {
  const values = new Parameters()
  const isLean = plans.every(reliesOnOneRow)
  const hasMoves = plans.some(({ moves }) => moves.length > 0)
  const sent = sentEvents(plans, values)
  const parts = [
    gatePart(plans, values),
    ...(isLean ? [onlyRowsPart(plans, values)] : proofParts(plans, values)),
    ...(isLean ? [] : updateParts(plans, values)),
    ...insertParts(plans, isLean, values),
    ...(hasMoves ? accountParts(plans, values) : []),
    ...(sent === null ? [] : [eventPart(sent)]),
    ...receiptParts(plans, now, values),
  ]
  const hasBad = !isLean && (hasMoves || plans.some(({ locks }) => locks.length > 0))
  // For this transaction only, which is this statement.
  const noWait =
    commitsEach && plans.every(isFleeting) ? `\n  'wait', set_config('synchronous_commit', 'off', true),` : ''
  const text = `with ${parts.join(',\n')}
select json_build_object(${noWait}
  'applied', (select json_agg(n) from go),${hasMoves ? `\n  'room', ${HAVE_ROOM},` : ''}
  'unproven', (select to_json(stale) from gate),
  'changed', ${hasBad ? '(select json_agg(json_build_array(n, kind, id)) from bad)' : 'null'},
  'logged', ${loggedText(plans, sent, values)}
)::text as doc`
  return { text, values: values.values }
}

/** The settings that commits rely on, each once, in the order in which the guard numbers them. */
export function settingsOf(plans: readonly CommitPlan[]): Check[] {
  const settings = plans.flatMap((plan) => plan.settings)
  return [...new Map(settings.map((check) => [`${check.kind} ${check.id} ${check.version}`, check])).values()]
}

function gatePart(plans: readonly CommitPlan[], values: Parameters): string {
  const settings = settingsOf(plans)
  const absent = plans.flatMap((plan) => plan.absent)
  const tables = plans.flatMap(({ inserts }) => inserts.map(({ kind }) => RECORD_TABLES[kind].name))
  return `gate as materialized (
  select ${SCHEMA}.guard(
    ${values.add(plans[0]?.projectId ?? null, 'text')},
    ${listOf(settings, ({ kind }) => kind, 'text', values)},
    ${listOf(settings, ({ id }) => id, 'text', values)},
    ${listOf(settings, ({ version }) => version, 'int8', values)},
    ${listOf(
      plans.flatMap(({ closes }) => closes),
      (gate) => gate,
      'text',
      values,
    )},
    ${listOf([...new Set(tables)].sort(), (name) => name, 'text', values)},
    ${listOf(absent, ({ kind }) => RECORD_TABLES[kind].name, 'text', values)},
    ${listOf(absent, ({ id }) => id, 'text', values)}
  ) as stale
)`
}

/** Asked only of commits that were not applied, and then of the log as it is by now. */
function loggedText(plans: readonly CommitPlan[], sent: SentEvents | null, values: Parameters): string {
  if (sent === null) return 'null'
  return `case when (select count(*) from go) < ${values.add(plans.length, 'int8')} then ${SCHEMA}.logged(${sent.ns}, ${sent.events}) end`
}
