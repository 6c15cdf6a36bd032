import {
  type ChainRequest,
  type EventDraft,
  type EventPage,
  invalidCursor,
  invariant,
  type LogHead,
  PAGE_ROWS_MAX,
  type ReadEvents,
  type Seal,
  type SealRequest,
  type StoredEvent,
  type StoredLink,
  type TimelineRequest,
  type Unsealed,
} from '@mission-control/core/storage'
import { boundedRows } from './limits.ts'

/** Wide enough that cursors sort as text for longer than memory lasts. */
const CURSOR_DIGITS = 12

/** Everything that happened, in the order of the commits. Its numbers are given inside the commit, so none is overtaken. */
export class EventLog {
  readonly #events: StoredEvent[] = []
  readonly #byId = new Map<string, StoredEvent>()
  /** How many of the events are sealed: always the first ones. */
  #sealed = 0
  readonly #heads = new Map<string | null, LogHead>()
  /** Where in the log the sealed events of each log stand, by their numbers. */
  readonly #places = new Map<string | null, number[]>()

  /** Whether the event is in the log already. Another one under its id is a fault: a broken source of ids. */
  has(event: EventDraft): boolean {
    const logged = this.#byId.get(event.id)
    if (logged === undefined) return false
    invariant(isSame(logged, event), `the log holds no other event under the id ${event.id}`)
    return true
  }

  append(event: EventDraft): void {
    const stored = Object.freeze({ ...event, cursor: cursorOf(this.#events.length + 1), seal: null })
    this.#events.push(stored)
    this.#byId.set(event.id, stored)
  }

  read(request: ReadEvents): EventPage {
    const limit = boundedRows(request.limit, PAGE_ROWS_MAX)
    const { projectId } = request
    const fits = (event: StoredEvent) => projectId === undefined || event.projectId === projectId
    const { found, seen } = this.#forward(placeAfter(request.after), limit, fits)
    return { events: found, cursor: seen === 0 ? null : cursorOf(seen) }
  }

  timeline(request: TimelineRequest): { events: readonly StoredEvent[]; next: string | null } {
    const limit = boundedRows(request.limit, PAGE_ROWS_MAX)
    const fits = (event: StoredEvent) => isOnTimeline(event, request)
    // One more than asked for tells whether there is a next page.
    const { found } = request.newestFirst
      ? this.#backward(
          request.after === undefined ? this.#events.length : placeAfter(request.after) - 1,
          limit + 1,
          fits,
        )
      : this.#forward(placeAfter(request.after ?? null), limit + 1, fits)
    const events = found.slice(0, limit)
    return { events, next: found.length > limit ? (events.at(-1)?.cursor ?? null) : null }
  }

  unsealed(limit: number): Unsealed {
    boundedRows(limit, PAGE_ROWS_MAX)
    const events = this.#events.slice(this.#sealed, this.#sealed + limit)
    const logs = [...new Set(events.map(({ projectId }) => projectId))]
    const heads = logs.map((log) => this.#heads.get(log)).filter((head) => head !== undefined)
    return { after: this.#sealed === 0 ? null : cursorOf(this.#sealed), events, heads }
  }

  /** The log is in one piece here, so seals that fit its end fit the logs of the projects as well. */
  seal({ after, seals }: SealRequest): 'sealed' | 'stale' {
    boundedRows(seals.length, PAGE_ROWS_MAX)
    if (placeAfter(after) !== this.#sealed) return 'stale'
    const next = this.#events.slice(this.#sealed, this.#sealed + seals.length)
    if (next.length < seals.length || seals.some(({ cursor }, at) => cursor !== next[at]?.cursor)) return 'stale'
    for (const [at, event] of next.entries()) {
      const { seal } = seals[at] as SealRequest['seals'][number]
      const { projectId } = event
      invariant(seal.seq === (this.#heads.get(projectId)?.seq ?? 0) + 1, 'the numbers of a log have no gaps')
      this.#events[this.#sealed] = Object.freeze({ ...event, seal: Object.freeze({ ...seal }) })
      this.#heads.set(projectId, Object.freeze({ projectId, seq: seal.seq, hash: seal.hash }))
      const places = this.#places.get(projectId) ?? []
      places.push(this.#sealed)
      this.#places.set(projectId, places)
      this.#sealed++
    }
    return 'sealed'
  }

  /** Every event in order with its seal. */
  *all(): Iterable<{ readonly event: EventDraft; readonly seal: Seal | null }> {
    for (const { cursor: _, seal, ...event } of this.#events) yield { event, seal }
  }

  get length(): number {
    return this.#events.length
  }

  /** Takes over an event of another store, which may have been sealed there. */
  adopt(event: EventDraft, seal: Seal | null): void {
    this.append(event)
    if (seal === null) return
    const cursor = cursorOf(this.#events.length)
    const after = this.#sealed === 0 ? null : cursorOf(this.#sealed)
    const outcome = this.seal({ after, seals: [{ cursor, projectId: event.projectId, seal }] })
    invariant(outcome === 'sealed', 'no event is sealed before the ones in front of it')
  }

  head(projectId: string | null): LogHead | null {
    return this.#heads.get(projectId) ?? null
  }

  chain({ projectId, afterSeq, limit }: ChainRequest): readonly StoredLink[] {
    boundedRows(limit, PAGE_ROWS_MAX)
    const places = (this.#places.get(projectId) ?? []).slice(afterSeq, afterSeq + limit)
    return places.map((place) => {
      const { cursor: _, seal, ...event } = this.#events[place] as StoredEvent
      return { event, seal }
    })
  }

  /** Gives the events that fit from a place on, and how much of the log has been seen then. */
  #forward(from: number, limit: number, fits: (event: StoredEvent) => boolean) {
    const found: StoredEvent[] = []
    let seen = Math.min(from, this.#events.length)
    while (seen < this.#events.length && found.length < limit) {
      const event = this.#events[seen]
      if (event !== undefined && fits(event)) found.push(event)
      seen++
    }
    return { found, seen }
  }

  #backward(from: number, limit: number, fits: (event: StoredEvent) => boolean) {
    const found: StoredEvent[] = []
    for (let at = from - 1; at >= 0 && found.length < limit; at--) {
      const event = this.#events[at]
      if (event !== undefined && fits(event)) found.push(event)
    }
    return { found }
  }
}

/** As far as two events must differ to be told apart: who did what, when, to what. */
function isSame(one: EventDraft, other: EventDraft): boolean {
  return (
    one.projectId === other.projectId &&
    one.kind === other.kind &&
    one.subject === other.subject &&
    one.time === other.time &&
    one.summary === other.summary &&
    Object.entries(one.actor).every(([field, value]) => other.actor[field as keyof EventDraft['actor']] === value)
  )
}

/** The cursor behind so many events; null: at the beginning. */
export function cursorBehind(events: number): string | null {
  return events === 0 ? null : cursorOf(events)
}

/** How many events are up to a cursor. */
export function eventsUpTo(cursor: string | null): number {
  return placeAfter(cursor)
}

function cursorOf(place: number): string {
  return String(place).padStart(CURSOR_DIGITS, '0')
}

function placeAfter(cursor: string | null): number {
  if (cursor === null) return 0
  if (!/^\d{12}$/.test(cursor)) throw invalidCursor()
  return Number(cursor)
}

function isOnTimeline(event: StoredEvent, request: TimelineRequest): boolean {
  return (
    (request.projectId === undefined || event.projectId === request.projectId) &&
    (request.taskId === undefined || event.taskId === request.taskId) &&
    (request.agentId === undefined || event.agentId === request.agentId) &&
    (request.actorId === undefined || event.actor.id === request.actorId) &&
    (request.kinds === undefined || request.kinds.includes(event.kind)) &&
    (request.fromAt === undefined || event.time >= request.fromAt) &&
    (request.toAt === undefined || event.time < request.toAt)
  )
}
