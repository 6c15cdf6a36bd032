import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { storageConformance } from '../../src/conformance.ts'

/** Which cases show that an adapter keeps a promise; a text where no case can, saying why. */
type Coverage = readonly string[] | string

/** Each sentence of the storage port. A new or reworded sentence fails here until somebody has thought about its cases. */
const PORT: Readonly<Record<string, Coverage>> = {
  'Most records, lookups and accounts one look may name.': ['load:limits'],
  'Most rows one lookup gives.': ['load:limits'],
  'Most rows one commit writes or checks.': ['commit:rows-limit', 'commit:many-rows'],
  'Most bytes of JSON one commit writes.': ['commit:bytes-limit'],
  'Most rows of one page, of whatever it is, `readEvents` included.': ['queries:limits'],
  'A limit that is none of 1 to this many is INTERNAL.': ['queries:limits'],
  'Where Mission Control keeps its records.': ['commit:every-kind', 'text:records', 'text:long'],
  'Adapters know no rules: they look things up and apply changes.': 'a rule for authors; nothing to observe',
  'Every value that goes in or comes out is copied; nobody can change a stored record by changing an object.': [
    'load:values-in',
    'load:values-out',
  ],
  'A method that cannot reach the store throws MissionControlError UNAVAILABLE.':
    'only the adapter knows how to cut itself off; its own tests do',
  'The kind of database, as OpenTelemetry names it: `postgresql`.': 'a name for observers; the adapter says its own',
  'Only observers are told.': 'a rule for the core; nothing to observe',
  'One consistent look at everything a command may need: all parts are read at the same moment.': [
    'load:one-moment',
    'load:everywhere',
    'load:nothing',
    'together:looks',
    'together:equal-lookups',
  ],
  'One round trip.': 'a price, not a behaviour; the adapter measures it',
  'Applies a whole set of changes or none of it.': [
    'commit:whole',
    'commit:all-or-nothing',
    'commit:all-or-nothing-money',
    'commit:two-updates',
    'events:not-of-stale',
    'receipts:of-stale',
    'ledger:refused-writes-nothing',
    'ledger:three-accounts',
    'together:stale-records',
    'together:stale-settings',
    'together:taken-keys',
    'together:faults',
  ],
  'Of two commits that rely on the same version of a record, exactly one is applied.': [
    'commit:stale-version',
    'races:claims',
    'races:lost-update',
    'races:crossing',
    'races:mixed-kinds',
    'races:same-id',
  ],
  'A guarded add never lets `reserved + settled` pass its limit, whoever else adds.': [
    'ledger:limit',
    'ledger:first-add',
    'together:one-account',
    'ledger:settled-counts',
    'ledger:same-account',
    'races:budget',
    'races:budget-mixed',
  ],
  'After a commit that wrote settings, nobody applies a commit that relied on the old settings.': [
    'commit:settings',
    'commit:settings-together',
    'races:pause',
    'races:settings-log',
  ],
  'A commit whose first event is already in the log was applied before and answers `applied` without a second effect, so a caller that lost the answer simply sends it again.':
    ['events:sent-again', 'events:sent-again-money', 'events:sent-twice-at-once'],
  'Another event under its id (another project, kind, subject, time, actor or summary) is INTERNAL: the source of ids is broken, and nothing was applied.':
    ['events:same-id'],
  'The log in an order that can never be overtaken, at least once: a reader that goes on from its cursor misses nothing.':
    ['events:nothing-missed', 'events:cursor', 'events:order', 'events:time-does-not-order', 'events:whole'],
  'Calls back soon after something was committed anywhere; only a hint to read.': ['events:hint'],
  'The next events that have no seal, of all logs together, in the order of the log and only as far as no other can come before them; with the heads of their logs at the same moment.':
    ['seals:unsealed', 'seals:under-load', 'seals:limits'],
  'Writes the seals of the events that were read, all or none: `stale` when somebody sealed meanwhile.': ['seals:once'],
  'Of two that seal the same events, one is applied.': ['seals:once', 'seals:under-load'],
  'A seal is never changed.': ['seals:once'],
  'Gives everything the store holds, as it is at one moment, in pieces of at most SNAPSHOT_ROWS_MAX rows; waits for `take` after each.':
    ['snapshots:whole', 'snapshots:one-moment', 'snapshots:pieces'],
  'Records come first, kind by kind in the order of SNAPSHOT_KINDS and by id; then balances and receipts by their keys; then the log in its order.':
    ['snapshots:order', 'snapshots:whole'],
  'A cursor in a record (CURSOR_FIELDS) is given as the number of events up to it.': [
    'snapshots:cursors',
    'snapshots:whole',
  ],
  'Others write on meanwhile, and are not seen.': ['snapshots:one-moment'],
  'UNAVAILABLE where the way to the store cannot keep one moment.': 'depends on the driver; the tests of drivers do it',
  'While it runs, `take` asks nothing of this storage.': 'a rule for callers; nothing to observe',
  'Fills an empty store with the rows of a snapshot, all of them or, when one does not fit or the rows end with a fault, none.':
    ['snapshots:whole', 'snapshots:all-or-nothing', 'snapshots:goes-on'],
  'Nobody commits meanwhile.': ['snapshots:goes-on'],
  '`occupied`: the store holds something, and was left as it is.': ['snapshots:occupied'],
  'Null until it is sealed, a moment after its commit.': ['seals:whole'],
  'What is to be sealed next.': ['seals:unsealed'],
  'Where the sealed part of the log ends; goes back with the seals.': ['seals:unsealed', 'seals:once'],
  'Null: nothing is sealed.': ['seals:unsealed'],
  'One for each log that has sealed events and is among the events.': ['seals:unsealed'],
  'For each event that was read, or for the first of them, in their order.': ['seals:once'],
  'Null: the log of the installation.': ['seals:head'],
  'The sealed part of one log, to be checked: in order, also where an event or a seal is gone, and with events that stand before sealed ones without a seal.':
    ['seals:chain'],
  'Fewer seals than the limit: there is no more.': ['seals:chain'],
  'From `searchTokens`.': ['search:weights'],
  'All must be in the record; every character counts as itself.': ['search:all-words', 'search:literal', 'search:case'],
  'The moment from which the age of a task counts.': ['search:age-and-status'],
  'The record is of the kind that was asked for.': ['search:texts'],
  'What fits all tokens anywhere in the project, however old: tasks by their score (`taskScore`), then newest first; messages and documents newest first, with a score of 0.':
    ['search:weights', 'search:age-and-status', 'search:order', 'search:as-the-rule', 'search:texts'],
  'How far one log is sealed; null when nothing of it is.': ['seals:head'],
  'Gives the way to stop.': ['events:hint'],
  'Pages for people: keyset cursors, bounded, project-scoped.': [
    'together:pages',
    'queries:stable',
    'queries:limits',
    'queries:project',
    'queries:now-as-changed',
  ],
  'Never used to decide.': 'a rule for callers',
  'Releases connections.': ['connection:others-stay'],
  'Later calls throw UNAVAILABLE.': ['connection:closed'],
  'Asks for the records a lookup finds; `values` match its fields in order.': [
    'lookups:each',
    'lookups:values-apart',
    'lookups:null',
    'text:lookups',
  ],
  'At most this many, in the order of the lookup.': ['lookups:oldest-first', 'lookups:keeps-newest'],
  'The raw answer to a look, in the order of the scope.': ['load:order'],
  'The core wraps it into a Snapshot.': 'what the core does with it',
  "The store's clock: one clock for all hosts.": ['load:one-clock', 'load:clock'],
  'Epoch ms.': ['load:nothing'],
  'Never touched reads as zeros.': ['load:untouched-account'],
  'Null also once its time is over: when `expiresAt` is not after now.': ['receipts:expiry', 'races:receipt-expired'],
  'A record the decision relied on, with the version it saw; null: it did not exist.': [
    'commit:relied-upon',
    'commit:relied-upon-absence',
    'commit:relied-upon-missing',
    'commit:must-not-exist',
    'commit:must-exist',
  ],
  'A whole record.': ['commit:every-kind', 'commit:shape'],
  'Its `version` is the checked version plus one, or 1 for a new one.': ['commit:put-version'],
  'Of a record that was read: the fields, besides `version` and `updatedAt`, in which it differs from the version that was checked.':
    ['commit:changed-fields', 'commit:changed-fields-are-checked'],
  'Only they are written, and all others stay as they are stored.': ['commit:changed-fields'],
  'Left out, everything is written.': ['commit:every-kind'],
  'A move of money with a ceiling, so that two writers conflict only when the money is really gone.': [
    'races:budget',
    'ledger:room-again',
    'ledger:same-move-again',
    'ledger:accounts-apart',
    'ledger:exact',
  ],
  'The add is refused when it raises `reserved + settled` above this.': ['ledger:limit', 'ledger:limit-travels'],
  'Null: no ceiling.': ['ledger:no-limit'],
  'Giving back is always allowed.': ['ledger:giving-back', 'ledger:never-negative'],
  "The project whose records these are; null for the installation's.": [
    'commit:project',
    'commit:project-and-installation',
  ],
  'Each must be covered by a check, except new records of append-only kinds.': [
    'commit:put-without-check',
    'commit:append-only-new',
  ],
  'The status of a task changes only with its transition row in the same commit.': [
    'commit:status-with-transition',
    'commit:status-without-transition',
  ],
  'A unique key may be handed over from one record to another inside one commit.': ['unique:handover'],
  'A text with a NUL or a lone surrogate in it, here or in events and receipt, is INTERNAL.': [
    'text:nul',
    'text:surrogates',
  ],
  'In their order, each on what the ones before it left.': ['ledger:same-account'],
  'Written with the records, in this order, or not at all.': ['events:order', 'events:not-of-stale', 'commit:whole'],
  '`stale` is not a failure: something relied upon has changed, so look again and decide again.': [
    'commit:all-or-nothing',
    'races:stale-neighbours',
  ],
  'What had changed: a record, an account without room, a receipt that exists, or a unique key that is taken.': [
    'commit:all-or-nothing',
    'ledger:limit',
    'receipts:taken',
    'unique:each',
    'races:receipt',
    'races:receipt-of-money',
    'races:unique',
  ],
  'The id is that of the record or the account, the key of the receipt, or the name of the lookup.': [
    'commit:all-or-nothing',
    'ledger:limit',
    'receipts:taken',
    'unique:each',
  ],
  'An event as the log keeps it, with its place.': ['events:whole', 'text:events'],
  'Opaque cursors sort as the log does.': ['events:cursors-sort'],
  'Null: from the beginning.': ['events:cursor'],
  'What this log cannot have given as a cursor is refused: throw `invalidCursor()`.': ['events:foreign-cursor'],
  "Only this project; undefined: all, the installation's own log included.": ['events:project'],
  'Where to go on, also when the page is empty; null only while the log is empty.': ['events:empty-page'],
  'One condition on a field; a dot reaches into an object.': [
    'queries:filters',
    'queries:filter-text',
    'queries:kinds',
  ],
  '`ne` is also met by null where the value is not null; nothing is before or after null; `contains` is met by a list that has the value.':
    ['queries:filters'],
  'Undefined only for kinds of the installation and for jobs.': ['queries:kinds', 'queries:project'],
  'Sort by these fields, then by createdAt and id in the direction of the last one.': [
    'queries:order',
    'queries:order-empty',
    'queries:ties',
  ],
  'Texts sort by code point, null before everything.': ['queries:text-order', 'queries:order-empty'],
  'Default: newest first.': ['queries:newest-first'],
  'The last row of the page before; opaque to callers.': ['queries:newest-first', 'queries:stable'],
  'For `after` of the next page; null on the last.': ['queries:newest-first'],
  "The store's clock.": ['load:clock'],
  'At this moment or later.': ['queries:spans'],
  'Before this moment.': ['queries:spans'],
  "Of the account's id, taken literally.": ['queries:balances'],
  "How many records of a kind there are per value of a field; null counts under ''.": [
    'queries:counts',
    'queries:counts-follow',
    'queries:empty-group',
  ],
  'Events for people, oldest first unless told otherwise; `after` is the cursor of the last one, checked as that of `readEvents`.':
    ['queries:timeline', 'queries:timeline-filters', 'events:foreign-cursor'],
  "Sums of usage lines by time of use; null sums under ''.": [
    'queries:spend',
    'queries:spend-exact',
    'queries:empty-group',
  ],
}

/** What the model promises about stored records and an adapter has to keep. Found in the file by its text. */
const MODEL: readonly (readonly [file: string, text: string, cases: readonly string[]])[] = [
  ['lookups.ts', 'Adapters build an index for each; nothing else is looked up.', ['lookups:each', 'lookups:follow']],
  ['lookups.ts', 'A dot reaches into an object: `claim.agentId`.', ['lookups:follow', 'lookups:null']],
  ['lookups.ts', 'The field is one of these values.', ['lookups:where']],
  ['lookups.ts', 'Only records that meet all of these.', ['lookups:where', 'unique:every-condition']],
  ['lookups.ts', 'The first field is a list and must contain the value.', ['lookups:contains']],
  ['lookups.ts', 'Results come oldest first, unless the lookup says otherwise.', ['lookups:oldest-first']],
  ['lookups.ts', 'of which only the end matters.', ['lookups:keeps-newest']],
  [
    'lookups.ts',
    'At most one record may fit; the store refuses a second.',
    [
      'unique:each',
      'unique:update',
      'unique:null',
      'unique:outside-where',
      'unique:nothing-there',
      'unique:handover',
      'unique:in-one-commit',
      'unique:append-only',
      'unique:policies',
      'races:unique',
    ],
  ],
  ['records.ts', 'the store checks each on the way in, the core on the way out', ['commit:shape']],
  ['records.ts', 'a writer of one must not wait behind the stream of readers.', ['races:pause']],
  ['records.ts', 'Never updated, never deleted: the store refuses both.', ['commit:append-only-update']],
  [
    'task.ts',
    '`status` changes only together with a Transition row.',
    ['commit:status-with-transition', 'commit:status-without-transition'],
  ],
  ['ledger.ts', 'Moves only by guarded adds.', ['ledger:never-negative', 'ledger:giving-back']],
  [
    'text.ts',
    'A lone surrogate cannot be stored as UTF-8, and a NUL cannot be stored by Postgres: both would be lost silently.',
    ['text:nul', 'text:surrogates'],
  ],
  ['text.ts', 'Any JSON value whose strings can be stored.', ['text:json', 'text:json-deep', 'text:empty-is-not-null']],
  ['money.ts', 'a whole number of micro-USD, not negative, exactly representable', ['text:numbers', 'ledger:exact']],
  [
    'receipt.ts',
    'The stored answer to a command, given again when the same key comes with the same request.',
    ['receipts:kept', 'receipts:taken', 'receipts:apart', 'text:receipts'],
  ],
  ['receipt.ts', 'How long an answer is kept at least.', ['receipts:expiry', 'races:receipt-expired']],
  ['record.ts', 'What every stored row has.', ['load:kind', 'load:other-projects-id', 'lookups:project']],
  ['ledger.ts', 'The id of an account is its key', ['queries:balances', 'ledger:accounts-apart']],
]

const CORE = new URL('../../../core/src/', import.meta.url)
const known = new Set<string>(storageConformance.map(({ id }) => id))

function sentencesOf(source: string): string[] {
  const comments = [...source.matchAll(/\/\*\*([\s\S]*?)\*\//g)].map(([, comment = '']) => comment)
  return comments
    .map((comment) =>
      comment
        .replaceAll(/^\s*\*?/gm, ' ')
        .replaceAll(/\s+/g, ' ')
        .trim(),
    )
    .flatMap((comment) => comment.split(/(?<=[.?!])\s+(?=[A-Z`])/))
}

describe('the conformance suite', () => {
  test('has every id once, and a sentence for each', () => {
    expect(known.size).toBe(storageConformance.length)
    for (const { id, behaviour } of storageConformance) {
      expect(id).toMatch(/^[a-z]+:[a-z-]+$/)
      expect(behaviour.length).toBeGreaterThan(20)
    }
  })

  test('covers every sentence of the port, and no sentence that is gone', () => {
    const port = readFileSync(new URL('ports/storage.ts', CORE), 'utf8')
    expect(Object.keys(PORT).sort()).toEqual([...new Set(sentencesOf(port))].sort())
  })

  test('covers promises of the model that are still made', () => {
    for (const [file, text] of MODEL) {
      const source = readFileSync(new URL(`model/${file}`, CORE), 'utf8').replaceAll(/\s*\n\s*\*\s*/g, ' ')
      expect(source, file).toContain(text)
    }
  })

  test('has each case for the sake of some promise, and each case named exists', () => {
    const named = [...Object.values(PORT), ...MODEL.map(([, , cases]) => cases)].flatMap((coverage) =>
      typeof coverage === 'string' ? [] : coverage,
    )
    expect([...new Set(named)].sort()).toEqual([...known].sort())
  })
})
