import { createHash } from 'node:crypto'
import type { Action } from './actions/action.ts'
import { ACTIONS } from './actions/index.ts'
import type { Actor } from './actor.ts'
import { calmDown } from './calm-down.ts'
import { type Reached, reached } from './coverage.ts'
import { sweep } from './due.ts'
import { compareStore } from './rebuild.ts'
import { settleIn } from './settle-in.ts'
import { Turn } from './turn.ts'
import { type StorageMutation, type Violation, World } from './world.ts'

const CHOICES_MAX = 6
const READ_EVERY_MS = 60_000
const READ_ROWS = 50

export interface SeedOptions {
  readonly seed: number
  readonly steps: number
  readonly mutate?: StorageMutation
}

export interface SeedResult {
  readonly seed: number
  readonly steps: number
  /** Of everything that was written in the log, in its order. */
  readonly hash: string
  readonly violations: readonly Violation[]
  readonly reached: Reached
}

/** Runs one seed to its end, or to the first thing that is wrong. */
export async function runSeed({ seed, steps, mutate }: SeedOptions): Promise<SeedResult> {
  const world = new World(seed, mutate)
  await settleIn(world)
  const mood = moodOf(world)
  for (const actor of world.actors) live(world, actor, mood)
  keepSweeping(world)
  keepReading(world)
  trouble(world)
  while (world.step < steps && world.violations.length === 0) {
    world.step++
    if (!(await world.scheduler.step())) world.violate('I7', 'nothing is left to do')
  }
  if (world.violations.length === 0) await calmDown(world)
  if (world.violations.length === 0) await compareStore(world)
  const hash = createHash('sha256')
  for (const event of world.mirror.events) hash.update(JSON.stringify(event))
  return {
    seed,
    steps: world.step,
    hash: hash.digest('hex'),
    violations: world.violations,
    reached: reached(world.coverage),
  }
}

/** Some seeds do much of one thing and little of another, so that rare states are met as well. */
function moodOf(world: World): ReadonlyMap<Action, number> {
  return new Map(ACTIONS.map((action) => [action, action.weight * world.random.pick([0.3, 1, 1, 3])]))
}

/** An actor does one thing after the other, for ever, with pauses between. */
function live(world: World, actor: Actor, mood: ReadonlyMap<Action, number>): void {
  const own = ACTIONS.filter(({ by }) => by(actor))
  const again = () => {
    const pauseMs = world.random.next() * world.weather.thinkMsMax
    world.scheduler.after(pauseMs, () => {
      void act(new Turn(world, actor), own, mood).then(again, (error) => {
        world.violate('fault', error instanceof Error ? (error.stack ?? error.message) : String(error))
      })
    })
  }
  again()
}

async function act(turn: Turn, own: readonly Action[], mood: ReadonlyMap<Action, number>): Promise<void> {
  for (let choice = 0; choice < CHOICES_MAX; choice++) {
    const action = turn.random.weighted(own, (one) => mood.get(one) ?? 0)
    const done = action?.run(turn) ?? null
    if (done === null) continue
    await done
    return
  }
}

/** Hosts do what is due, again and again. */
function keepSweeping(world: World): void {
  const again = () =>
    world.scheduler.after(world.weather.sweepEveryMs, () => {
      void sweep(world).then(again, (error) => world.violate('fault', String(error)))
    })
  again()
}

/** Somebody follows the log over whatever host is there, and goes on from the cursor when one goes down. */
function keepReading(world: World): void {
  let after: string | null = null
  const read = async () => {
    const page = await world.anyHost().read((storage) => storage.readEvents({ after, limit: READ_ROWS }))
    if (page === 'LOST') return
    world.readSoFar.push(...page.events.map(({ id }) => id))
    after = page.cursor
  }
  const again = () => world.scheduler.after(READ_EVERY_MS, () => void read().then(again, again))
  again()
}

/** Crashes, and a clock that jumps. */
function trouble(world: World): void {
  const { random, scheduler, weather } = world
  const every = (ms: number | null, harm: () => Promise<void> | void) => {
    if (ms === null) return
    const again = () => scheduler.after(ms * 2 * random.next(), () => void Promise.resolve(harm()).then(again))
    again()
  }
  every(weather.crashEveryMs, () => world.crashHost())
  every(weather.jumpEveryMs, () => scheduler.jump(Math.floor(random.next() * weather.jumpMsMax)))
}
