import type {
  Filter,
  FilterValue,
  Kind,
  PageRequest,
  RecordOf,
  Storage,
  StoredEvent,
  TimelineRequest,
} from '@mission-control/core/storage'
import { PAGE_ROWS_MAX } from '@mission-control/core/storage'
import type { ConformanceCase } from './case.ts'
import {
  changed,
  claimedBy,
  commitOf,
  committed,
  inserting,
  put,
  settled,
  stored,
  storedTask,
  writing,
} from './commits.ts'
import { expectEqual, expectFault, expectTrue } from './expect.ts'
import {
  ACTOR,
  accountOf,
  BASE_AT,
  eventDraft,
  newId,
  OTHER_PROJECT,
  PROJECT,
  principalRecord,
  projectRecord,
  taskRecord,
  usageLineRecord,
} from './fixtures.ts'

type Task = RecordOf<'task'>

/** Goes through all pages; `between` runs after each. */
async function walk<K extends Kind>(
  storage: Storage,
  request: Omit<PageRequest<K>, 'after'>,
  between: () => Promise<void> = async () => undefined,
): Promise<RecordOf<K>[]> {
  const rows: RecordOf<K>[] = []
  let after: readonly FilterValue[] | null = null
  for (let pages = 0; pages < 100; pages++) {
    const page = await storage.queries.page<K>(after === null ? request : { ...request, after })
    expectTrue(page.rows.length <= request.limit, 'no page is longer than the limit')
    rows.push(...page.rows)
    if (page.next === null) return rows
    expectTrue(page.rows.length > 0, 'a page that is not the last has rows')
    // Callers keep it as text in between.
    after = JSON.parse(JSON.stringify(page.next)) as readonly FilterValue[]
    await between()
  }
  throw new Error('the pages do not end')
}

function idsOf(rows: readonly { readonly id: string }[]): string[] {
  return rows.map(({ id }) => id)
}

/** Tasks of many sorts, for filters. */
async function storedTasks(storage: Storage, projectId = PROJECT): Promise<Task[]> {
  const tasks = Array.from({ length: 12 }, (_, at) =>
    taskRecord({
      projectId,
      title: `Task ${at % 3}`,
      priority: 1 + (at % 4),
      type: at % 2 === 0 ? 'DOCS' : 'OPS',
      labels: at % 3 === 0 ? ['red', 'blue'] : at % 3 === 1 ? ['blue'] : [],
      dueAt: at % 4 === 0 ? null : BASE_AT + (at % 5) * 1000,
      reviewerId: at % 2 === 0 ? null : `prn_${at}`,
      deliverable: at < 6 ? null : { summary: `s${at % 2}`, content: null, artifactIds: [], hash: 'h' },
    }),
  )
  await committed(storage, writing(tasks.map((task) => put('task', task))))
  return tasks
}

interface FilterExample {
  readonly filters: readonly Filter[]
  fits(task: Task): boolean
}

const FILTERS: readonly FilterExample[] = [
  { filters: [], fits: () => true },
  { filters: [{ field: 'priority', op: 'eq', value: 2 }], fits: (task) => task.priority === 2 },
  { filters: [{ field: 'title', op: 'eq', value: 'Task 1' }], fits: (task) => task.title === 'Task 1' },
  { filters: [{ field: 'reviewerId', op: 'eq', value: null }], fits: (task) => task.reviewerId === null },
  { filters: [{ field: 'type', op: 'ne', value: 'DOCS' }], fits: (task) => task.type !== 'DOCS' },
  { filters: [{ field: 'reviewerId', op: 'ne', value: 'prn_1' }], fits: (task) => task.reviewerId !== 'prn_1' },
  { filters: [{ field: 'reviewerId', op: 'ne', value: null }], fits: (task) => task.reviewerId !== null },
  { filters: [{ field: 'priority', op: 'lt', value: 3 }], fits: (task) => task.priority < 3 },
  { filters: [{ field: 'priority', op: 'lte', value: 3 }], fits: (task) => task.priority <= 3 },
  { filters: [{ field: 'priority', op: 'gt', value: 3 }], fits: (task) => task.priority > 3 },
  { filters: [{ field: 'priority', op: 'gte', value: 3 }], fits: (task) => task.priority >= 3 },
  {
    filters: [{ field: 'dueAt', op: 'lte', value: BASE_AT + 2000 }],
    fits: ({ dueAt }) => dueAt !== null && dueAt <= BASE_AT + 2000,
  },
  {
    filters: [{ field: 'dueAt', op: 'gt', value: BASE_AT + 1000 }],
    fits: ({ dueAt }) => dueAt !== null && dueAt > BASE_AT + 1000,
  },
  { filters: [{ field: 'priority', op: 'in', value: [1, 4] }], fits: (task) => [1, 4].includes(task.priority) },
  { filters: [{ field: 'title', op: 'in', value: ['Task 0', 'no such'] }], fits: (task) => task.title === 'Task 0' },
  {
    filters: [{ field: 'reviewerId', op: 'in', value: [null, 'prn_3'] }],
    fits: (task) => task.reviewerId === null || task.reviewerId === 'prn_3',
  },
  { filters: [{ field: 'priority', op: 'in', value: [] }], fits: () => false },
  { filters: [{ field: 'labels', op: 'contains', value: 'blue' }], fits: (task) => task.labels.includes('blue') },
  { filters: [{ field: 'labels', op: 'contains', value: 'blu' }], fits: () => false },
  {
    filters: [{ field: 'deliverable.summary', op: 'eq', value: 's1' }],
    fits: (task) => task.deliverable?.summary === 's1',
  },
  { filters: [{ field: 'deliverable.summary', op: 'eq', value: null }], fits: (task) => task.deliverable === null },
  {
    filters: [
      { field: 'priority', op: 'gte', value: 2 },
      { field: 'type', op: 'eq', value: 'DOCS' },
      { field: 'labels', op: 'contains', value: 'red' },
    ],
    fits: (task) => task.priority >= 2 && task.type === 'DOCS' && task.labels.includes('red'),
  },
]

const pageCases: readonly ConformanceCase[] = [
  {
    id: 'queries:newest-first',
    behaviour: 'pages the newest first unless told otherwise, each row once, and says null on the last page',
    run: async ({ storage }) => {
      const ids = idsOf(await storedTasks(storage)).reverse()
      for (const limit of [1, 5, 6, 12, 13, PAGE_ROWS_MAX]) {
        const rows = await walk(storage, { kind: 'task', projectId: PROJECT, limit })
        expectEqual(idsOf(rows), ids, `pages of ${limit}`)
      }
      const full = await storage.queries.page({ kind: 'task', projectId: PROJECT, limit: 12 })
      expectEqual(full.next, null, 'a page that is exactly full is the last')
      const none = await storage.queries.page({ kind: 'task', projectId: OTHER_PROJECT, limit: 12 })
      expectEqual(none, { rows: [], next: null }, 'a page of nothing')
    },
  },
  {
    id: 'queries:ties',
    behaviour: 'orders rows of the same age by id, in the direction of the age',
    run: async ({ storage }) => {
      const tasks = Array.from({ length: 6 }, () => taskRecord({ createdAt: BASE_AT }))
      for (const at of [3, 0, 5, 1, 4, 2]) await stored(storage, 'task', tasks[at] ?? taskRecord())
      const ids = idsOf(tasks)
      const request = { kind: 'task', projectId: PROJECT, limit: 2 } as const
      expectEqual(idsOf(await walk(storage, request)), ids.toReversed(), 'newest first: the last id first')
      const order = [{ field: 'createdAt', direction: 'asc' }] as const
      expectEqual(idsOf(await walk(storage, { ...request, order })), ids, 'oldest first: the first id first')
    },
  },
  {
    id: 'queries:order',
    behaviour: 'sorts by several fields, each in its direction, then by age and id in the direction of the last',
    run: async ({ storage }) => {
      const tasks = await storedTasks(storage)
      const age = (one: Task, other: Task) => one.createdAt - other.createdAt
      const byType = (one: Task, other: Task) => Number(one.type > other.type) - Number(one.type < other.type)
      const request = { kind: 'task', projectId: PROJECT, limit: 5 } as const
      const orders = [
        {
          order: [{ field: 'priority', direction: 'asc' }],
          compare: (one: Task, other: Task) => one.priority - other.priority || age(one, other),
        },
        {
          order: [{ field: 'priority', direction: 'desc' }],
          compare: (one: Task, other: Task) => other.priority - one.priority || age(other, one),
        },
        {
          order: [
            { field: 'type', direction: 'desc' },
            { field: 'priority', direction: 'asc' },
          ],
          compare: (one: Task, other: Task) => byType(other, one) || one.priority - other.priority || age(one, other),
        },
        {
          order: [
            { field: 'priority', direction: 'asc' },
            { field: 'type', direction: 'desc' },
          ],
          compare: (one: Task, other: Task) => one.priority - other.priority || byType(other, one) || age(other, one),
        },
      ] as const
      for (const { order, compare } of orders) {
        const rows = await walk(storage, { ...request, order })
        expectEqual(idsOf(rows), idsOf(tasks.toSorted(compare)), JSON.stringify(order))
      }
    },
  },
  {
    id: 'queries:text-order',
    behaviour: 'sorts texts by code point and null before everything',
    run: async ({ storage }) => {
      // By UTF-16 units the emoji would come before U+FF21; by a language, the letters would mix.
      const sorted = ['', ' ', 'A', 'B', 'a', 'b', 'À', 'é', '\uFF21', '😀']
      const tasks = sorted.map((title) => taskRecord({ title }))
      await stored(storage, 'task', ...tasks.toReversed())
      const request = { kind: 'task', projectId: PROJECT, limit: 3 } as const
      const ascending = await walk(storage, { ...request, order: [{ field: 'title', direction: 'asc' }] })
      expectEqual(idsOf(ascending), idsOf(tasks), 'upwards')
      const descending = await walk(storage, { ...request, order: [{ field: 'title', direction: 'desc' }] })
      expectEqual(idsOf(descending), idsOf(tasks.toReversed()), 'downwards')
      const [due] = tasks
      if (due === undefined) return
      await committed(storage, inserting('task', changed(due, { dueAt: BASE_AT })))
      for (const direction of ['asc', 'desc'] as const) {
        const rows = await walk(storage, { ...request, order: [{ field: 'dueAt', direction }] })
        const place = rows.findIndex(({ id }) => id === due.id)
        expectEqual(place, direction === 'asc' ? tasks.length - 1 : 0, `null is before the rest, ${direction}`)
      }
    },
  },
  {
    id: 'queries:spans',
    behaviour: 'takes a span from its first moment up to, and without, its last',
    run: async ({ storage }) => {
      const times = [BASE_AT - 1, BASE_AT, BASE_AT + 1, BASE_AT + 9, BASE_AT + 10, BASE_AT + 11]
      const events = times.map((time) => eventDraft({ time }))
      await committed(storage, commitOf({ events }))
      await stored(
        storage,
        'usageLine',
        ...times.map((at) => usageLineRecord({ at, billedMicros: 1, imputedMicros: 0 })),
      )
      await settled(storage)
      const span = { fromAt: BASE_AT, toAt: BASE_AT + 10 }
      const timeline = await storage.queries.timeline({ projectId: PROJECT, limit: 50, ...span })
      const shown = timeline.events.filter(({ id }) => events.some((event) => event.id === id))
      expectEqual(
        shown.map(({ time }) => time),
        times.slice(1, 4),
        'events',
      )
      const [sum] = await storage.queries.spend({ projectId: PROJECT, groupBy: null, ...span })
      expectEqual(sum?.billedMicros, 3, 'usage')
    },
  },
  {
    id: 'queries:empty-group',
    behaviour: 'groups what has nothing in the field under the empty text',
    run: async ({ storage }) => {
      await stored(storage, 'task', taskRecord({ parentTaskId: null }), taskRecord({ parentTaskId: null }))
      await stored(storage, 'task', taskRecord({ parentTaskId: 'tsk_1' }))
      const counts = await storage.queries.counts({ kind: 'task', projectId: PROJECT, groupBy: 'parentTaskId' })
      expectEqual({ ...counts }, { '': 2, tsk_1: 1 }, 'counts')
      const line = (taskId: string | null) =>
        usageLineRecord({ taskId, billedMicros: 1, imputedMicros: null, at: BASE_AT })
      await stored(storage, 'usageLine', line(null), line('tsk_1'), line(null))
      const span = { fromAt: BASE_AT, toAt: BASE_AT + 1 }
      const sums = await storage.queries.spend({ projectId: PROJECT, groupBy: 'taskId', ...span })
      const byKey = Object.fromEntries(sums.map(({ key, billedMicros }) => [key, billedMicros]))
      expectEqual(byKey, { '': 2, tsk_1: 1 }, 'sums')
    },
  },
  {
    id: 'queries:order-empty',
    behaviour: 'shows each row once also when it sorts by a field that is empty in some',
    run: async ({ storage }) => {
      const tasks = await storedTasks(storage)
      for (const direction of ['asc', 'desc'] as const) {
        for (const limit of [1, 2, 5]) {
          const order = [{ field: 'dueAt', direction }] as const
          const rows = await walk(storage, { kind: 'task', projectId: PROJECT, order, limit })
          expectEqual(idsOf(rows).sort(), idsOf(tasks).sort(), `each once, ${direction} in pages of ${limit}`)
          const dues = rows.map(({ dueAt }) => dueAt).filter((dueAt) => dueAt !== null)
          const sorted = dues.toSorted((one, other) => (direction === 'asc' ? one - other : other - one))
          expectEqual(dues, sorted, 'those that have it in order')
        }
      }
    },
  },
  {
    id: 'queries:stable',
    behaviour: 'shows each row that was there once, with every filter, while others are added and changed',
    run: async ({ storage }) => {
      for (const { filters, fits } of FILTERS) {
        const projectId = newId('prj')
        const tasks = await storedTasks(storage, projectId)
        let oldest = tasks[0] ?? taskRecord()
        const rows = await walk(storage, { kind: 'task', projectId, filters, limit: 2 }, async () => {
          const added = [taskRecord({ projectId }), taskRecord({ projectId, createdAt: BASE_AT - 1 })]
          oldest = changed(oldest, { description: 'changed meanwhile' })
          await committed(storage, writing([...added, oldest].map((task) => put('task', task))))
        })
        const seen = idsOf(rows).filter((id) => tasks.some((task) => task.id === id))
        expectEqual(seen, idsOf(tasks.filter(fits)).reverse(), `each row once, with ${JSON.stringify(filters)}`)
      }
    },
  },
  {
    id: 'queries:filters',
    behaviour: 'gives exactly the rows that meet all conditions',
    run: async ({ storage }) => {
      const tasks = await storedTasks(storage)
      for (const { filters, fits } of FILTERS) {
        const { rows } = await storage.queries.page({ kind: 'task', projectId: PROJECT, filters, limit: 50 })
        expectEqual(rows, tasks.filter(fits).reverse(), JSON.stringify(filters))
      }
    },
  },
  {
    id: 'queries:filter-text',
    behaviour: 'compares text in filters as it is, wildcards and quotes included',
    run: async ({ storage }) => {
      const titles = ["it's 100%", 'a_b', 'axb', 'back\\slash', '"quoted"', '$1', 'ÀÉ', 'àé', '😀', ' a_b']
      await stored(storage, 'task', ...titles.map((title) => taskRecord({ title, labels: [title] })))
      for (const value of titles) {
        for (const filter of [
          { field: 'title', op: 'eq', value },
          { field: 'title', op: 'in', value: [value] },
          { field: 'labels', op: 'contains', value },
        ] as const) {
          const { rows } = await storage.queries.page({
            kind: 'task',
            projectId: PROJECT,
            filters: [filter],
            limit: 50,
          })
          expectEqual(
            rows.map(({ title }) => title),
            [value],
            `${filter.op} ${value}`,
          )
        }
      }
    },
  },
  {
    id: 'queries:kinds',
    behaviour: 'pages records of several types of fields: booleans, nested objects, those of the installation',
    run: async ({ storage }) => {
      const [one, other] = [projectRecord({ operatorMode: 'PAUSED' }), projectRecord()]
      await stored(storage, 'project', one, other)
      const paused = [{ field: 'operatorMode', op: 'eq', value: 'PAUSED' }] as const
      const projects = await storage.queries.page({ kind: 'project', filters: paused, limit: 10 })
      expectEqual(projects.rows, [one], 'projects')
      const [enrolled, plain] = [principalRecord({ totpEnrolled: true }), principalRecord()]
      await stored(storage, 'principal', enrolled, plain)
      for (const [value, expected] of [
        [true, enrolled],
        [false, plain],
      ] as const) {
        const filters = [{ field: 'totpEnrolled', op: 'eq', value }] as const
        const principals = await storage.queries.page({ kind: 'principal', filters, limit: 10 })
        expectEqual(principals.rows, [expected], `principals with ${value}`)
      }
      const task = await storedTask(storage)
      const claimed = claimedBy(task, newId('agt'))
      await committed(storage, writing(claimed.puts))
      await storedTask(storage)
      const filters = [{ field: 'claim.agentId', op: 'eq', value: claimed.next.claim?.agentId ?? '' }] as const
      const tasks = await storage.queries.page({ kind: 'task', projectId: PROJECT, filters, limit: 10 })
      expectEqual(tasks.rows, [claimed.next], 'tasks by their holder')
    },
  },
  {
    id: 'queries:project',
    behaviour: 'keeps to the project it is asked for, and sees all of them for jobs that name none',
    run: async ({ storage }) => {
      const here = await storedTask(storage)
      const there = await storedTask(storage, { projectId: OTHER_PROJECT })
      const request = { kind: 'task', limit: 10 } as const
      const page = async (projectId?: string) =>
        idsOf((await storage.queries.page(projectId === undefined ? request : { ...request, projectId })).rows)
      expectEqual(await page(PROJECT), [here.id], 'one project')
      expectEqual(await page(OTHER_PROJECT), [there.id], 'the other project')
      expectEqual(await page(), [there.id, here.id], 'all of them')
      const counts = async (projectId: string) => ({
        ...(await storage.queries.counts({ kind: 'task', projectId, groupBy: 'status' })),
      })
      expectEqual(await counts(PROJECT), { INBOX: 1 }, 'counts of one project')
      expectEqual(await counts(newId('prj')), {}, 'counts of a project without any')
    },
  },
  {
    id: 'queries:limits',
    behaviour: `gives up to ${PAGE_ROWS_MAX} rows a page and refuses to give more`,
    run: async ({ storage }) => {
      const events = Array.from({ length: PAGE_ROWS_MAX + 1 }, () => eventDraft())
      const tasks = Array.from({ length: PAGE_ROWS_MAX + 1 }, () => taskRecord())
      const adds = tasks.map(() => ({ account: accountOf(), reserved: 1, settled: 0, limit: null }))
      await committed(
        storage,
        writing(
          tasks.map((task) => put('task', task)),
          { events },
        ),
      )
      await committed(storage, commitOf({ adds }))
      await settled(storage)
      const { queries } = storage
      const [most, over] = [PAGE_ROWS_MAX, PAGE_ROWS_MAX + 1]
      const page = await queries.page({ kind: 'task', projectId: PROJECT, limit: most })
      expectEqual([page.rows.length, page.next !== null], [most, true], 'a full page of records')
      const timeline = await queries.timeline({ projectId: PROJECT, limit: most })
      expectEqual([timeline.events.length, timeline.next !== null], [most, true], 'a full page of events')
      const accounts = await queries.balances({ projectId: PROJECT, limit: most })
      expectEqual(accounts.length, most, 'a full page of accounts')
      const tooMany = queries.page({ kind: 'task', projectId: PROJECT, limit: over })
      await expectFault(tooMany, 'INTERNAL', 'too many records')
      await expectFault(queries.timeline({ projectId: PROJECT, limit: over }), 'INTERNAL', 'too many events')
      await expectFault(queries.balances({ projectId: PROJECT, limit: over }), 'INTERNAL', 'too many accounts')
    },
  },
]

const countCases: readonly ConformanceCase[] = [
  {
    id: 'queries:counts',
    behaviour: 'counts records per value of a field, of those that meet the conditions',
    run: async ({ storage }) => {
      await storedTasks(storage)
      const of = async (groupBy: string, filters?: readonly Filter[]) => ({
        ...(await storage.queries.counts({ kind: 'task', projectId: PROJECT, groupBy, ...(filters && { filters }) })),
      })
      expectEqual(await of('type'), { DOCS: 6, OPS: 6 }, 'by a word')
      expectEqual(await of('priority'), { 1: 3, 2: 3, 3: 3, 4: 3 }, 'by a number')
      expectEqual(await of('status'), { INBOX: 12 }, 'by status')
      const red: Filter = { field: 'labels', op: 'contains', value: 'red' }
      expectEqual(await of('type', [red]), { DOCS: 2, OPS: 2 }, 'with a condition')
      expectEqual(await of('type', [red, { field: 'priority', op: 'gt', value: 4 }]), {}, 'with one that nothing meets')
    },
  },
  {
    id: 'queries:counts-follow',
    behaviour: 'counts each record once, as it is now',
    run: async ({ storage }) => {
      const task = await storedTask(storage)
      await storedTask(storage)
      await committed(storage, writing(claimedBy(task, newId('agt')).puts))
      const counts = await storage.queries.counts({ kind: 'task', projectId: PROJECT, groupBy: 'status' })
      expectEqual({ ...counts }, { ASSIGNED: 1, INBOX: 1 }, 'one moved')
    },
  },
]

/** Goes through all pages of a timeline. */
async function walkTimeline(storage: Storage, request: Omit<TimelineRequest, 'after'>): Promise<StoredEvent[]> {
  const events: StoredEvent[] = []
  let after: string | null = null
  for (let pages = 0; pages < 100; pages++) {
    const page = await storage.queries.timeline(after === null ? request : { ...request, after })
    expectTrue(page.events.length <= request.limit, 'no page is longer than the limit')
    events.push(...page.events)
    if (page.next === null) return events
    after = page.next
  }
  throw new Error('the pages do not end')
}

const timelineCases: readonly ConformanceCase[] = [
  {
    id: 'queries:timeline',
    behaviour: 'pages events oldest first or newest first, each once, going on behind any of them',
    run: async ({ storage }) => {
      const drafts = Array.from({ length: 9 }, () => eventDraft())
      await committed(storage, commitOf({ events: drafts.slice(0, 5) }))
      for (const draft of drafts.slice(5)) await committed(storage, commitOf({ events: [draft] }))
      const ids = idsOf(drafts)
      await settled(storage)
      for (const limit of [1, 4, 9, 10]) {
        const request = { projectId: PROJECT, limit }
        expectEqual(idsOf(await walkTimeline(storage, request)), ids, `oldest first, pages of ${limit}`)
        const newest = await walkTimeline(storage, { ...request, newestFirst: true })
        expectEqual(idsOf(newest), ids.toReversed(), `newest first, pages of ${limit}`)
      }
      const { events } = await storage.queries.timeline({ limit: 50 })
      const log = (await storage.readEvents({ after: null, limit: 50 })).events
      expectEqual(events, log, 'the same events with the same cursors as the log')
      const fourth = events[3]?.cursor ?? ''
      const on = await storage.queries.timeline({ projectId: PROJECT, after: fourth, limit: 50 })
      expectEqual(idsOf(on.events), ids.slice(4), 'what came after the fourth')
      const back = await storage.queries.timeline({ projectId: PROJECT, after: fourth, newestFirst: true, limit: 50 })
      expectEqual(idsOf(back.events), ids.slice(0, 3).reverse(), 'what came before the fourth')
      const none = await storage.queries.timeline({ projectId: OTHER_PROJECT, limit: 50 })
      expectEqual(none, { events: [], next: null }, 'nothing of another project')
    },
  },
  {
    id: 'queries:timeline-filters',
    behaviour: 'gives exactly the events that meet all conditions',
    run: async ({ storage }) => {
      const kinds = ['TASK_CREATED', 'TASK_TRANSITION', 'RUN_STARTED'] as const
      const drafts = Array.from({ length: 24 }, (_, at) =>
        eventDraft({
          kind: kinds[at % 3] ?? 'TASK_CREATED',
          taskId: at % 2 === 0 ? `tsk_${at % 4}` : null,
          agentId: at % 5 === 0 ? null : `agt_${at % 5}`,
          actor: { ...ACTOR, id: `prn_${at % 4}` },
          time: BASE_AT + at * 10,
        }),
      )
      await committed(storage, commitOf({ events: drafts }))
      const foreign = drafts.map((draft) => ({ ...draft, id: newId('evt'), projectId: OTHER_PROJECT }))
      await committed(storage, commitOf({ projectId: OTHER_PROJECT, events: foreign }))
      await settled(storage)
      type Conditions = Omit<TimelineRequest, 'limit' | 'after' | 'projectId' | 'newestFirst'>
      const examples: readonly [Conditions, (draft: (typeof drafts)[number]) => boolean][] = [
        [{ taskId: 'tsk_2' }, (draft) => draft.taskId === 'tsk_2'],
        [{ agentId: 'agt_3' }, (draft) => draft.agentId === 'agt_3'],
        [{ actorId: 'prn_1' }, (draft) => draft.actor.id === 'prn_1'],
        [{ kinds: ['RUN_STARTED'] }, (draft) => draft.kind === 'RUN_STARTED'],
        [{ kinds: ['RUN_STARTED', 'TASK_CREATED'] }, (draft) => draft.kind !== 'TASK_TRANSITION'],
        [{ fromAt: BASE_AT + 45 }, (draft) => draft.time > BASE_AT + 45],
        [{ toAt: BASE_AT + 45 }, (draft) => draft.time < BASE_AT + 45],
        [{ fromAt: BASE_AT + 45, toAt: BASE_AT + 95 }, ({ time }) => time > BASE_AT + 45 && time < BASE_AT + 95],
        [
          { taskId: 'tsk_0', kinds: ['TASK_TRANSITION'] },
          (it) => it.taskId === 'tsk_0' && it.kind === 'TASK_TRANSITION',
        ],
        [{ agentId: 'agt_1', actorId: 'prn_1' }, (it) => it.agentId === 'agt_1' && it.actor.id === 'prn_1'],
      ]
      for (const [conditions, fits] of examples) {
        const expected = idsOf(drafts.filter(fits))
        const request = { ...conditions, projectId: PROJECT, limit: 2 }
        expectEqual(idsOf(await walkTimeline(storage, request)), expected, JSON.stringify(conditions))
        const newest = await walkTimeline(storage, { ...request, newestFirst: true })
        expectEqual(idsOf(newest), expected.toReversed(), `newest first: ${JSON.stringify(conditions)}`)
      }
    },
  },
]

const HOUR_MS = 3_600_000

const moneyCases: readonly ConformanceCase[] = [
  {
    id: 'queries:spend',
    behaviour: 'sums usage lines of a project by agent, task, model, hour or all together',
    run: async ({ storage }) => {
      const hour = Math.floor(BASE_AT / HOUR_MS) * HOUR_MS
      const tokens = { input: 1, output: 20, cacheRead: 300, cacheWrite: 4000, reasoning: 50_000 }
      const lines = [
        usageLineRecord({ agentId: 'agt_1', taskId: 'tsk_1', model: 'opus', billedMicros: 1, at: hour + 1, tokens }),
        usageLineRecord({ agentId: 'agt_1', taskId: 'tsk_2', model: 'haiku', billedMicros: 10, at: hour + 2, tokens }),
        usageLineRecord({
          agentId: 'agt_2',
          taskId: 'tsk_1',
          model: 'opus',
          billedMicros: null,
          imputedMicros: 100,
          at: hour + HOUR_MS + 5,
          tokens,
        }),
      ]
      const elsewhere = [
        usageLineRecord({ billedMicros: 7_000_000, at: hour - 1000 }),
        usageLineRecord({ billedMicros: 7_000_000, at: hour + 3 * HOUR_MS }),
        usageLineRecord({ billedMicros: 7_000_000, at: hour + 1, projectId: OTHER_PROJECT }),
      ]
      await stored(storage, 'usageLine', ...lines, ...elsewhere)
      const spend = async (groupBy: 'agentId' | 'taskId' | 'model' | 'hour' | null) => {
        const window = { fromAt: hour - 500, toAt: hour + 2 * HOUR_MS }
        const rows = await storage.queries.spend({ projectId: PROJECT, groupBy, ...window })
        return rows.toSorted((one, other) => (one.key < other.key ? -1 : 1))
      }
      const row = (key: string, billedMicros: number, imputedMicros: number, count: number) => {
        return { key, billedMicros, imputedMicros, tokens: 54_321 * count, lines: count }
      }
      expectEqual(await spend('agentId'), [row('agt_1', 11, 0, 2), row('agt_2', 0, 100, 1)], 'by agent')
      expectEqual(await spend('taskId'), [row('tsk_1', 1, 100, 2), row('tsk_2', 10, 0, 1)], 'by task')
      expectEqual(await spend('model'), [row('haiku', 10, 0, 1), row('opus', 1, 100, 2)], 'by model')
      const hours = (await spend('hour')).map(({ key: _, ...sums }) => sums)
      const expected = [row('', 11, 0, 2), row('', 0, 100, 1)].map(({ key: _, ...sums }) => sums)
      expectEqual(
        hours.toSorted((one, other) => other.lines - one.lines),
        expected,
        'by hour',
      )
      const total = (await spend(null)).map(({ key: _, ...sums }) => sums)
      expectEqual(total, [{ billedMicros: 11, imputedMicros: 100, tokens: 162_963, lines: 3 }], 'all together')
    },
  },
  {
    id: 'queries:spend-exact',
    behaviour: 'sums amounts exactly where a float of less precision would not',
    run: async ({ storage }) => {
      const big = 4_503_599_627_370_495
      const amounts = [big, big, 1]
      await stored(storage, 'usageLine', ...amounts.map((billedMicros) => usageLineRecord({ billedMicros })))
      const window = { fromAt: BASE_AT - HOUR_MS, toAt: BASE_AT + HOUR_MS }
      const [sum] = await storage.queries.spend({ projectId: PROJECT, groupBy: null, ...window })
      expectEqual(sum?.billedMicros, Number.MAX_SAFE_INTEGER, 'to the last micro')
    },
  },
  {
    id: 'queries:balances',
    behaviour: 'lists the accounts of a project, or those with a prefix, page by page',
    run: async ({ storage }) => {
      const scopes = ['a_b', 'axb', 'a%b', 'aZ', 'b', 'B']
      const accounts = scopes.map((scope) => accountOf(scope))
      const adds = accounts.map((account, at) => ({ account, reserved: at, settled: 10 * at + 1, limit: null }))
      await committed(storage, commitOf({ adds }))
      const foreign = accountOf('a_b', OTHER_PROJECT)
      const theirs = [{ account: foreign, reserved: 9, settled: 9, limit: null }]
      await committed(storage, commitOf({ projectId: OTHER_PROJECT, adds: theirs }))

      const { queries } = storage
      const all = await queries.balances({ projectId: PROJECT, limit: 50 })
      const listed = all.map(({ account }) => account)
      expectEqual(listed.toSorted(), accounts.toSorted(), 'all of the project')
      for (const { account, balance } of all) {
        const at = accounts.indexOf(account)
        expectEqual(balance, { reserved: at, settled: 10 * at + 1 }, `the balance of ${account}`)
      }
      const pages: string[] = []
      let after: string | undefined
      for (let page = 0; page < 3; page++) {
        const rows = await queries.balances({ projectId: PROJECT, limit: 2, ...(after === undefined ? {} : { after }) })
        pages.push(...rows.map(({ account }) => account))
        after = rows.at(-1)?.account
      }
      expectEqual(pages, listed, 'page by page')
      for (const scope of scopes) {
        const prefix = `${PROJECT}/AGENT/${scope}/`
        const rows = await queries.balances({ projectId: PROJECT, prefix, limit: 50 })
        expectEqual(
          rows.map(({ account }) => account),
          [accountOf(scope)],
          `those that begin with ${prefix}`,
        )
      }
      const none = await queries.balances({ projectId: PROJECT, prefix: `${OTHER_PROJECT}/`, limit: 50 })
      expectEqual(none, [], 'none of another project')
    },
  },
  {
    id: 'queries:now-as-changed',
    behaviour: 'shows what was committed last',
    run: async ({ storage }) => {
      const task = await storedTask(storage)
      const next = changed(task, { title: 'Another title' })
      await committed(storage, inserting('task', next))
      const { rows } = await storage.queries.page({ kind: 'task', projectId: PROJECT, limit: 10 })
      expectEqual(rows, [next], 'the new version, once')
    },
  },
]

export const queryCases: readonly ConformanceCase[] = [...pageCases, ...countCases, ...timelineCases, ...moneyCases]
