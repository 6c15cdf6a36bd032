import { createMemoryStorage } from '@mission-control/adapter-memory'
import {
  type Agent,
  type AgentOptions,
  createAgent,
  createMissionControl,
  type MissionControl,
  type MissionControlClient,
  type MissionControlOptions,
  type OneTimeCodes,
  type PolicyContent,
  type PriceBook,
  type RunningAgent,
  unwrap,
} from '@mission-control/core'
import type { Clock, Storage } from '@mission-control/core/storage'
import { createFakeClock, type FakeClock } from './fake-clock.ts'
import { createFakeIds } from './fake-ids.ts'

/** Longest stretch of time that passes between two rounds of jobs, in anything up to a day. */
const STEP_MS = 30_000
/** Rounds of jobs in one advance; longer spans take longer steps. */
const STEPS_MAX = 2_880

export interface TestHarnessOptions {
  readonly startAt?: number
  readonly timeZone?: string
  /** Default: the built-in policy. */
  readonly policy?: PolicyContent
  /** Default: memory. The store must take its time from the given clock. */
  readonly storage?: (clock: Clock) => Storage | Promise<Storage>
  /** Default: none; what the policy does not price is UNPRICED. */
  readonly priceBook?: PriceBook
  /** What the host needs beside its store; default: nothing. */
  readonly probes?: MissionControlOptions['probes']
  /** How people are reached; default: not at all. */
  readonly channels?: MissionControlOptions['channels']
  /** What webhooks are signed and sent with; default: there are none. */
  readonly webhooks?: MissionControlOptions['webhooks']
  /** Default: none; whoever owes a one-time code decides on nothing that is RED. */
  readonly oneTimeCodes?: OneTimeCodes
  /** As in `createMissionControl`. */
  readonly limits?: MissionControlOptions['limits']
  /** Watches operations as spans; default: nobody does. */
  readonly tracer?: MissionControlOptions['tracer']
}

/** An agent of the test project with its own client. */
export interface TestAgent {
  readonly id: string
  readonly principalId: string
  readonly agent: Agent
  readonly key: string
  readonly client: MissionControlClient
  /** This agent with a handler, driven by `step()`. */
  script(options: Omit<AgentOptions, 'name'>): RunningAgent
}

type Registration = Parameters<MissionControlClient['agents']['register']>[0]

export interface TestHarness {
  readonly mc: MissionControl
  readonly clock: FakeClock
  /** The store behind it, for looking at what no client shows. */
  readonly storage: Storage
  readonly projectId: string
  /** The first ADMIN. */
  readonly admin: MissionControlClient
  readonly adminKey: string
  /** A new OPERATOR each time. */
  operator(name?: string): Promise<MissionControlClient>
  /** A new VIEWER each time. */
  viewer(name?: string): Promise<MissionControlClient>
  /** Registers an agent of the project; the name follows from the role when none is given. */
  agent(registration?: Partial<Registration>): Promise<TestAgent>
  /** Lets time pass and does what falls due on the way: leases, expiries, silence. */
  advance(ms: number): Promise<void>
  close(): Promise<void>
}

/**
 * A Mission Control in memory with one project, a clock you can turn and ids that are the same in every run.
 * There is no other door than for everybody else: principals with keys and roles.
 */
export async function createTestHarness(options: TestHarnessOptions = {}): Promise<TestHarness> {
  const clock = createFakeClock(options.startAt)
  const storage = await (options.storage ?? ((given: Clock) => createMemoryStorage({ clock: given })))(clock)
  const mc = createMissionControl({
    storage,
    ids: createFakeIds(clock),
    ...(options.limits === undefined ? {} : { limits: options.limits }),
    ...(options.tracer === undefined ? {} : { tracer: options.tracer }),
    ...(options.probes === undefined ? {} : { probes: options.probes }),
    ...(options.channels === undefined ? {} : { channels: options.channels }),
    ...(options.webhooks === undefined ? {} : { webhooks: options.webhooks }),
    ...(options.priceBook === undefined ? {} : { priceBook: options.priceBook }),
    ...(options.oneTimeCodes === undefined ? {} : { oneTimeCodes: options.oneTimeCodes }),
  })
  const set = unwrap(
    await mc.bootstrap({
      admin: { displayName: 'Ada' },
      project: { name: 'Test', slug: 'test', timeZone: options.timeZone ?? 'UTC' },
      ...(options.policy === undefined ? {} : { policy: options.policy }),
    }),
  )
  const projectId = set.projectId as string
  const admin = (await mc.as(set.principalId)).inProject(projectId)
  let count = 0

  async function person(role: 'OPERATOR' | 'VIEWER', name: string): Promise<MissionControlClient> {
    const created = unwrap(await admin.principals.create({ displayName: name, role, projectIds: [projectId] }))
    return (await mc.as(created.principal.id)).inProject(projectId)
  }

  return {
    mc,
    clock,
    storage,
    projectId,
    admin,
    adminKey: set.key,
    operator: (name = `Operator ${++count}`) => person('OPERATOR', name),
    viewer: (name = `Viewer ${++count}`) => person('VIEWER', name),
    agent: async (registration = {}) => {
      const name = registration.name ?? `${registration.role ?? 'SPECIALIST'} ${++count}`
      const made = unwrap(await admin.agents.register({ ...registration, name }))
      const client = (await mc.as(made.principalId)).inProject(projectId)
      return {
        id: made.agentId,
        principalId: made.principalId,
        agent: made.agent,
        key: made.key ?? '',
        client,
        script: (scripted) => createAgent(client, { ...scripted, name }),
      }
    },
    advance: async (ms) => {
      const stepMs = Math.max(STEP_MS, Math.ceil(ms / STEPS_MAX))
      for (let left = ms; left > 0; left -= stepMs) {
        clock.advance(Math.min(left, stepMs))
        await mc.jobs.runDue()
      }
    },
    close: () => mc.close(),
  }
}
