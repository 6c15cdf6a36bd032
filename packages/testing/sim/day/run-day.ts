import { DEFAULT_POLICY, type PolicyContent, unwrap } from '@mission-control/core'
import type { Actor } from '../actor.ts'
import { sweep } from '../due.ts'
import { compareStore } from '../rebuild.ts'
import { MODEL } from '../settings.ts'
import { Turn } from '../turn.ts'
import type { Weather } from '../weather.ts'
import { type Violation, World } from '../world.ts'
import { type DayFigures, figuresOf } from './figures.ts'
import { ask, attend } from './people.ts'
import { SQUAD } from './squad.ts'
import { type Trouble, work } from './worker.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const TASKS_AT_FIRST = 12
const PRICE = { provider: 'acme', model: MODEL, inputMicrosPerMillion: 1_000_000, outputMicrosPerMillion: 2_000_000 }

/** An ordinary bad day: answers get lost, hosts go down, agents fall silent. */
const WEATHER: Weather = {
  latencyMsMax: 50,
  unavailable: 0.01,
  lostAnswer: 0.02,
  duplicated: 0.05,
  staleRead: 0.1,
  resent: 0.05,
  crashEveryMs: HOUR_MS,
  jumpEveryMs: null,
  jumpMsMax: 0,
  skewMsMax: 5 * MINUTE_MS,
  thinkMsMax: 40_000,
  sweepEveryMs: 5_000,
}

export interface DayResult {
  readonly figures: DayFigures
  readonly violations: readonly Violation[]
  readonly steps: number
}

/** Lets the squad of the demo work for 24 hours, with faults, and with one agent that goes wrong at ten. */
export async function runDay(seed: number): Promise<DayResult> {
  const world = new World(seed)
  world.weather = WEATHER
  const startAt = world.now
  await moveIn(world)
  const rogueFrom = startAt + 10 * HOUR_MS
  for (const actor of world.actors) {
    if (actor.kind === 'AGENT') dayOf(world, actor, { failsFrom: actor.name === 'Echo' ? rogueFrom : null })
    else every(world, 20_000, () => attend(new Turn(world, actor)))
  }
  const [admin] = world.actors
  if (admin !== undefined) every(world, 9 * MINUTE_MS, () => ask(new Turn(world, admin)))
  every(world, WEATHER.sweepEveryMs, () => sweep(world))
  every(world, HOUR_MS, async () => world.crashHost())
  while (world.now < startAt + DAY_MS && world.violations.length === 0) {
    world.step++
    await world.scheduler.step()
  }
  if (world.violations.length === 0) await compareStore(world)
  return { figures: figuresOf(world.mirror, world.now), violations: world.violations, steps: world.step }
}

/** Does something again and again, with pauses of about that length. */
function every(world: World, ms: number, act: () => Promise<unknown>): void {
  const again = () => {
    const pauseMs = ms * (0.5 + world.random.next())
    world.scheduler.after(pauseMs, () => {
      void act().then(again, (error) => world.violate('fault', String((error as Error).stack ?? error)))
    })
  }
  again()
}

/** An agent works every few minutes, and now and then falls silent for an hour. */
function dayOf(world: World, actor: Actor, trouble: Trouble): void {
  let silentUntil = 0
  const isRogue = () => trouble.failsFrom !== null && world.now >= trouble.failsFrom
  const stretch = async () => {
    if (world.now < silentUntil) return
    if (world.random.chance(0.01)) silentUntil = world.now + HOUR_MS
    else await work(new Turn(world, actor), trouble)
  }
  const again = () => {
    const pauseMs = (isRogue() ? 30_000 : 2 * MINUTE_MS) * (0.5 + world.random.next())
    world.scheduler.after(pauseMs, () => {
      void stretch().then(again, (error) => world.violate('fault', String((error as Error).stack ?? error)))
    })
  }
  again()
}

async function moveIn(world: World): Promise<void> {
  world.openHosts(1)
  const host = world.anyHost()
  await host.undisturbed(async () => {
    const policy = { ...DEFAULT_POLICY, prices: { models: [PRICE], fallback: null } } as PolicyContent
    const set = unwrap(
      await host.mc.bootstrap({
        admin: { displayName: 'Ada' },
        project: { name: 'OpenClaw', slug: 'openclaw' },
        policy,
      }),
    )
    const projectId = set.projectId as string
    const join = (actor: Pick<Actor, 'name' | 'kind' | 'role' | 'principalId' | 'agentId'>) =>
      world.actors.push({ ...actor, projectId, isForeign: false, mischief: 0, host, epochs: new Map() })
    join({ name: 'Ada', kind: 'HUMAN', role: 'ADMIN', principalId: set.principalId, agentId: null })
    const admin = await host.client(set.principalId, projectId)
    for (const name of ['Olga', 'Otto']) {
      const { principal } = unwrap(
        await admin.principals.create({ displayName: name, role: 'OPERATOR', projectIds: [projectId] }),
      )
      join({ name, kind: 'HUMAN', role: 'OPERATOR', principalId: principal.id, agentId: null })
    }
    for (const registration of SQUAD) {
      const { principalId, agentId } = unwrap(await admin.agents.register(registration))
      const { name, role = 'SPECIALIST' } = registration
      join({ name, kind: 'AGENT', role, principalId, agentId })
    }
    for (let made = 0; made < TASKS_AT_FIRST; made++) {
      const [admin0] = world.actors
      if (admin0 !== undefined) await ask(new Turn(world, admin0))
    }
  })
  world.openHosts()
}
