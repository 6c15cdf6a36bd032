import {
  APPEND_ONLY_KINDS,
  COMMIT_BYTES_MAX,
  COMMIT_ROWS_MAX,
  KINDS,
  type Kind,
  type RecordOf,
  SETTINGS_KINDS,
} from '@mission-control/core/storage'
import type { ConformanceCase } from './case.ts'
import {
  balanceNow,
  changed,
  checkOf,
  claimedBy,
  commitOf,
  committed,
  inserting,
  logNow,
  moved,
  put,
  recordNow,
  reliesOn,
  stored,
  storedTask,
  writing,
} from './commits.ts'
import { expectApplied, expectEqual, expectFault, expectNotApplied, expectStale, expectTrue } from './expect.ts'
import {
  accountOf,
  agentRecord,
  BASE_AT,
  documentRecord,
  eventDraft,
  FIXTURES,
  livenessRecord,
  newId,
  OTHER_PROJECT,
  PROJECT,
  principalRecord,
  projectRecord,
  receiptKey,
  receiptUntil,
  runRecord,
  systemRecord,
  taskRecord,
  transitionRecord,
  usageLineRecord,
} from './fixtures.ts'

export const commitCases: readonly ConformanceCase[] = [
  {
    id: 'commit:whole',
    behaviour: 'applies records, money, events and the receipt of one commit',
    run: async ({ storage }) => {
      const now = await storage.queries.now()
      const [task, account, key, event] = [taskRecord(), accountOf(), receiptKey(), eventDraft()]
      const receipt = receiptUntil(now + 60_000)
      const adds = [{ account, reserved: 70, settled: 30, limit: 100 }]
      expectApplied(await storage.commit(inserting('task', task, { adds, events: [event], receipt: { key, receipt } })))
      const loaded = await storage.load({
        records: [{ kind: 'task', id: task.id }],
        accounts: [account],
        receipt: key,
      })
      expectEqual(loaded.records, [task], 'the record is there')
      expectEqual(loaded.balances, [{ reserved: 70, settled: 30 }], 'the money has moved')
      expectEqual(loaded.receipt, receipt, 'the receipt is there')
      expectEqual(
        (await logNow(storage)).map(({ id }) => id),
        [event.id],
        'the event is there',
      )
    },
  },
  {
    id: 'commit:every-kind',
    behaviour: 'stores and changes a record of every kind, every field as it was given',
    run: async ({ storage }) => {
      for (const kind of KINDS) {
        const record = FIXTURES[kind]() as RecordOf<Kind>
        expectApplied(await storage.commit(inserting(kind, record)))
        expectEqual(await recordNow(storage, kind, record.id), record, `a new ${kind} is stored`)
        if ((APPEND_ONLY_KINDS as readonly Kind[]).includes(kind)) continue
        const next = changed(record, { updatedAt: BASE_AT + 1_000_000 })
        expectApplied(await storage.commit(inserting(kind, next)))
        expectEqual(await recordNow(storage, kind, record.id), next, `the next version of ${kind} is stored`)
      }
    },
  },
  {
    id: 'commit:changed-fields',
    behaviour: 'writes of an update the fields that are said to have changed, and leaves all others as they stand',
    run: async ({ storage }) => {
      const task = await storedTask(storage, { title: 'before', labels: ['kept'] })
      const other = await storedTask(storage, { title: 'other', blockedReason: null })
      const next = changed(task, { title: 'after', labels: ['not said to have changed'], updatedAt: BASE_AT + 5 })
      const apart = changed(other, { blockedReason: 'because', priority: 1 })
      const puts = [
        { ...put('task', next), changed: ['title'] },
        { ...put('task', apart), changed: ['blockedReason', 'priority'] },
      ]
      expectApplied(await storage.commit(writing(puts)))
      expectEqual(await recordNow(storage, 'task', other.id), apart, 'one row of the kind has its own changes')
      const written = await recordNow(storage, 'task', task.id)
      expectEqual(written?.title, 'after', 'what changed is written')
      expectEqual(
        [written?.version, written?.updatedAt],
        [2, BASE_AT + 5],
        'so are version and time, which always change',
      )

      const later = changed(next, { title: 'later' })
      expectApplied(await storage.commit(writing([{ ...put('task', later), changed: ['title'] }])))
      expectEqual((await recordNow(storage, 'task', task.id))?.blockedReason, null, 'the rest stands as it was')
      const late = writing([{ ...put('task', { ...later, title: 'too late' }), changed: ['title'] }])
      expectStale(await storage.commit(late), { kind: 'task', id: task.id })
    },
  },
  {
    id: 'commit:changed-fields-are-checked',
    behaviour: 'refuses an update of a field that the kind does not have, or to what the field cannot be',
    run: async ({ storage }) => {
      const task = await storedTask(storage)
      const puts = (record: object, field: string) => [
        { ...put('task', { ...changed(task, {}), ...record } as RecordOf<'task'>), changed: [field] },
      ]
      await expectFault(storage.commit(writing(puts({}, 'colour'))), 'INTERNAL', 'a field that no task has')
      await expectFault(storage.commit(writing(puts({ priority: 9 }, 'priority'))), 'INTERNAL', 'a value out of range')
      expectEqual(await recordNow(storage, 'task', task.id), task, 'nothing was written')
    },
  },
  {
    id: 'commit:all-or-nothing',
    behaviour: 'applies nothing of a commit of which one part is stale, and names that part',
    run: async ({ storage }) => {
      const now = await storage.queries.now()
      const agent = agentRecord()
      await stored(storage, 'agent', agent)
      await committed(storage, inserting('agent', changed(agent, { emoji: null })))
      const before = await logNow(storage)

      const [task, line, account, key] = [taskRecord(), usageLineRecord(), accountOf(), receiptKey()]
      const commit = writing([put('task', task), put('usageLine', line)], {
        checks: [reliesOn('agent', agent)],
        adds: [{ account, reserved: 5, settled: 5, limit: null }],
        receipt: { key, receipt: receiptUntil(now + 60_000) },
      })
      expectStale(await storage.commit(commit), { kind: 'agent', id: agent.id })

      expectEqual(await recordNow(storage, 'task', task.id), null, 'the new task is not there')
      expectEqual(await recordNow(storage, 'usageLine', line.id), null, 'the append-only row is not there')
      expectEqual(await balanceNow(storage, account), { reserved: 0, settled: 0 }, 'no money has moved')
      expectEqual((await storage.load({ receipt: key })).receipt, null, 'no receipt is there')
      expectEqual(await logNow(storage), before, 'no event is there')
    },
  },
  {
    id: 'commit:all-or-nothing-money',
    behaviour: 'writes no record of a commit whose money is refused',
    run: async ({ storage }) => {
      const [task, account, other] = [taskRecord(), accountOf(), accountOf()]
      const adds = [
        { account: other, reserved: 1, settled: 0, limit: 1 },
        { account, reserved: 11, settled: 0, limit: 10 },
      ]
      expectStale(await storage.commit(inserting('task', task, { adds })), { kind: 'account', id: account })
      expectEqual(await recordNow(storage, 'task', task.id), null, 'the record is not there')
      expectEqual(await balanceNow(storage, other), { reserved: 0, settled: 0 }, 'the other account has not moved')
      expectEqual(await logNow(storage), [], 'no event is there')
    },
  },
  {
    id: 'commit:stale-version',
    behaviour: 'refuses to write over a version the commit has not seen',
    run: async ({ storage }) => {
      const run = runRecord()
      await stored(storage, 'run', run)
      const first = changed(run, { lineCount: 1 })
      expectApplied(await storage.commit(inserting('run', first)))
      const late = changed(run, { lineCount: 99 })
      expectStale(await storage.commit(inserting('run', late)), { kind: 'run', id: run.id })
      expectEqual(await recordNow(storage, 'run', run.id), first, 'the first write stands')
      const next = changed(first, { lineCount: 2 })
      expectApplied(await storage.commit(inserting('run', next)))
    },
  },
  {
    id: 'commit:two-updates',
    behaviour: 'updates several records together, or none when one of them is stale',
    run: async ({ storage }) => {
      const [one, other] = [livenessRecord(), livenessRecord()]
      await stored(storage, 'liveness', one, other)
      const oneNext = changed(one, { errorStreak: 1 })
      const otherNext = changed(other, { errorStreak: 1 })
      expectApplied(await storage.commit(writing([put('liveness', oneNext), put('liveness', otherNext)])))
      const oneAgain = changed(oneNext, { errorStreak: 2 })
      const otherLate = changed(other, { errorStreak: 2 })
      const outcome = await storage.commit(writing([put('liveness', oneAgain), put('liveness', otherLate)]))
      expectStale(outcome, { kind: 'liveness', id: other.id })
      expectEqual(await recordNow(storage, 'liveness', one.id), oneNext, 'the fresh one is not written either')
      expectEqual(await recordNow(storage, 'liveness', other.id), otherNext, 'the stale one stays')
    },
  },
  {
    id: 'commit:must-not-exist',
    behaviour: 'refuses a new record whose id is taken',
    run: async ({ storage }) => {
      const task = await storedTask(storage)
      const outcome = await storage.commit(inserting('task', { ...task, title: 'Another' }))
      expectStale(outcome, { kind: 'task', id: task.id })
      expectEqual(await recordNow(storage, 'task', task.id), task, 'the first one stands')
    },
  },
  {
    id: 'commit:must-exist',
    behaviour: 'refuses to update a record that does not exist',
    run: async ({ storage }) => {
      const next = changed(runRecord(), {})
      expectStale(await storage.commit(inserting('run', next)), { kind: 'run', id: next.id })
      expectEqual(await recordNow(storage, 'run', next.id), null, 'nothing is written')
    },
  },
  {
    id: 'commit:relied-upon',
    behaviour: 'checks records that are read and not written',
    run: async ({ storage }) => {
      const review = FIXTURES.review()
      await stored(storage, 'review', review)
      const checks = [reliesOn('review', review)]
      expectApplied(await storage.commit(inserting('message', FIXTURES.message(), { checks })))
      await committed(storage, inserting('review', changed(review, { status: 'RESOLVED' })))
      const late = FIXTURES.message()
      const outcome = await storage.commit(inserting('message', late, { checks }))
      expectStale(outcome, { kind: 'review', id: review.id })
      expectEqual(await recordNow(storage, 'message', late.id), null, 'nothing is written')
    },
  },
  {
    id: 'commit:relied-upon-absence',
    behaviour: 'checks that a record it does not write still does not exist',
    run: async ({ storage }) => {
      const task = taskRecord()
      const checks = [{ kind: 'task', id: task.id, version: null }] as const
      expectApplied(await storage.commit(inserting('message', FIXTURES.message(), { checks })))
      await stored(storage, 'task', task)
      const outcome = await storage.commit(inserting('message', FIXTURES.message(), { checks }))
      expectStale(outcome, { kind: 'task', id: task.id })
    },
  },
  {
    id: 'commit:relied-upon-missing',
    behaviour: 'refuses to rely on a version of a record that does not exist',
    run: async ({ storage }) => {
      const task = taskRecord()
      const checks = [reliesOn('task', task)]
      const outcome = await storage.commit(inserting('message', FIXTURES.message(), { checks }))
      expectStale(outcome, { kind: 'task', id: task.id })
    },
  },
  {
    id: 'commit:settings',
    behaviour: 'refuses what relied on settings of any kind from before they were written',
    run: async ({ storage }) => {
      for (const kind of SETTINGS_KINDS as readonly Kind[]) {
        const setting = FIXTURES[kind]() as RecordOf<Kind>
        const run = runRecord()
        const missing = [{ kind, id: setting.id, version: null }]
        expectApplied(await storage.commit(inserting('run', run, { checks: missing })))
        await stored(storage, kind, setting)
        const created = await storage.commit(inserting('run', runRecord(), { checks: missing }))
        expectStale(created, { kind, id: setting.id })

        const checks = [reliesOn(kind, setting)]
        expectApplied(await storage.commit(inserting('run', changed(run, {}), { checks })))
        await committed(storage, inserting(kind, changed(setting, {})))
        const [inserted, updated] = [runRecord(), changed(changed(run, {}), { lineCount: 7 })]
        expectStale(await storage.commit(inserting('run', inserted, { checks })), { kind, id: setting.id })
        expectStale(await storage.commit(inserting('run', updated, { checks })), { kind, id: setting.id })
        const onlyMoney = { account: accountOf(), reserved: 1, settled: 0, limit: null }
        expectStale(await storage.commit(commitOf({ checks, adds: [onlyMoney] })), { kind, id: setting.id })
        expectEqual(await recordNow(storage, 'run', inserted.id), null, `nothing is written after a new ${kind}`)
        expectEqual(await balanceNow(storage, onlyMoney.account), { reserved: 0, settled: 0 }, 'no money has moved')
      }
    },
  },
  {
    id: 'commit:settings-together',
    behaviour: 'names the one setting of several that has changed',
    run: async ({ storage }) => {
      const [system, project, agent] = [systemRecord(), projectRecord(), agentRecord()]
      await stored(storage, 'system', system)
      await stored(storage, 'project', project)
      await stored(storage, 'agent', agent)
      await committed(storage, inserting('project', changed(project, { operatorMode: 'PAUSED' })))
      const checks = [reliesOn('system', system), reliesOn('project', project), reliesOn('agent', agent)]
      const task = taskRecord()
      expectStale(await storage.commit(inserting('task', task, { checks })), { kind: 'project', id: project.id })
      expectEqual(await recordNow(storage, 'task', task.id), null, 'nothing is written')
    },
  },
  {
    id: 'commit:put-without-check',
    behaviour: 'refuses as a bug a put that no check covers',
    run: async ({ storage }) => {
      const task = taskRecord()
      const bare = commitOf({ puts: [put('task', task)] })
      await expectFault(storage.commit(bare), 'INTERNAL', 'a put without a check')
      const otherKind = commitOf({
        puts: [put('task', task)],
        checks: [{ kind: 'run', id: task.id, version: null }],
      })
      await expectFault(storage.commit(otherKind), 'INTERNAL', 'a put with the check of another kind')
      expectEqual(await recordNow(storage, 'task', task.id), null, 'nothing is written')
      expectEqual(await logNow(storage), [], 'no event is there')
    },
  },
  {
    id: 'commit:put-version',
    behaviour: 'refuses as a bug a put whose version is not the checked one plus one',
    run: async ({ storage }) => {
      const run = runRecord()
      await stored(storage, 'run', run)
      const seen = reliesOn('run', run)
      for (const version of [1, 3]) {
        const commit = commitOf({ checks: [seen], puts: [put('run', { ...run, version })] })
        await expectFault(storage.commit(commit), 'INTERNAL', `version ${version} after 1`)
      }
      const fresh = { ...runRecord(), version: 2 }
      const commit = commitOf({ checks: [{ kind: 'run', id: fresh.id, version: null }], puts: [put('run', fresh)] })
      await expectFault(storage.commit(commit), 'INTERNAL', 'version 2 of a new record')
      expectEqual(await recordNow(storage, 'run', run.id), run, 'the record stays')
      expectEqual(await recordNow(storage, 'run', fresh.id), null, 'nothing is written')
    },
  },
  {
    id: 'commit:shape',
    behaviour: 'refuses as a bug a record that does not have the shape of its kind',
    run: async ({ storage }) => {
      const task = taskRecord()
      const { title: _, ...untitled } = task
      const misshapen: readonly [string, unknown][] = [
        ['a missing field', untitled],
        ['a field too many', { ...task, mood: 'good' }],
        ['a field of another type', { ...task, priority: 'high' }],
        ['a field that is undefined', { ...task, dueAt: undefined }],
        ['an unknown word', { ...task, status: 'SOMEWHERE' }],
        ['a fraction of a micro', { ...task, budgetAllocatedMicros: 0.5 }],
        ['a number beyond the exact ones', { ...task, budgetAllocatedMicros: Number.MAX_SAFE_INTEGER + 1 }],
      ]
      for (const [what, record] of misshapen) {
        await expectFault(storage.commit(inserting('task', record as RecordOf<'task'>)), 'INTERNAL', what)
      }
      const event = { ...eventDraft(), kind: 'SOMETHING_ELSE' } as unknown as ReturnType<typeof eventDraft>
      await expectFault(storage.commit(inserting('task', task, { events: [event] })), 'INTERNAL', 'an unknown event')
      expectEqual(await recordNow(storage, 'task', task.id), null, 'nothing is written')
      expectEqual(await logNow(storage), [], 'no event is there')
    },
  },
  {
    id: 'commit:project',
    behaviour: 'refuses as a bug a record of another project than the one of the commit',
    run: async ({ storage }) => {
      const foreign = taskRecord({ projectId: OTHER_PROJECT })
      const wrong = inserting('task', foreign, { projectId: PROJECT })
      await expectFault(storage.commit(wrong), 'INTERNAL', 'a task of another project')
      const global = inserting('task', foreign, { projectId: null })
      await expectFault(storage.commit(global), 'INTERNAL', 'a task in a commit of the installation')
      expectEqual(await recordNow(storage, 'task', foreign.id), null, 'nothing is written')
    },
  },
  {
    id: 'commit:project-and-installation',
    behaviour: 'writes records of the installation together with those of a project',
    run: async ({ storage }) => {
      const agent = agentRecord()
      const principal = principalRecord({ agentId: agent.id })
      expectApplied(await storage.commit(writing([put('principal', principal), put('agent', agent)])))
      expectEqual(await recordNow(storage, 'principal', principal.id), principal, 'the principal is there')
      expectEqual(await recordNow(storage, 'agent', agent.id), agent, 'the agent is there')
    },
  },
  {
    id: 'commit:append-only-new',
    behaviour: 'takes new rows of append-only kinds without a check',
    run: async ({ storage }) => {
      for (const kind of APPEND_ONLY_KINDS as readonly Kind[]) {
        const row = FIXTURES[kind]() as RecordOf<Kind>
        expectApplied(await storage.commit(commitOf({ puts: [put(kind, row)] })))
        expectEqual(await recordNow(storage, kind, row.id), row, `the new ${kind} is there`)
      }
    },
  },
  {
    id: 'commit:append-only-update',
    behaviour: 'never changes a row of an append-only kind',
    run: async ({ storage }) => {
      for (const kind of APPEND_ONLY_KINDS as readonly Kind[]) {
        const row = FIXTURES[kind]() as RecordOf<Kind>
        await stored(storage, kind, row)
        const again = { ...row, updatedAt: row.updatedAt + 1 }
        const next = changed(row, { updatedAt: row.updatedAt + 1 })
        await expectNotApplied(storage.commit(inserting(kind, next)), `an update of a ${kind}`)
        await expectNotApplied(storage.commit(commitOf({ puts: [put(kind, next)] })), `a blind update of a ${kind}`)
        await expectNotApplied(storage.commit(commitOf({ puts: [put(kind, again)] })), `a second ${kind} of that id`)
        expectStale(await storage.commit(inserting(kind, again)), { kind, id: row.id })
        expectEqual(await recordNow(storage, kind, row.id), row, `the ${kind} stays as it was`)
      }
    },
  },
  {
    id: 'commit:status-with-transition',
    behaviour: 'moves a task together with the row that says so',
    run: async ({ storage }) => {
      const task = await storedTask(storage)
      const claim = claimedBy(task, newId('agt'))
      expectApplied(await storage.commit(writing(claim.puts)))
      expectEqual(await recordNow(storage, 'task', task.id), claim.next, 'the task has moved')
      expectEqual(await recordNow(storage, 'transition', claim.row.id), claim.row, 'the row is there')
      const unmoved = changed(claim.next, { title: 'Another title' })
      expectApplied(await storage.commit(inserting('task', unmoved)))
      const born = moved({ ...taskRecord(), version: 0 }, 'ASSIGNED', { assigneeIds: [newId('agt')] })
      expectApplied(await storage.commit(writing(born.puts)))
    },
  },
  {
    id: 'commit:status-without-transition',
    behaviour: 'refuses as a bug to move a task without the row that says so',
    run: async ({ storage }) => {
      const task = await storedTask(storage)
      const { next } = moved(task, 'ASSIGNED')
      const about = { from: 'INBOX', to: 'ASSIGNED', seq: 1 } as const
      const rows = [
        [],
        [transitionRecord({ ...about, taskId: newId('tsk') })],
        [transitionRecord({ ...about, taskId: task.id, to: 'CANCELED' })],
      ]
      for (const others of rows) {
        const puts = [put('task', next), ...others.map((row) => put('transition', row))]
        await expectFault(storage.commit(writing(puts)), 'INTERNAL', `a move with ${others.length} other rows`)
        for (const { id } of others) expectEqual(await recordNow(storage, 'transition', id), null, 'no row is written')
      }
      const born = taskRecord({ status: 'DONE' })
      await expectFault(storage.commit(inserting('task', born)), 'INTERNAL', 'a task that begins as DONE')
      expectEqual(await recordNow(storage, 'task', task.id), task, 'the task stays')
      expectEqual(await recordNow(storage, 'task', born.id), null, 'the new task is not there')
    },
  },
  {
    id: 'commit:rows-limit',
    behaviour: `takes ${COMMIT_ROWS_MAX} rows in one commit and refuses one more`,
    run: async ({ storage }) => {
      const checks = Array.from({ length: COMMIT_ROWS_MAX }, () => checkOf(put('task', taskRecord())))
      expectApplied(await storage.commit(commitOf({ events: [], checks })))
      const check = checkOf(put('task', taskRecord()))
      await expectFault(storage.commit(commitOf({ checks: [...checks, check] })), 'INTERNAL', 'too many checks')

      const puts = Array.from({ length: COMMIT_ROWS_MAX + 1 }, () => put('usageLine', usageLineRecord()))
      await expectFault(storage.commit(commitOf({ puts })), 'INTERNAL', 'too many puts')
      const events = Array.from({ length: COMMIT_ROWS_MAX + 1 }, () => eventDraft())
      await expectFault(storage.commit(commitOf({ events })), 'INTERNAL', 'too many events')
      expectEqual(await recordNow(storage, 'usageLine', puts[0]?.record.id ?? ''), null, 'nothing is written')
      expectEqual(await logNow(storage), [], 'no event is there')
    },
  },
  {
    id: 'commit:many-rows',
    behaviour: 'writes hundreds of rows in one commit',
    run: async ({ storage }) => {
      const lines = Array.from({ length: 300 }, () => usageLineRecord())
      const agents = Array.from({ length: 100 }, () => livenessRecord())
      const puts = [...lines.map((line) => put('usageLine', line)), ...agents.map((agent) => put('liveness', agent))]
      const checks = agents.map((agent) => checkOf(put('liveness', agent)))
      const events = Array.from({ length: 100 }, () => eventDraft())
      expectApplied(await storage.commit(commitOf({ puts, checks, events })))
      const { records } = await storage.load({ records: puts.map(({ kind, record }) => ({ kind, id: record.id })) })
      expectEqual(
        records,
        puts.map(({ record }) => record),
        'each row is there',
      )
      const logged = (await logNow(storage)).map(({ id }) => id)
      expectEqual(
        logged,
        events.map(({ id }) => id),
        'each event is there, in order',
      )
    },
  },
  {
    id: 'commit:bytes-limit',
    behaviour: `takes nearly ${COMMIT_BYTES_MAX} bytes in one commit and refuses more`,
    run: async ({ storage }) => {
      const document = (bytes: number) => put('document', documentRecord({ content: 'é'.repeat(bytes / 2) }))
      const fitting = [1, 2, 3].map(() => document(1024 * 1024))
      expectApplied(await storage.commit(writing(fitting)))
      const over = [1, 2, 3, 4].map(() => document(1024 * 1024))
      await expectFault(storage.commit(writing(over)), 'INTERNAL', 'too many bytes')
      const { records } = await storage.load({
        records: [...fitting, ...over].map(({ record }) => ({ kind: 'document', id: record.id })),
      })
      expectTrue(
        records.slice(0, 3).every((record) => record !== null),
        'what fits is there',
      )
      expectTrue(
        records.slice(3).every((record) => record === null),
        'nothing of the other is there',
      )
    },
  },
]
