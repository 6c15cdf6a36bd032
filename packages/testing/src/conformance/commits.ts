import type {
  Add,
  AnyRecord,
  Balance,
  Check,
  Commit,
  Kind,
  Put,
  RecordOf,
  Storage,
  StoredEvent,
} from '@mission-control/core/storage'
import { eventually, expectTrue } from './expect.ts'
import { eventDraft, PROJECT, taskRecord, transitionRecord } from './fixtures.ts'

export function put<K extends Kind>(kind: K, record: RecordOf<K>): Put {
  return { kind, record }
}

/** The check that covers a put. */
export function checkOf({ kind, record }: Put): Check {
  return { kind, id: record.id, version: record.version === 1 ? null : record.version - 1 }
}

/** A check that relies on a record as it is. */
export function reliesOn<K extends Kind>(kind: K, record: RecordOf<K>): Check {
  return { kind, id: record.id, version: record.version }
}

/** A commit of one project with one event, and whatever else it is given. */
export function commitOf(parts: Partial<Commit>): Commit {
  const projectId = parts.projectId === undefined ? PROJECT : parts.projectId
  return { projectId, checks: [], puts: [], adds: [], events: [eventDraft({ projectId })], receipt: null, ...parts }
}

/** A commit that writes these, each covered by its check; further checks go before them. */
export function writing(puts: readonly Put[], parts: Partial<Commit> = {}): Commit {
  const owner = puts.find((one) => one.record.projectId !== null)?.record.projectId ?? null
  return commitOf({ projectId: owner, ...parts, puts, checks: [...(parts.checks ?? []), ...puts.map(checkOf)] })
}

/** A commit that writes one new record. */
export function inserting<K extends Kind>(kind: K, record: RecordOf<K>, parts: Partial<Commit> = {}): Commit {
  return writing([put(kind, record)], parts)
}

/** A commit of money alone. */
export function adding(...adds: readonly Add[]): Commit {
  return commitOf({ adds })
}

/** The record with changes, one version on. */
export function changed<R extends AnyRecord>(record: R, changes: Partial<R>): R {
  return { ...record, ...changes, version: record.version + 1 }
}

/** What moves a task: its next version and the row that says so. */
export function moved(task: RecordOf<'task'>, to: RecordOf<'task'>['status'], changes: Partial<RecordOf<'task'>> = {}) {
  const seq = task.transitionCount + 1
  const next = changed(task, { ...changes, status: to, transitionCount: seq })
  const row = transitionRecord({ projectId: task.projectId, taskId: task.id, seq, from: task.status, to })
  return { next, row, puts: [put('task', next), put('transition', row)] }
}

/** A task as it is after an agent claimed it. */
export function claimedBy(task: RecordOf<'task'>, agentId: string) {
  const claim = { agentId, leaseUntil: task.createdAt + 900_000, epoch: task.epoch + 1 }
  return moved(task, 'ASSIGNED', { claim, epoch: claim.epoch, assigneeIds: [agentId] })
}

/** Writes new records, one commit each. */
export async function stored<K extends Kind>(
  storage: Storage,
  kind: K,
  ...records: readonly RecordOf<K>[]
): Promise<void> {
  for (const record of records) await committed(storage, inserting(kind, record))
}

/** A commit that must go through for the case to make sense. */
export async function committed(storage: Storage, commit: Commit): Promise<void> {
  const outcome = await storage.commit(commit)
  if (outcome.status !== 'applied') throw new Error(`the case could not be set up: ${JSON.stringify(outcome.because)}`)
}

/** The record as it is now. */
export async function recordNow<K extends Kind>(storage: Storage, kind: K, id: string): Promise<RecordOf<K> | null> {
  const { records } = await storage.load({ records: [{ kind, id }] })
  return (records[0] ?? null) as RecordOf<K> | null
}

export async function balanceNow(storage: Storage, account: string): Promise<Balance | undefined> {
  return (await storage.load({ accounts: [account] })).balances[0]
}

const MARKER = 'conformance/marker'

/**
 * Waits until everything committed so far can be read from the log. A store may show an event a moment after its
 * commit, but never one behind another that was committed later: once a marker is there, so is all before it.
 */
export async function settled(storage: Storage): Promise<void> {
  const marker = eventDraft({ projectId: null, subject: MARKER })
  await committed(storage, commitOf({ projectId: null, events: [marker] }))
  let after: string | null = null
  await eventually(async () => {
    for (;;) {
      const page = await storage.readEvents({ after, limit: 200 })
      if (page.events.some(({ id }) => id === marker.id)) return true
      if (page.events.length === 0) return false
      expectTrue(page.cursor !== after, 'a page with events moves the cursor')
      after = page.cursor
    }
  }, 'what was committed is in the log')
}

export function withoutMarkers<E extends { readonly subject: string }>(events: readonly E[]): E[] {
  return events.filter(({ subject }) => subject !== MARKER)
}

/** The whole log, with everything committed so far. */
export async function logNow(storage: Storage, projectId?: string): Promise<readonly StoredEvent[]> {
  await settled(storage)
  const events: StoredEvent[] = []
  let after: string | null = null
  for (;;) {
    const page = await storage.readEvents({ after, limit: 200, ...(projectId === undefined ? {} : { projectId }) })
    events.push(...page.events)
    if (page.events.length === 0) return withoutMarkers(events)
    expectTrue(page.cursor !== after, 'a page with events moves the cursor')
    after = page.cursor
  }
}

/** A task in INBOX that is in the store. */
export async function storedTask(
  storage: Storage,
  overrides: Partial<RecordOf<'task'>> = {},
): Promise<RecordOf<'task'>> {
  const task = taskRecord(overrides)
  await stored(storage, 'task', task)
  return task
}
