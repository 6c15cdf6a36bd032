import type { MissionControlClient } from '../client.ts'
import { unwrap } from '../errors.ts'
import type { MissionControl } from '../mission-control.ts'
import { DEMO_SQUAD } from './squad.ts'

const PROJECT = { name: 'OpenClaw', slug: 'openclaw' } as const
const PEOPLE = [
  { displayName: 'operator-1', role: 'OPERATOR' },
  { displayName: 'operator-2', role: 'OPERATOR' },
  { displayName: 'viewer-1', role: 'VIEWER' },
] as const
const PEOPLE_MAX = 200

/** An agent of the demo with its own client. */
export interface DemoMember {
  readonly agentId: string
  readonly principalId: string
  readonly client: MissionControlClient
}

/** Everybody in the demo, each with a client of their own. */
export interface DemoCast {
  readonly projectId: string
  readonly admin: MissionControlClient
  readonly operators: readonly [MissionControlClient, MissionControlClient]
  readonly squad: ReadonlyMap<string, DemoMember>
  /** Keys that were made just now, by name; no later run shows them. */
  readonly keys: ReadonlyMap<string, string>
}

/** Finds the first ADMIN and the project, or makes them. */
async function openProject(mc: MissionControl, keys: Map<string, string>) {
  const first = await mc.bootstrap({ admin: { displayName: 'admin' }, project: PROJECT })
  if (first.ok) keys.set('admin', first.data.key)
  const people = unwrap(await mc.system.principals.list({ kind: 'HUMAN', limit: PEOPLE_MAX })).data
  const known = people.find(({ role, status, projectIds }) => {
    return role === 'ADMIN' && status === 'ACTIVE' && projectIds === 'ALL'
  })
  if (known === undefined) throw new Error('the installation has no active ADMIN of all projects')
  const admin = await mc.as(known.id)
  const found = await admin.projects.get({ project: PROJECT.slug })
  const project = found.ok ? found.data : unwrap(await admin.projects.create(PROJECT))
  return { admin: admin.inProject(project.id), projectId: project.id, people }
}

/** Makes whoever is missing, through public commands and as an ADMIN. */
export async function openDemoCast(mc: MissionControl): Promise<DemoCast> {
  const keys = new Map<string, string>()
  const { admin, projectId, people } = await openProject(mc, keys)
  const clients: MissionControlClient[] = []
  for (const person of PEOPLE) {
    const known = people.find(({ displayName, role }) => displayName === person.displayName && role === person.role)
    if (known !== undefined) {
      clients.push((await mc.as(known.id)).inProject(projectId))
      continue
    }
    const made = unwrap(await admin.principals.create({ ...person, projectIds: [projectId] }))
    keys.set(person.displayName, made.key)
    clients.push((await mc.as(made.principal.id)).inProject(projectId))
  }
  const [one, two] = clients
  if (one === undefined || two === undefined) throw new Error('the demo has two operators')
  return { projectId, admin, operators: [one, two], squad: await openSquad(mc, admin, projectId, keys), keys }
}

async function openSquad(
  mc: MissionControl,
  admin: MissionControlClient,
  projectId: string,
  keys: Map<string, string>,
): Promise<Map<string, DemoMember>> {
  const squad = new Map<string, DemoMember>()
  for (const { name, types, ...member } of DEMO_SQUAD) {
    const { agentId, principalId, key } = unwrap(
      await admin.agents.register({
        ...member,
        name,
        allowedTaskTypes: [...types],
        workspacePath: `~/.openclaw/agents/${name.toLowerCase()}`,
      }),
    )
    if (key !== null) keys.set(name, key)
    squad.set(name, { agentId, principalId, client: (await mc.as(principalId)).inProject(projectId) })
  }
  return squad
}
