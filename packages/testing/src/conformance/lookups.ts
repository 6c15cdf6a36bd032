import {
  type AnyRecord,
  type Kind,
  LOOKUPS,
  type Lookup,
  type LookupName,
  type LookupRequest,
  type RecordOf,
  type Storage,
} from '@mission-control/core/storage'
import type { ConformanceCase } from './case.ts'
import {
  changed,
  claimedBy,
  commitOf,
  committed,
  inserting,
  moved,
  put,
  recordNow,
  stored,
  storedTask,
  writing,
} from './commits.ts'
import { expectApplied, expectEqual, expectNotApplied, expectStale } from './expect.ts'
import {
  accountOf,
  agentRecord,
  alertRecord,
  approvalRecord,
  FIXTURES,
  newId,
  notificationRecord,
  OTHER_PROJECT,
  PROJECT,
  policyRecord,
  projectRecord,
  runRecord,
  taskRecord,
} from './fixtures.ts'

type Value = LookupRequest['values'][number]

const NAMES = Object.keys(LOOKUPS) as LookupName[]

/** What a field holds when its record is outside of a lookup's `where`. */
const OUTSIDE: Readonly<Record<string, string | boolean>> = {
  'agent.isCao': false,
  'policy.state': 'DRAFT',
  'review.status': 'CLOSED',
  'run.status': 'COMPLETED',
  'toolCall.status': 'SUCCESS',
  'approval.status': 'DENIED',
  'approval.actionType': 'TOOL_CALL',
  'alert.status': 'RESOLVED',
  'execution.status': 'COMPLETED',
}

/** A record that the lookup finds, with something in every field it compares. */
function recordFor(lookup: Lookup): RecordOf<Kind> {
  const record = FIXTURES[lookup.kind]() as RecordOf<Kind>
  const fields: Record<string, unknown> = { ...record }
  for (const { field, in: values } of lookup.where ?? []) fields[field] = values[0]
  if (lookup.contains === true) fields[lookup.fields[0] ?? ''] = [newId('agt'), newId('agt')]
  if (lookup.fields.includes('claim.agentId')) fields.claim = { agentId: newId('agt'), leaseUntil: null, epoch: 1 }
  if (lookup.fields.includes('parentTaskId')) fields.parentTaskId = newId('tsk')
  if (lookup.fields.includes('parentAgentId')) fields.parentAgentId = newId('agt')
  if (lookup.fields.includes('sourceRef')) fields.sourceRef = newId('ref')
  if (lookup.fields.includes('payload.accountId')) fields.payload = { accountId: accountOf() }
  if (lookup.fields.includes('ackedAt')) fields.ackedAt = 1_760_000_000_123
  return fields as RecordOf<Kind>
}

/** The record, outside of one condition of the lookup. */
function outsideOf<T extends object>(lookup: Lookup, record: T, field: string): T {
  return { ...record, [field]: OUTSIDE[`${lookup.kind}.${field}`] }
}

/** What to look the record up with. */
function valuesFor(lookup: Lookup, record: AnyRecord): Value[] {
  const values = lookup.fields.map((field) =>
    field.split('.').reduce<unknown>((value, name) => (value as Record<string, unknown> | null)?.[name], record),
  )
  if (lookup.contains === true) values[0] = (values[0] as string[])[1]
  return values as Value[]
}

/** Another value of the same type. */
function another(value: Value): Value {
  if (typeof value === 'number') return value + 1
  if (typeof value === 'boolean') return !value
  return newId('other')
}

async function found(storage: Storage, lookup: LookupName, values: readonly Value[], limit = 100) {
  const { lookups } = await storage.load({ lookups: [{ lookup, values, limit }] })
  return lookups[0] ?? []
}

async function idsFound(storage: Storage, lookup: LookupName, values: readonly Value[], limit = 100) {
  return (await found(storage, lookup, values, limit)).map(({ id }) => id)
}

export const lookupCases: readonly ConformanceCase[] = [
  {
    id: 'lookups:each',
    behaviour: 'finds by every lookup the record that fits, and not one of which any field differs',
    run: async ({ storage }) => {
      for (const name of NAMES) {
        const lookup: Lookup = LOOKUPS[name]
        const record = recordFor(lookup)
        await stored(storage, lookup.kind, record)
        const values = valuesFor(lookup, record)
        expectEqual(
          (await found(storage, name, values)).filter(({ id }) => id === record.id),
          [record],
          `${name} finds it`,
        )
        for (const [at, field] of lookup.fields.entries()) {
          const others = values.with(at, another(values[at] ?? null))
          expectEqual(await found(storage, name, others), [], `${name} compares ${field}`)
        }
      }
    },
  },
  {
    id: 'lookups:where',
    behaviour: 'finds only records inside of the condition of the lookup',
    run: async ({ storage }) => {
      for (const name of NAMES) {
        const lookup: Lookup = LOOKUPS[name]
        for (const { field, in: values } of lookup.where ?? []) {
          const outside = outsideOf(lookup, recordFor(lookup), field)
          await stored(storage, lookup.kind, outside)
          const ids = await idsFound(storage, name, valuesFor(lookup, outside))
          expectEqual(ids.includes(outside.id), false, `${name} leaves out what is outside`)
          for (const value of values) {
            const inside = { ...recordFor(lookup), [field]: value }
            await stored(storage, lookup.kind, inside)
            const now = await idsFound(storage, name, valuesFor(lookup, inside))
            expectEqual(now.includes(inside.id), true, `${name} finds ${field} ${value}`)
            await committed(storage, inserting(lookup.kind, changed(inside, outsideOf(lookup, {}, field))))
          }
        }
      }
    },
  },
  {
    id: 'lookups:follow',
    behaviour: 'follows a record from what it held to what it holds',
    run: async ({ storage }) => {
      const task = await storedTask(storage)
      const [first, second] = [newId('agt'), newId('agt')]
      expectEqual(await idsFound(storage, 'tasksByStatus', [PROJECT, 'INBOX']), [task.id], 'in its first status')

      const claimed = claimedBy(task, first)
      await committed(storage, writing(claimed.puts))
      expectEqual(await idsFound(storage, 'tasksByStatus', [PROJECT, 'INBOX']), [], 'no longer in the old status')
      expectEqual(await found(storage, 'tasksByStatus', [PROJECT, 'ASSIGNED']), [claimed.next], 'in the new status')
      expectEqual(await found(storage, 'tasksByHolder', [first]), [claimed.next], 'by its holder')

      const claim = { agentId: second, leaseUntil: null, epoch: 2 }
      const handed = changed(claimed.next, { claim, epoch: 2, assigneeIds: [second, newId('agt')] })
      await committed(storage, inserting('task', handed))
      expectEqual(await found(storage, 'tasksByHolder', [first]), [], 'no longer by the old holder')
      expectEqual(await found(storage, 'tasksByHolder', [second]), [handed], 'by the new holder')
      expectEqual(await found(storage, 'tasksOfAssignee', [first]), [], 'no longer by the old assignee')
      expectEqual(await found(storage, 'tasksOfAssignee', [second]), [handed], 'by the new assignee')

      const dropped = moved(handed, 'INBOX', { claim: null, assigneeIds: [] })
      await committed(storage, writing(dropped.puts))
      expectEqual(await found(storage, 'tasksByHolder', [second]), [], 'by no holder')
      expectEqual(await found(storage, 'tasksOfAssignee', [second]), [], 'by no assignee')
      expectEqual(await found(storage, 'tasksByStatus', [PROJECT, 'INBOX']), [dropped.next], 'back in the first status')
    },
  },
  {
    id: 'lookups:contains',
    behaviour: 'finds a record by any value of its list, once',
    run: async ({ storage }) => {
      const [one, two, three] = [newId('agt'), newId('agt'), newId('agt')]
      const both = taskRecord({ assigneeIds: [one, two, one] })
      const single = taskRecord({ assigneeIds: [two] })
      await stored(storage, 'task', both, single, taskRecord({ assigneeIds: [] }))
      expectEqual(await idsFound(storage, 'tasksOfAssignee', [one]), [both.id], 'named twice, found once')
      expectEqual(await idsFound(storage, 'tasksOfAssignee', [two]), [both.id, single.id], 'found by a later value too')
      expectEqual(await idsFound(storage, 'tasksOfAssignee', [three]), [], 'nothing by a value of nobody')
      expectEqual(await idsFound(storage, 'tasksOfAssignee', [two.slice(0, -1)]), [], 'nothing by part of a value')
    },
  },
  {
    id: 'lookups:null',
    behaviour: 'finds records with an empty field by null, also where a dot leads through nothing',
    run: async ({ storage }) => {
      const open = notificationRecord()
      const acked = notificationRecord({ targetId: open.targetId, ackedAt: 5 })
      await stored(storage, 'notification', open, acked)
      expectEqual(await idsFound(storage, 'unackedNotifications', [open.targetId, null]), [open.id], 'the empty one')
      expectEqual(await idsFound(storage, 'unackedNotifications', [open.targetId, 5]), [acked.id], 'the other one')
      const task = await storedTask(storage)
      expectEqual(await idsFound(storage, 'tasksByHolder', [null]), [task.id], 'the task that nobody holds')
    },
  },
  {
    id: 'lookups:oldest-first',
    behaviour: 'gives the oldest first, whatever the order they were written and changed in, up to the limit',
    run: async ({ storage }) => {
      const task = newId('tsk')
      const runs = Array.from({ length: 8 }, () => runRecord({ taskId: task }))
      const shuffled = [5, 2, 7, 0, 3, 6, 1, 4].map((at) => runs[at]).filter((run) => run !== undefined)
      await stored(storage, 'run', ...shuffled)
      const ids = runs.map(({ id }) => id)
      expectEqual(await idsFound(storage, 'runsOfTask', [task]), ids, 'by age, not by arrival')
      for (const run of [runs[3], runs[0]]) {
        if (run !== undefined) await committed(storage, inserting('run', changed(run, { lineCount: 1 })))
      }
      expectEqual(await idsFound(storage, 'runsOfTask', [task]), ids, 'a change does not make one younger')
      expectEqual(await idsFound(storage, 'runsOfTask', [task], 3), ids.slice(0, 3), 'the limit keeps the oldest')
      expectEqual(await idsFound(storage, 'runsOfTask', [task], 8), ids, 'a limit that is just enough')
    },
  },
  {
    id: 'lookups:keeps-newest',
    behaviour: 'gives the newest first where a lookup wants them, and a limit keeps the newest',
    run: async ({ storage }) => {
      const task = newId('tsk')
      const runs = Array.from({ length: 6 }, () => runRecord({ taskId: task }))
      const shuffled = [3, 1, 5, 0, 4, 2].map((at) => runs[at]).filter((run) => run !== undefined)
      await stored(storage, 'run', ...shuffled)
      const ids = runs.map(({ id }) => id).reverse()
      expectEqual(await idsFound(storage, 'latestRunsOfTask', [task]), ids, 'by age, the newest first')
      expectEqual(await idsFound(storage, 'latestRunsOfTask', [task], 2), ids.slice(0, 2), 'the limit keeps the newest')
      expectEqual(await idsFound(storage, 'runsOfTask', [task], 2), ids.slice(-2).reverse(), 'others keep the oldest')
    },
  },
  {
    id: 'lookups:project',
    behaviour: 'keeps projects apart in lookups that compare the project',
    run: async ({ storage }) => {
      const here = agentRecord({ name: 'Ada' })
      const there = agentRecord({ name: 'Ada', projectId: OTHER_PROJECT })
      await stored(storage, 'agent', here, there)
      expectEqual(await idsFound(storage, 'agentByName', [PROJECT, 'Ada']), [here.id], 'here')
      expectEqual(await idsFound(storage, 'agentsOfProject', [OTHER_PROJECT]), [there.id], 'there')
    },
  },
  {
    id: 'lookups:values-apart',
    behaviour: 'does not confuse the values of neighbouring fields',
    run: async ({ storage }) => {
      const alert = alertRecord({ projectId: PROJECT, dedupeKey: 'x/y' })
      await stored(storage, 'alert', alert)
      expectEqual(await idsFound(storage, 'alertsByKey', [`${PROJECT}/x`, 'y']), [], 'a slash separates nothing')
      expectEqual(await idsFound(storage, 'alertsByKey', [PROJECT, 'x/y']), [alert.id], 'the true values')
      expectEqual(await idsFound(storage, 'alertsByKey', [PROJECT, 'X/Y']), [], 'case matters')
      expectEqual(await idsFound(storage, 'alertsByKey', [PROJECT, 'x%']), [], 'nothing is a wildcard')
    },
  },
  {
    id: 'unique:each',
    behaviour: 'refuses a second record for every unique key',
    run: async ({ storage }) => {
      for (const name of NAMES) {
        const lookup: Lookup = LOOKUPS[name]
        if (lookup.unique !== true) continue
        const first = recordFor(lookup)
        await stored(storage, lookup.kind, first)
        const names = [...lookup.fields, ...(lookup.where ?? []).map(({ field }) => field)].map(
          (field) => field.split('.')[0] ?? '',
        )
        const same = names.map((field) => [field, first[field as 'id']])
        const second = { ...recordFor(lookup), ...Object.fromEntries(same) } as RecordOf<Kind>
        expectStale(await storage.commit(inserting(lookup.kind, second)), { kind: 'unique' })
        expectEqual(await recordNow(storage, lookup.kind, second.id), null, `${name}: nothing is written`)
        expectEqual(
          await idsFound(storage, name, valuesFor(lookup, first)),
          [first.id],
          `${name}: the first one has it`,
        )
        await leaveUniqueKeys(storage, lookup, first)
      }
    },
  },
  {
    id: 'unique:update',
    behaviour: 'refuses a change that takes a unique key of another record',
    run: async ({ storage }) => {
      const [one, other] = [projectRecord(), projectRecord()]
      await stored(storage, 'project', one, other)
      const taken = changed(other, { slug: one.slug })
      expectStale(await storage.commit(inserting('project', taken)), { kind: 'unique' })
      expectEqual(await recordNow(storage, 'project', other.id), other, 'the record stays')
      const unchanged = changed(one, { name: 'Another name' })
      expectApplied(await storage.commit(inserting('project', unchanged)))
    },
  },
  {
    id: 'unique:null',
    behaviour: 'lets any number of records have an empty field in a unique key',
    run: async ({ storage }) => {
      const tasks = Array.from({ length: 3 }, () => taskRecord({ source: 'GITHUB', sourceRef: null }))
      for (const task of tasks) expectApplied(await storage.commit(inserting('task', task)))
      expectApplied(await storage.commit(inserting('task', taskRecord({ source: 'GITHUB', sourceRef: '17' }))))
      const second = inserting('task', taskRecord({ source: 'GITHUB', sourceRef: '17' }))
      expectStale(await storage.commit(second), { kind: 'unique' })
      expectApplied(await storage.commit(inserting('task', taskRecord({ source: 'JIRA', sourceRef: '17' }))))
      expectApplied(await storage.commit(inserting('task', taskRecord({ source: 'GITHUB', sourceRef: '' }))))
      const empty = inserting('task', taskRecord({ source: 'GITHUB', sourceRef: '' }))
      expectStale(await storage.commit(empty), { kind: 'unique' })
    },
  },
  {
    id: 'unique:nothing-there',
    behaviour: 'lets any number of records lead a unique key through nothing, or to something that is no value',
    run: async ({ storage }) => {
      const payloads = [null, null, {}, {}, [], 'text', { accountId: null }, { accountId: {} }, { accountId: {} }]
      for (const payload of payloads) {
        const override = approvalRecord({ actionType: 'BUDGET_OVERRIDE', payload })
        const outcome = await storage.commit(inserting('approval', override))
        expectEqual(outcome.status, 'applied', `a payload of ${JSON.stringify(payload)}`)
      }
    },
  },
  {
    id: 'unique:outside-where',
    behaviour: 'counts for a unique key only records inside of its condition',
    run: async ({ storage }) => {
      const cao = agentRecord({ isCao: true })
      await stored(storage, 'agent', agentRecord(), agentRecord(), cao)
      expectApplied(await storage.commit(inserting('agent', agentRecord({ isCao: true, projectId: OTHER_PROJECT }))))
      expectStale(await storage.commit(inserting('agent', agentRecord({ isCao: true }))), { kind: 'unique' })
      await committed(storage, inserting('agent', changed(cao, { isCao: false })))
      expectApplied(await storage.commit(inserting('agent', agentRecord({ isCao: true }))))
    },
  },
  {
    id: 'unique:every-condition',
    behaviour: 'counts for a unique key only records that meet all of its conditions',
    run: async ({ storage }) => {
      const payload = { accountId: accountOf() }
      const call = () => inserting('approval', approvalRecord({ actionType: 'TOOL_CALL', payload }))
      const override = () => inserting('approval', approvalRecord({ actionType: 'BUDGET_OVERRIDE', payload }))
      for (const commit of [call(), call(), override(), call()]) expectApplied(await storage.commit(commit))
      expectStale(await storage.commit(override()), { kind: 'unique' })
    },
  },
  {
    id: 'unique:handover',
    behaviour: 'lets one commit take a unique key from one record and give it to another, in either order',
    run: async ({ storage }) => {
      let active = policyRecord({ name: 'default', state: 'ACTIVE' })
      await stored(storage, 'policy', active)
      for (const isOldFirst of [true, false, true]) {
        const draft = policyRecord({ name: 'default' })
        await stored(storage, 'policy', draft)
        const old = put('policy', changed(active, { state: 'SUPERSEDED' }))
        const activated = changed(draft, { state: 'ACTIVE' })
        const next = put('policy', activated)
        expectApplied(await storage.commit(writing(isOldFirst ? [old, next] : [next, old])))
        expectEqual(await found(storage, 'activePolicies', [PROJECT]), [activated], 'one is active, the new one')
        active = activated
      }
      const inserted = policyRecord({ name: 'default', state: 'ACTIVE' })
      const old = put('policy', changed(active, { state: 'SUPERSEDED' }))
      expectApplied(await storage.commit(writing([put('policy', inserted), old])))
      expectEqual(await found(storage, 'activePolicies', [PROJECT]), [inserted], 'one is active, the inserted one')
    },
  },
  {
    id: 'unique:policies',
    behaviour:
      'lets one version of a policy be active in each scope, of the installation too, and be replaced in one commit',
    run: async ({ storage }) => {
      const scopes = [
        { projectId: null, scopeType: 'GLOBAL', scopeId: '' },
        { projectId: PROJECT, scopeType: 'PROJECT', scopeId: '' },
        { projectId: PROJECT, scopeType: 'TASK_TYPE', scopeId: 'ENGINEERING' },
        { projectId: PROJECT, scopeType: 'TASK_TYPE', scopeId: 'DOCS' },
        { projectId: PROJECT, scopeType: 'AGENT', scopeId: newId('agt') },
        { projectId: OTHER_PROJECT, scopeType: 'PROJECT', scopeId: '' },
      ] as const
      const inForce: string[] = []
      for (const scope of scopes) {
        const values = [scope.projectId, 'house', scope.scopeType, scope.scopeId]
        const policy = (versionNo: number, state: 'ACTIVE' | 'DRAFT') =>
          policyRecord({ ...scope, name: 'house', versionNo, state })
        const [first, second] = [policy(1, 'ACTIVE'), policy(2, 'DRAFT')]
        await stored(storage, 'policy', first, second)
        expectStale(await storage.commit(inserting('policy', policy(3, 'ACTIVE'))), { kind: 'unique' })
        expectStale(await storage.commit(inserting('policy', policy(2, 'DRAFT'))), { kind: 'unique' })
        const activated = changed(second, { state: 'ACTIVE' })
        expectStale(await storage.commit(inserting('policy', activated)), { kind: 'unique' })
        const old = put('policy', changed(first, { state: 'SUPERSEDED' }))
        expectApplied(await storage.commit(writing([put('policy', activated), old])))
        expectEqual(await found(storage, 'activePolicy', values), [activated], `in force for ${scope.scopeType}`)
        const versions = await idsFound(storage, 'policiesByName', values)
        expectEqual(versions.toSorted(), [first.id, second.id].toSorted(), 'all versions are there')
        inForce.push(second.id)
      }
      for (const owner of [null, PROJECT, OTHER_PROJECT]) {
        const ids = inForce.filter((_, at) => scopes[at]?.projectId === owner)
        expectEqual((await idsFound(storage, 'activePolicies', [owner])).toSorted(), ids.toSorted(), `all of ${owner}`)
      }
    },
  },
  {
    id: 'unique:in-one-commit',
    behaviour: 'refuses two records with the same unique key in one commit',
    run: async ({ storage }) => {
      const [one, other] = [agentRecord({ name: 'Ada' }), agentRecord({ name: 'Ada' })]
      const commit = writing([put('agent', one), put('agent', other)])
      await expectNotApplied(storage.commit(commit), 'two agents of one name')
      expectEqual(await idsFound(storage, 'agentsOfProject', [PROJECT]), [], 'neither is written')
    },
  },
  {
    id: 'unique:append-only',
    behaviour: 'refuses a second append-only row with the same unique key, also without a check',
    run: async ({ storage }) => {
      const line = FIXTURES.usageLine()
      await stored(storage, 'usageLine', line)
      const repeated = FIXTURES.usageLine({ runId: line.runId, callId: line.callId })
      const account = { account: `${PROJECT}/RUN/${line.runId}/USD/LIFETIME/`, reserved: 0, settled: 9, limit: null }
      const commit = commitOf({ puts: [put('usageLine', repeated)], adds: [account] })
      expectStale(await storage.commit(commit), { kind: 'unique' })
      expectEqual(
        (await storage.load({ accounts: [account.account] })).balances,
        [{ reserved: 0, settled: 0 }],
        'no money',
      )
    },
  },
]

/** Takes the record out of the way of the next round, where its key can be left at all. */
async function leaveUniqueKeys(storage: Storage, lookup: Lookup, record: RecordOf<Kind>): Promise<void> {
  const [where] = lookup.where ?? []
  if (where === undefined) return
  await committed(storage, inserting(lookup.kind, changed(record, outsideOf(lookup, {}, where.field))))
}
