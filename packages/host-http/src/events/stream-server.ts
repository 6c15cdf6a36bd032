import {
  type EventKind,
  isMissionControlError,
  type Logger,
  type MissionControl,
  MissionControlError,
  type Outcome,
  RefusedError,
  type StoredEvent,
} from '@mission-control/core'
import { type Caller, keyIdOf } from '../authenticate.ts'
import type { HttpLimits } from '../limits.ts'
import type { FieldKind } from '../operations.ts'
import { readQuery } from '../read-fields.ts'
import { invalid, refuse } from '../refuse.ts'
import { resolveProject } from '../resolve-project.ts'
import { kindOf } from './envelope.ts'
import { type EventStream, openEventStream } from './event-stream.ts'

export interface StreamRequest {
  readonly request: Request
  readonly url: URL
  readonly projectIdOrSlug: string
  readonly caller: Caller
}

const QUERY: ReadonlyMap<string, FieldKind> = new Map([
  ['after', 'text'],
  ['taskId', 'text'],
  ['agentId', 'text'],
  ['kinds', 'list'],
])

interface StreamQuery {
  readonly after: string | null
  readonly isWanted: (event: StoredEvent) => boolean
}

/** Opens and ends the live streams of one host. */
export class StreamServer {
  readonly #missionControl: MissionControl
  readonly #limits: HttpLimits
  readonly #logger: Logger
  readonly #open = new Set<EventStream>()
  readonly #openPerKey = new Map<string, number>()
  #isDraining = false

  constructor(options: { missionControl: MissionControl; limits: HttpLimits; logger: Logger }) {
    this.#missionControl = options.missionControl
    this.#limits = options.limits
    this.#logger = options.logger
  }

  /** How many streams are open on this host. */
  get openCount(): number {
    return this.#open.size
  }

  /** Ends every stream in good order, and opens no other. Clients go on elsewhere, from where they were. */
  drain(): void {
    this.#isDraining = true
    for (const stream of this.#open) stream.end()
  }

  /** Opens the stream that a request asks for. Everything that can be refused is refused before the first byte. */
  async open({ request, url, projectIdOrSlug, caller }: StreamRequest): Promise<Outcome<Response>> {
    const query = readStreamQuery(request, url)
    if (!query.ok) return query
    const key = keyIdOf(caller.token)
    if (this.#isDraining) throw new MissionControlError('UNAVAILABLE', 'this host is stopping')
    if ((this.#openPerKey.get(key) ?? 0) >= this.#limits.streamsPerKeyMax) {
      return refuse('RATE_LIMITED', `this key has ${this.#limits.streamsPerKeyMax} streams open`, {
        retryAfterMs: this.#limits.reconnectMs,
      })
    }
    // Counted before anything is awaited, so that a crowd cannot slip through together.
    this.#count(key, 1)
    const begun = await this.#begin(projectIdOrSlug, query.data, caller).catch((fault: unknown) => {
      this.#count(key, -1)
      throw fault
    })
    if (!begun.ok) {
      this.#count(key, -1)
      return begun
    }
    const { projectId, from } = begun.data
    const stream: EventStream = openEventStream({
      watch: (signal) => caller.client.watch({ projectId, signal, ...(from === null ? {} : { after: from }) }),
      isWanted: query.data.isWanted,
      from,
      mayListen: () => this.#mayListen(caller.token),
      onEnd: (fault) => {
        this.#open.delete(stream)
        this.#count(key, -1)
        this.#report(fault)
      },
      limits: this.#limits,
    })
    this.#open.add(stream)
    request.signal.addEventListener('abort', () => stream.end(), { once: true })
    if (this.#isDraining || request.signal.aborted) stream.end()
    return { ok: true, data: new Response(stream.body, { headers: STREAM_HEADERS }) }
  }

  /** Looks whether the caller may listen at all, and where the log stands if the stream begins now. */
  async #begin(projectIdOrSlug: string, { after }: StreamQuery, { client }: Caller) {
    const project = await resolveProject(client, projectIdOrSlug)
    if (!project.ok) return project
    const projectId = project.data
    const isNow = after === 'now'
    const place = await client.events.list({
      projectId,
      limit: 1,
      ...(isNow ? { newestFirst: true } : {}),
      ...(isNow || after === null ? {} : { cursor: after }),
    })
    if (!place.ok) return place
    return { ok: true as const, data: { projectId, from: isNow ? (place.data.data[0]?.cursor ?? null) : after } }
  }

  async #mayListen(token: string): Promise<boolean> {
    // A page that is left open is no use: a session that nobody acts in ends, and its streams with it.
    return (await this.#missionControl.authenticate(token, { isUse: false })).ok
  }

  #count(key: string, change: 1 | -1): void {
    const open = (this.#openPerKey.get(key) ?? 0) + change
    if (open === 0) this.#openPerKey.delete(key)
    else this.#openPerKey.set(key, open)
  }

  #report(fault: unknown): void {
    // A refusal is how a stream learns that its right is gone; the client hears it when it comes again.
    if (fault === undefined || fault instanceof RefusedError) return
    this.#logger.warn('an event stream broke', {
      error: String(fault),
      ...(isMissionControlError(fault) ? { code: fault.code } : {}),
    })
  }
}

const STREAM_HEADERS = { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' } as const

function readStreamQuery(request: Request, url: URL): Outcome<StreamQuery> {
  const read = readQuery(url.searchParams, QUERY)
  if (!read.ok) return read
  const unknown = Object.keys(read.data).filter((name) => !QUERY.has(name))
  if (unknown.length > 0) {
    return invalid(
      'the stream has no such field',
      unknown.map((field) => ({ field, message: 'is unknown' })),
    )
  }
  const { after, taskId, agentId, kinds } = read.data as Record<string, string | undefined> & { kinds?: string[] }
  const wanted = new Set<EventKind>()
  for (const word of kinds ?? []) {
    const kind = kindOf(word)
    if (kind === undefined)
      return invalid('there is no such kind of event', [{ field: 'kinds', message: `${word.slice(0, 60)} is unknown` }])
    wanted.add(kind)
  }
  // A browser that comes back repeats the URL of its first visit, so the header knows better.
  const resumed = request.headers.get('last-event-id')
  return {
    ok: true,
    data: {
      after: resumed === null || resumed === '' ? (after ?? null) : resumed,
      isWanted: (event) =>
        (taskId === undefined || event.taskId === taskId) &&
        (agentId === undefined || event.agentId === agentId) &&
        (wanted.size === 0 || wanted.has(event.kind)),
    },
  }
}
