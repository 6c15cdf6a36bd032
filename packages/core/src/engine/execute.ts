import pRetry from 'p-retry'
import type { Caller, Decision } from '../decide/command.ts'
import { EMPTY_PRICE_BOOK } from '../decide/price-sheet.ts'
import { LoadedSnapshot, StoredRecordError } from '../decide/snapshot.ts'
import { isMissionControlError, MissionControlError } from '../errors.ts'
import type { Receipt } from '../model/receipt.ts'
import { type Code, fieldErrors, type Outcome, type Refusal, refusal } from '../model/refusal.ts'
import { type Clock, systemClock } from '../ports/clock.ts'
import type { Ids } from '../ports/ids.ts'
import type { Logger } from '../ports/logger.ts'
import type { OneTimeCodes } from '../ports/one-time-codes.ts'
import { machinePause, type Pause } from '../ports/pause.ts'
import type { PriceBook } from '../ports/price-book.ts'
import type { Commit, Storage } from '../ports/storage.ts'
import type { CallContext } from '../ports/transport.ts'
import type { WebhookOptions } from '../ports/webhooks.ts'
import type { AnyCommand } from '../registry.ts'
import { Call } from './call.ts'
import { RateLimiter } from './rate-limiter.ts'
import { covers, deduplicated } from './scope.ts'
import { SettingsCache } from './settings-cache.ts'
import { TaskPicker } from './task-picker.ts'

/** How often a command is decided again because somebody was faster. */
const ATTEMPTS_MAX = 12
/** How often a scope may ask for more after seeing what it asked for. */
const LOOKS_MAX = 4
/** How often a call to the store is repeated when it cannot be reached. */
const STORE_RETRIES_MAX = 2
/** The pause before the first repetition is at most this long; each further one may take twice as long. */
const STORE_PAUSE_MS_MAX = 50

/** How much of something one caller may do. */
export interface EngineLimits {
  /** Calls of the gate by one agent within any minute. */
  readonly gatesPerMinuteMax: number
}

const USUAL_LIMITS: EngineLimits = { gatesPerMinuteMax: 500 }

const REPLAYED_DESPITE: readonly Code[] = ['AGENT_NOT_ACTIVE', 'OPERATOR_MODE', 'PROJECT_ARCHIVED']
/** Stands where a stored answer makes a decision unnecessary. */
const UNDECIDED: Decision<unknown> = { kind: 'accepted', data: null }

/** The imperative shell: load, decide, commit, and look again if somebody was faster. */
export class Engine {
  readonly #storage: Storage
  readonly #ids: Ids
  readonly #logger: Logger
  readonly #priceBook: PriceBook
  readonly #oneTimeCodes: OneTimeCodes | null
  readonly #webhooks: WebhookOptions | null
  readonly #pause: Pause
  readonly #cache: SettingsCache
  readonly #picker: TaskPicker
  readonly #rates = new RateLimiter()
  readonly #limits: EngineLimits

  constructor(options: {
    storage: Storage
    ids: Ids
    logger: Logger
    priceBook?: PriceBook
    oneTimeCodes?: OneTimeCodes
    limits?: Partial<EngineLimits>
    webhooks?: WebhookOptions
    clock?: Clock
    pause?: Pause
  }) {
    this.#storage = options.storage
    this.#ids = options.ids
    this.#logger = options.logger
    this.#priceBook = options.priceBook ?? EMPTY_PRICE_BOOK
    this.#oneTimeCodes = options.oneTimeCodes ?? null
    this.#limits = { ...USUAL_LIMITS, ...options.limits }
    this.#webhooks = options.webhooks ?? null
    this.#pause = options.pause ?? machinePause
    this.#cache = new SettingsCache(options.clock ?? systemClock)
    this.#picker = new TaskPicker(options.storage)
  }

  /** Runs one command for one caller. Exactly one effect per idempotency key; nothing at all when it is refused without effects. */
  async execute(
    command: AnyCommand,
    caller: Caller,
    rawInput: unknown,
    context: CallContext,
  ): Promise<Outcome<unknown>> {
    const parsed = command.input.safeParse(rawInput)
    if (!parsed.success) {
      return {
        ok: false,
        error: refusal('VALIDATION', `${command.name}: the input is not valid`, { errors: fieldErrors(parsed.error) }),
      }
    }
    const call = new Call(command, caller, parsed.data, context, this.#ids)
    call.webhooks = this.#webhooks
    call.codeNumber = await this.#codeNumber(caller, context)
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
      const isFirst = attempt === 1
      const outcome =
        command.picks === undefined ? await this.#attempt(call, isFirst) : await this.#attemptNext(call, attempt)
      if (outcome !== 'stale') return outcome
      // Somebody was faster. Later attempts step back a little so that a crowd thins out instead of marching in step.
      if (attempt > 2) await this.#pause(attempt * 3)
    }
    this.#logger.warn('gave up after looking again and again', { command: command.name, attempts: ATTEMPTS_MAX })
    throw new MissionControlError('CONTENTION', `${command.name}: gave up after ${ATTEMPTS_MAX} looks`)
  }

  /** Whether the code is right does not change with the looks; whether it is unused is decided in each of them. */
  async #codeNumber({ principalId, isSystem }: Caller, { oneTimeCode }: CallContext): Promise<number | null> {
    if (oneTimeCode === undefined || isSystem || this.#oneTimeCodes === null) return null
    const now = await this.#reach(() => this.#storage.queries.now())
    return this.#oneTimeCodes.verify(principalId, oneTimeCode, now)
  }

  /** Picks what the command is about, and tries it. What was lost to somebody else is passed over from then on. */
  async #attemptNext(call: Call, attempt: number): Promise<Outcome<unknown> | 'stale'> {
    const mayUseCache = attempt === 1
    const { agentId } = call.caller
    const { projectId } = call
    if (agentId === null || projectId === null) return this.#attempt(call, mayUseCache)
    const types = await this.#typesOf(agentId, mayUseCache)
    call.picked = await this.#reach(() =>
      this.#picker.pick({ projectId, types, without: call.lost, turn: call.turn(attempt) }),
    )
    let how: 'won' | 'lost' | 'left' = 'left'
    try {
      const outcome = await this.#attempt(call, mayUseCache)
      if (outcome !== 'stale' && outcome.ok) how = 'won'
      else if (outcome === 'stale' || outcome.error.code === 'CLAIM_LOST') how = 'lost'
      if (outcome === 'stale' || how !== 'lost') return outcome
      if (call.picked !== null) call.lost.add(call.picked)
      return 'stale'
    } finally {
      this.#picker.putBack(call.picked, how)
    }
  }

  async #typesOf(agentId: string, mayUseCache: boolean): Promise<readonly string[]> {
    const scope = { records: [{ kind: 'agent' as const, id: agentId }] }
    const remembered = mayUseCache ? this.#cache.hint(scope.records) : null
    const seen =
      remembered?.has('agent', agentId) === true
        ? remembered
        : new LoadedSnapshot(scope, await this.#reach(() => this.#storage.load(scope)))
    return seen.peek('agent', agentId)?.allowedTaskTypes ?? []
  }

  async #attempt(call: Call, mayUseCache: boolean): Promise<Outcome<unknown> | 'stale'> {
    const first = await this.#decide(call, mayUseCache)
    // A no must come from a fresh look: the remembered settings may be old.
    const decided = first.decision.kind !== 'accepted' && mayUseCache ? await this.#decide(call, false) : first
    if (decided.replayed !== null) {
      if (decided.replayed.ok || decided.replayed.error.code !== 'IDEMPOTENCY_KEY_REUSED') call.context.onReplay?.()
      return decided.replayed
    }
    const { decision, changes } = decided
    if (decision.kind === 'refused') return { ok: false, error: decision.error }
    const outcome: Outcome<unknown> =
      decision.kind === 'accepted' ? { ok: true, data: decision.data } : { ok: false, error: decision.error }
    const receipt = call.receiptFor(outcome, decided.now)
    if (changes.isEmpty && receipt === null) return outcome
    const commit: Commit = { ...changes.toCommit(), receipt }
    const result = await this.#reach(() => this.#storage.commit(commit))
    if (result.status === 'stale') return 'stale'
    this.#cache.written(commit.puts)
    return outcome
  }

  async #decide(call: Call, mayUseCache: boolean) {
    const { snapshot, receipt } = await this.#look(call, mayUseCache)
    const { deciding, refused } = call.deciding(snapshot)
    const changes = deciding?.changes ?? call.noChanges(snapshot)
    const { now } = snapshot
    const limited = this.#rateProblem(call, now)
    if (limited !== null) {
      return { decision: { kind: 'refused', error: limited } as const, changes, replayed: null, now }
    }
    // The stored answer comes before pause and archive, which the answered call may itself have brought about.
    const mayReplay = refused === null || REPLAYED_DESPITE.includes(refused.code)
    if (receipt !== null && mayReplay) return { decision: UNDECIDED, changes, replayed: call.replay(receipt), now }
    const decision: Decision<unknown> =
      refused !== null || deciding === null
        ? { kind: 'refused', error: refused ?? refusal('NOT_FOUND', 'no such project') }
        : this.#guarded(() => call.command.decide(deciding as never, call.input as never))
    return { decision, changes, replayed: null, now }
  }

  /** Counted once per call, by the store's clock; looking again is not calling again. */
  #rateProblem(call: Call, now: number): Refusal | null {
    const { agentId } = call.caller
    if (agentId === null || call.command.name !== 'toolCalls.gate') return null
    if (call.waitMs === undefined) {
      call.waitMs = this.#rates.take(`${agentId} ${call.command.name}`, now, this.#limits.gatesPerMinuteMax)
    }
    if (call.waitMs === null) return null
    const detail = `more than ${this.#limits.gatesPerMinuteMax} calls of ${call.command.name} within a minute`
    return refusal('RATE_LIMITED', detail, { retryAfterMs: call.waitMs })
  }

  /** A decider never throws on purpose; if it does, that is a fault and nothing is committed. */
  #guarded(decide: () => Decision<unknown>): Decision<unknown> {
    try {
      return decide()
    } catch (error) {
      if (isMissionControlError(error)) throw error
      if (error instanceof StoredRecordError) throw new MissionControlError('INTERNAL', error.message, { cause: error })
      throw new MissionControlError('INTERNAL', 'a rule failed', { cause: error })
    }
  }

  async #look(call: Call, mayUseCache: boolean): Promise<{ snapshot: LoadedSnapshot; receipt: Receipt | null }> {
    let seen = mayUseCache ? this.#hint(call) : null
    for (let look = 0; look <= LOOKS_MAX; look++) {
      const asked = call.scope(seen)
      if (look > 0 && seen !== null && covers(seen, asked)) return { snapshot: seen, receipt: call.receipt }
      const scope = deduplicated(asked)
      const loaded = await this.#reach(() =>
        mayUseCache ? this.#cache.load(this.#storage, scope) : this.#storage.load(scope),
      )
      this.#cache.remember(scope, loaded)
      call.receipt = loaded.receipt
      seen = new LoadedSnapshot(scope, loaded, this.#priceBook)
    }
    if (seen === null) throw new MissionControlError('INTERNAL', 'a scope must name at least one record')
    return { snapshot: seen, receipt: call.receipt }
  }

  /**
   * What is remembered of the records that a scope will point with, so that the first look already asks for
   * everything. A memory that has grown old costs one more look, never a wrong decision.
   */
  #hint(call: Call): LoadedSnapshot | null {
    const base = call.baseRefs()
    const settings = this.#cache.hint(base)
    if (settings === null) return null
    return this.#cache.hint([...base, ...(call.scope(settings).records ?? [])])
  }

  /** Repeats a call to a store that cannot be reached; every call of the port may be repeated. */
  async #reach<T>(operation: () => Promise<T>): Promise<T> {
    try {
      return await operation()
    } catch (error) {
      if (!isUnavailable(error)) throw error
      // Only a call that failed pays for the machinery; it counts as the first attempt.
      return pRetry(
        async (attempt) => {
          if (attempt === 1) throw error
          await this.#pause(STORE_PAUSE_MS_MAX * 2 ** (attempt - 2))
          return operation()
        },
        // The pauses are the engine's own, so that a simulation can turn its clock through them.
        { retries: STORE_RETRIES_MAX, minTimeout: 0, shouldRetry: ({ error: again }) => isUnavailable(again) },
      )
    }
  }
}

function isUnavailable(error: unknown): boolean {
  return isMissionControlError(error) && error.code === 'UNAVAILABLE'
}
