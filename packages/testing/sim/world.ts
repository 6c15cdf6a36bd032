import { createMemoryStorage } from '@mission-control/adapter-memory'
import type { Ids } from '@mission-control/core'
import type { Clock, Storage } from '@mission-control/core/storage'
import { createFakeIds } from '../src/fake-ids.ts'
import type { Actor } from './actor.ts'
import type { Call } from './call.ts'
import { Coverage } from './coverage.ts'
import type { GateInput } from './gate-input.ts'
import { Host } from './host.ts'
import { watchAll } from './invariants/index.ts'
import type { Watch } from './invariants/watch.ts'
import { Mirror } from './mirror.ts'
import { observedStorage } from './observed-storage.ts'
import { Random } from './random.ts'
import { Receiver } from './receiver.ts'
import { Scheduler } from './scheduler.ts'
import { type Weather, weatherOf } from './weather.ts'

/** 2026-03-27T20:00:00Z: two days before clocks change in Europe, four hours before a day ends in UTC. */
const START_AT = 1_774_641_600_000
const HOSTS = 2

/** Something that must never be, with the number of the rule it breaks. */
export interface Violation {
  readonly invariant: string
  readonly problem: string
  readonly step: number
}

/** How a store of a seed may be replaced, to see whether the rules notice. */
export type StorageMutation = (storage: Storage, clock: Clock) => Storage

/** Everything there is in one seed. */
export class World {
  readonly random: Random
  readonly scheduler: Scheduler
  readonly mirror = new Mirror()
  readonly coverage = new Coverage()
  readonly calls = new Map<string, Call>()
  readonly violations: Violation[] = []
  readonly watch: Required<Watch>
  readonly actors: Actor[] = []
  readonly hosts: Host[] = []
  readonly storage: Storage
  readonly receiver: Receiver
  /** What agents asked the gate for, by the request that came of it. */
  readonly asked = new Map<string, GateInput>()
  /** Ids of the events that somebody read who follows the log. */
  readonly readSoFar: string[] = []
  /** Telegram updates that were handled to their end, and the number of the last one. */
  readonly handled = new Set<number>()
  updates = 0
  weather: Weather
  step = 0
  readonly #ids: Ids
  readonly #gatesPerMinuteMax: number
  #keys = 0

  constructor(seed: number, mutate: StorageMutation = (storage) => storage) {
    this.random = new Random(seed)
    this.weather = weatherOf(this.random)
    this.scheduler = new Scheduler(START_AT + this.random.below(48 * 3_600_000), this.random)
    const clock: Clock = { now: () => Math.floor(this.scheduler.now) }
    this.#ids = createFakeIds(clock)
    this.#gatesPerMinuteMax = this.random.pick([2, 100, 100, 100])
    const complain = (invariant: string, problem: string) => this.violate(invariant, problem)
    this.receiver = new Receiver(this.scheduler, this.random, () => this.weather)
    const { mirror, receiver } = this
    this.watch = watchAll({ mirror, receiver, complain }, this.coverage)
    this.storage = observedStorage(mutate(createMemoryStorage({ clock }), clock), this)
  }

  get now(): number {
    return Math.floor(this.scheduler.now)
  }

  violate(invariant: string, problem: string): void {
    this.violations.push({ invariant, problem, step: this.step })
  }

  openHosts(count = HOSTS): void {
    while (this.hosts.length < count) this.hosts.push(this.freshHost())
  }

  /** A host on which nothing is under way. */
  freshHost(): Host {
    const { storage, scheduler, random } = this
    const [ids, gatesPerMinuteMax, receiver] = [this.#ids, this.#gatesPerMinuteMax, this.receiver.channel]
    const options = { storage, scheduler, random, ids, gatesPerMinuteMax, receiver }
    return Host.open({ ...options, weather: () => this.weather })
  }

  /** A host goes down in the middle of whatever it does; a new one takes its place on the same store. */
  crashHost(): void {
    const at = this.random.below(this.hosts.length)
    const old = this.hosts[at]
    if (old === undefined) return
    const fresh = this.freshHost()
    this.hosts[at] = fresh
    for (const actor of this.actors) if (actor.host === old) actor.host = fresh
    old.crash()
  }

  anyHost(): Host {
    return this.hosts[this.random.below(this.hosts.length)] as Host
  }

  nextKey(): string {
    this.#keys++
    return `call-${this.#keys}`
  }
}
