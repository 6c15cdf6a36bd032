import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { createPostgresStorage, fromPglite, migrate } from '@mission-control/adapter-postgres'
import { type DataFolder, HOST_POLICY } from '@mission-control/cli'
import {
  createMissionControl,
  DEMO_SQUAD,
  type Logger,
  type MissionControl,
  type MissionControlClient,
  unwrap,
} from '@mission-control/core'
import { createGenaiPriceBook } from '@mission-control/genai-prices'

const DAY_CAP_MICROS = 20_000_000
const OPERATORS = ['operator-1', 'operator-2'] as const

export interface Host {
  readonly mc: MissionControl
  readonly projectId: string
  readonly admin: MissionControlClient
  /** Two people who decide; each has a key file. */
  readonly operators: readonly MissionControlClient[]
  /** The client of each member of the squad, by name. */
  readonly agents: ReadonlyMap<string, MissionControlClient>
  /** Where the agent works, by name. */
  workspaceOf(name: string): string
  close(): Promise<void>
}

/** Opens the embedded Postgres of the data folder and brings people and squad to life through public commands. */
export async function openHost(folder: DataFolder, logger: Logger): Promise<Host> {
  const databaseFolder = join(folder.path, 'database')
  await mkdir(databaseFolder, { recursive: true })
  const database = await PGlite.create(databaseFolder)
  const client = fromPglite(database)
  await migrate(client)
  const mc = createMissionControl({
    storage: createPostgresStorage({ client }),
    logger,
    priceBook: createGenaiPriceBook(),
  })
  const admin = await openAdmin(mc, folder)
  const project = unwrap(await admin.projects.get({ project: 'openclaw' }))
  const inProject = admin.inProject(project.id)
  unwrap(
    await inProject.budgets.set({
      scopeType: 'PROJECT',
      scopeId: project.id,
      metric: 'USD',
      window: 'DAY',
      capMicros: DAY_CAP_MICROS,
    }),
  )
  const operators: MissionControlClient[] = []
  for (const name of OPERATORS)
    operators.push((await openPerson(mc, admin, folder, name, project.id)).inProject(project.id))
  const workspaceOf = (name: string) => join(folder.path, 'work', name.toLowerCase())
  const agents = new Map<string, MissionControlClient>()
  for (const member of DEMO_SQUAD) {
    const registered = unwrap(
      await inProject.agents.register({
        name: member.name,
        emoji: member.emoji,
        role: member.role,
        isCao: member.isCao,
        allowedTaskTypes: [...member.types],
        budgetDailyMicros: member.budgetDailyMicros,
        budgetPerRunMicros: member.budgetPerRunMicros,
        maxSubAgents: member.maxSubAgents,
        workspacePath: workspaceOf(member.name),
      }),
    )
    if (registered.key !== null) await folder.keepKey(member.name.toLowerCase(), registered.key)
    agents.set(member.name, (await mc.as(registered.principalId)).inProject(project.id))
  }
  return {
    mc,
    projectId: project.id,
    admin: inProject,
    operators,
    agents,
    workspaceOf,
    // Closes the database with it.
    close: () => mc.close(),
  }
}

/** The first ADMIN: made at the first start. A key that was lost, or never written, is issued anew by the host. */
async function openAdmin(mc: MissionControl, folder: DataFolder): Promise<MissionControlClient> {
  const first = await mc.bootstrap({
    admin: { displayName: 'admin' },
    project: { name: 'OpenClaw', slug: 'openclaw' },
    policy: HOST_POLICY,
  })
  if (first.ok) {
    await folder.keepKey('admin', first.data.key)
    return mc.as(first.data.principalId)
  }
  const kept = await folder.readKey('admin')
  const known = kept === null ? null : await mc.authenticate(kept)
  if (known?.ok === true) return known.data
  const people = unwrap(await mc.system.principals.list({ kind: 'HUMAN', limit: 200 }))
  const admin = people.data.find((person) => person.role === 'ADMIN' && person.status === 'ACTIVE')
  if (admin === undefined) throw new Error('the database has no active ADMIN')
  await folder.keepKey('admin', unwrap(await mc.issueAdminKey(admin.id)).key)
  return mc.as(admin.id)
}

async function openPerson(
  mc: MissionControl,
  admin: MissionControlClient,
  folder: DataFolder,
  name: string,
  projectId: string,
) {
  const kept = await folder.readKey(name)
  const known = kept === null ? null : await mc.authenticate(kept)
  if (known?.ok === true) return known.data
  const people = unwrap(await admin.principals.list({ kind: 'HUMAN', limit: 200 }))
  const person = people.data.find((entry) => entry.displayName === name)
  if (person !== undefined) {
    await folder.keepKey(name, unwrap(await admin.keys.issue({ principalId: person.id })).key)
    return mc.as(person.id)
  }
  const created = unwrap(
    await admin.principals.create({ displayName: name, role: 'OPERATOR', projectIds: [projectId] }),
  )
  await folder.keepKey(name, created.key)
  return mc.as(created.principal.id)
}
