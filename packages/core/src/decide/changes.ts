import type { EventDraft, EventKind } from '../model/event.ts'
import type { NextId } from '../model/ids.ts'
import { type AccountKey, accountId } from '../model/ledger.ts'
import type { Actor } from '../model/principal.ts'
import type { Kind, RecordOf } from '../model/records.ts'
import type { JsonValue } from '../model/text.ts'
import type { Add, Check, Commit, Put } from '../ports/storage.ts'
import { redactJson, redactText } from '../rules/redaction.ts'
import type { LoadedSnapshot } from './snapshot.ts'

const SUMMARY_CHARS_MAX = 280
/** Every update moves these, so that no list of changes needs to name them. */
const ALWAYS_WRITTEN: ReadonlySet<string> = new Set(['version', 'updatedAt'])

type SystemFields = 'id' | 'version' | 'createdAt' | 'updatedAt'

/** What an event says beyond who and when. Texts are redacted here, before anything is stored. */
export interface EventFacts {
  /** `<entity>/<id>` */
  readonly subject: string
  readonly summary: string
  readonly reason?: string | null
  readonly data?: JsonValue
  readonly taskId?: string | null
  readonly agentId?: string | null
  readonly runId?: string | null
  readonly costMicros?: number | null
}

interface Writer {
  readonly snapshot: LoadedSnapshot
  readonly nextId: NextId
  readonly actor: Actor
  readonly projectId: string | null
  readonly traceparent: string | null
}

/** Collects what a decision wants written. Nothing here touches the store. */
export class Changes {
  readonly #writer: Writer
  readonly #puts = new Map<string, Put>()
  readonly #checks = new Map<string, Check>()
  readonly #adds: Add[] = []
  readonly #events: EventDraft[] = []
  /** `name@version` of the policies in force; stamped on every event. */
  policyVersion: string | null = null

  constructor(writer: Writer) {
    this.#writer = writer
  }

  /** Adds a new record; the id is drawn unless given. Gives the record as it will be stored. */
  insert<K extends Kind>(kind: K, fields: Omit<RecordOf<K>, SystemFields>, id?: string): RecordOf<K> {
    const now = this.#writer.snapshot.now
    const record = {
      ...fields,
      id: id ?? this.#writer.nextId(kind as Parameters<NextId>[0]),
      version: 1,
      createdAt: now,
      updatedAt: now,
    } as unknown as RecordOf<K>
    this.#checks.set(`${kind}/${record.id}`, { kind, id: record.id, version: null })
    this.#puts.set(`${kind}/${record.id}`, { kind, record } as Put)
    return record
  }

  /** Changes fields of a record that was read (or is already in these changes). Gives the record as it will be stored. */
  update<K extends Kind>(kind: K, record: RecordOf<K>, fields: Partial<Omit<RecordOf<K>, SystemFields>>): RecordOf<K> {
    const key = `${kind}/${record.id}`
    const pending = this.#puts.get(key)?.record as RecordOf<K> | undefined
    const base = pending ?? record
    const version = pending === undefined ? record.version + 1 : pending.version
    const next = { ...base, ...fields, version, updatedAt: this.#writer.snapshot.now } as RecordOf<K>
    if (pending === undefined) this.#checks.set(key, { kind, id: record.id, version: record.version })
    this.#puts.set(key, { kind, record: next } as Put)
    return next
  }

  /** The record as these changes leave it. */
  current<K extends Kind>(kind: K, record: RecordOf<K>): RecordOf<K> {
    return (this.#puts.get(`${kind}/${record.id}`)?.record as RecordOf<K> | undefined) ?? record
  }

  /** Moves money on an account; the commit fails as stale when it would pass the ceiling. */
  add(key: AccountKey, move: { reserved: number; settled: number }, limit: number | null): void {
    this.#adds.push({ account: accountId(key), reserved: move.reserved, settled: move.settled, limit })
  }

  /** Writes an event of that kind, in the name of the actor, at the moment of the snapshot. */
  event(kind: EventKind, facts: EventFacts): void {
    const writer = this.#writer
    this.#events.push({
      id: writer.nextId('event'),
      projectId: writer.projectId,
      kind,
      subject: facts.subject,
      time: writer.snapshot.now,
      actor: writer.actor,
      taskId: facts.taskId ?? null,
      agentId: facts.agentId ?? writer.actor.agentId,
      runId: facts.runId ?? null,
      summary: clipped(redactText(facts.summary), SUMMARY_CHARS_MAX),
      reason: facts.reason === undefined || facts.reason === null ? null : redactText(facts.reason),
      data: facts.data === undefined ? {} : (redactJson(facts.data).value as JsonValue),
      policyVersion: this.policyVersion,
      costMicros: facts.costMicros ?? null,
      traceparent: writer.traceparent,
    })
  }

  /** Forgets everything collected so far: for a refusal whose only effect is what is written after it. */
  discard(): void {
    this.#puts.clear()
    this.#checks.clear()
    this.#adds.length = 0
    this.#events.length = 0
  }

  get isEmpty(): boolean {
    return this.#puts.size === 0 && this.#adds.length === 0 && this.#events.length === 0
  }

  get events(): readonly EventDraft[] {
    return this.#events
  }

  /** The commit: everything collected, and a check on everything the decider relied upon. */
  toCommit(): Omit<Commit, 'receipt'> {
    const checks = new Map<string, Check>()
    for (const check of this.#writer.snapshot.reliedUpon()) checks.set(`${check.kind}/${check.id}`, check)
    for (const [key, check] of this.#checks) checks.set(key, check)
    return {
      projectId: this.#writer.projectId,
      checks: [...checks.values()],
      puts: Array.from(this.#puts.values(), (put) => this.#withChanged(put)),
      adds: this.#adds,
      events: this.#events,
    }
  }

  /** Compares with what was read and not with what deciders said they change: they may hold copies of their own. */
  #withChanged(put: Put): Put {
    const { kind, record } = put
    const { snapshot } = this.#writer
    const before = record.version > 1 && snapshot.has(kind, record.id) ? snapshot.peek(kind, record.id) : null
    if (before === null || before.version !== record.version - 1) return put
    const [was, is] = [before, record] as unknown as Readonly<Record<string, unknown>>[]
    const changed = Object.keys(record).filter((field) => is?.[field] !== was?.[field] && !ALWAYS_WRITTEN.has(field))
    return { ...put, changed }
  }
}

/** Cuts on a code point boundary and marks the cut. */
export function clipped(text: string, charsMax: number): string {
  if (text.length <= charsMax) return text
  const points = [...text]
  let result = ''
  for (const point of points) {
    if (result.length + point.length > charsMax - 1) break
    result += point
  }
  return `${result}…`
}
