import { keyProblem, keyRefs } from '../decide/access.ts'
import type { Caller } from '../decide/command.ts'
import { LoadedSnapshot } from '../decide/snapshot.ts'
import { RefusedError } from '../errors.ts'
import { type Refusal, refusal } from '../model/refusal.ts'
import type { Storage, StoredEvent } from '../ports/storage.ts'
import type { SubscribeRequest } from '../ports/transport.ts'
import { mayEnterProject } from '../rules/permissions.ts'
import type { Relay } from './relay.ts'

/** How often it is looked whether a watcher may still watch, whether or not anything happens. */
const RECHECK_MS = 2_000
/** Nothing is given to a watcher that was last looked at longer ago than this. */
const UNCHECKED_MS_MAX = 4_000

/** Events for one caller: only of projects it may enter. A key or a right that is taken away ends it within seconds. */
export async function* watchAs(
  storage: Storage,
  relay: Relay,
  caller: Caller,
  request: SubscribeRequest,
): AsyncGenerator<StoredEvent> {
  const { projectId, signal } = request
  const after = request.after === 'now' ? await headOf(storage) : (request.after ?? null)
  const right = new WatchRight(() => watchProblem(storage, caller, projectId), signal)
  await right.check()
  const timer = setInterval(() => void right.check().catch(() => undefined), RECHECK_MS)
  try {
    const ofProject = projectId === undefined ? {} : { projectId }
    for await (const event of relay.watch({ after, ...ofProject, signal: right.signal })) {
      if (right.isOld) await right.check()
      if (right.signal.aborted) break
      yield event
    }
    right.throwIfLost()
  } finally {
    clearInterval(timer)
    right.release()
  }
}

/** Whether one watcher may go on, as it was last seen. Its signal ends the watching, for lack of the right or by wish. */
class WatchRight {
  readonly #look: () => Promise<Refusal | null>
  readonly #stopping = new AbortController()
  readonly #given: AbortSignal | undefined
  readonly #stop = () => this.#stopping.abort()
  #lost: Refusal | null = null
  #checkedAt = 0

  constructor(look: () => Promise<Refusal | null>, given: AbortSignal | undefined) {
    this.#look = look
    this.#given = given
    given?.addEventListener('abort', this.#stop)
    if (given?.aborted === true) this.#stop()
  }

  get signal(): AbortSignal {
    return this.#stopping.signal
  }

  get isOld(): boolean {
    return Date.now() - this.#checkedAt > UNCHECKED_MS_MAX
  }

  async check(): Promise<void> {
    const beganAt = Date.now()
    const problem = await this.#look()
    this.#checkedAt = beganAt
    if (problem === null) return
    this.#lost = problem
    this.#stop()
    this.throwIfLost()
  }

  throwIfLost(): void {
    if (this.#lost !== null) throw new RefusedError(this.#lost)
  }

  release(): void {
    this.#given?.removeEventListener('abort', this.#stop)
  }
}

async function watchProblem(storage: Storage, caller: Caller, projectId: string | undefined): Promise<Refusal | null> {
  if (caller.isSystem) return null
  const scope = { records: [{ kind: 'principal' as const, id: caller.principalId }, ...keyRefs(caller)] }
  const snapshot = new LoadedSnapshot(scope, await storage.load(scope))
  const principal = snapshot.peek('principal', caller.principalId)
  if (principal === null || principal.status !== 'ACTIVE') {
    return refusal('UNAUTHENTICATED', 'this principal is disabled')
  }
  const mayEnter = projectId === undefined ? principal.projectIds === 'ALL' : mayEnterProject(principal, projectId)
  return (
    keyProblem(caller, snapshot, { forEnrollment: false, permission: 'read' }) ??
    (mayEnter ? null : refusal('NOT_FOUND', 'no such project'))
  )
}

async function headOf(storage: Storage): Promise<string | null> {
  const { events } = await storage.queries.timeline({ newestFirst: true, limit: 1 })
  return events[0]?.cursor ?? null
}
