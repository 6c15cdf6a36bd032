import { type MissionControlClient, unwrap } from '@mission-control/core'
import { TELEGRAM_USER } from './actions/bot.ts'
import { EXECUTION_TYPES } from './actions/executions.ts'
import type { Actor } from './actor.ts'
import type { Host } from './host.ts'
import { type Limits, limitsOf } from './settings.ts'
import type { World } from './world.ts'

type Registration = Parameters<MissionControlClient['agents']['register']>[0]
type Role = Actor['role']

const SQUAD: readonly (Pick<Actor, 'name' | 'role'> & { readonly mischief: number })[] = [
  { name: 'Cleo', role: 'CAO', mischief: 0.05 },
  { name: 'Lea', role: 'LEAD', mischief: 0.1 },
  { name: 'Sam', role: 'SPECIALIST', mischief: 0.05 },
  { name: 'Sue', role: 'SPECIALIST', mischief: 0.15 },
  { name: 'Rex', role: 'SPECIALIST', mischief: 0.4 },
  { name: 'Ina', role: 'INTERN', mischief: 0.15 },
]
const TASKS_AT_FIRST = 4

/** Sets up a seed: two projects, people and a squad, in one installation. Nothing goes wrong while it does. */
export async function settleIn(world: World): Promise<void> {
  const limits = limitsOf(world.random)
  world.openHosts(1)
  const [host] = world.hosts
  if (host === undefined) throw new Error('there is no host')
  await host.undisturbed(async () => {
    const set = unwrap(
      await host.mc.bootstrap({
        admin: { displayName: 'Ada' },
        project: { name: 'Home', slug: 'home', timeZone: limits.timeZone },
        policy: limits.policy,
      }),
    )
    const home = set.projectId as string
    const join = (actor: Omit<Actor, 'host' | 'epochs'>) => {
      world.actors.push({ ...actor, host, epochs: new Map() })
    }
    join(person('Ada', 'ADMIN', set.principalId, home))
    const admin = await host.client(set.principalId, home)
    const away = unwrap(await admin.projects.create({ name: 'Away', slug: 'away' })).id
    for (const [name, role] of [
      ['Olga', 'OPERATOR'],
      ['Otto', 'OPERATOR'],
      ['Vera', 'VIEWER'],
    ] as const) {
      const made = unwrap(await admin.principals.create({ displayName: name, role, projectIds: [home] }))
      join(person(name, role, made.principal.id, home))
    }
    for (const member of SQUAD) join(await agent(admin, member, home, limits))
    join({ ...(await agent(admin, { name: 'Zoe', role: 'LEAD', mischief: 0.6 }, away, limits)), isForeign: true })
    for (const kind of ['CURSOR', 'OPENCLAW_AGENT'] as const) join(await executor(admin, kind, home))
    await pair(host, admin, set.principalId)
    if (limits.projectDayMicros !== null) {
      unwrap(await admin.budgets.set({ scopeType: 'PROJECT', scopeId: home, capMicros: limits.projectDayMicros }))
    }
    for (let made = 0; made < TASKS_AT_FIRST; made++) {
      unwrap(await admin.tasks.create({ title: `First ${made}`, type: made % 2 === 0 ? 'DOCS' : 'ENGINEERING' }))
    }
    unwrap(await admin.inProject(away).tasks.create({ title: 'Elsewhere', type: 'DOCS' }))
  })
  world.openHosts()
  for (const actor of world.actors) actor.host = world.anyHost()
}

function person(name: string, role: Role, principalId: string, projectId: string): Omit<Actor, 'host' | 'epochs'> {
  return { name, kind: 'HUMAN', role, principalId, agentId: null, projectId, isForeign: false, mischief: 0.05 }
}

async function executor(
  admin: MissionControlClient,
  kind: 'CURSOR' | 'OPENCLAW_AGENT',
  projectId: string,
): Promise<Omit<Actor, 'host' | 'epochs'>> {
  const types = [...EXECUTION_TYPES]
  const made = unwrap(await admin.inProject(projectId).executors.register({ name: kind, kind, types, capacity: 2 }))
  const { principalId } = made.executor
  const role = 'SYSTEM'
  return { name: kind, kind: 'EXECUTOR', role, principalId, agentId: null, projectId, isForeign: false, mischief: 0.15 }
}

/** The admin also talks to the bot. */
async function pair(host: Host, admin: MissionControlClient, principalId: string): Promise<void> {
  const { code } = unwrap(await admin.telegram.issueCode({ principalId }))
  unwrap(await host.mc.system.telegram.pair({ code, telegramUserId: TELEGRAM_USER, updateId: 0 }))
}

async function agent(
  admin: MissionControlClient,
  { name, role, mischief }: (typeof SQUAD)[number],
  projectId: string,
  limits: Limits,
): Promise<Omit<Actor, 'host' | 'epochs'>> {
  const registration: Registration = {
    name,
    role: role === 'CAO' ? 'LEAD' : (role as 'LEAD' | 'SPECIALIST' | 'INTERN'),
    isCao: role === 'CAO',
    budgetDailyMicros: limits.agentDayMicros,
    budgetPerRunMicros: limits.perRunMicros,
    heartbeatIntervalMs: limits.beatMs,
    maxConcurrentTasks: limits.tasksAtOnceMax,
  }
  const made = unwrap(await admin.inProject(projectId).agents.register(registration))
  const { principalId, agentId } = made
  return { name, kind: 'AGENT', role, principalId, agentId, projectId, isForeign: false, mischief }
}
