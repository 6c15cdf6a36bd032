import {
  createMissionControl,
  type MissionControl,
  type MissionControlClient,
  secureIds,
  type Task,
  unwrap,
} from '@mission-control/core'
import type { Storage } from '@mission-control/core/storage'

/** What an agent says it will do; a claim that brings it also starts the task. */
export const WORK_PLAN = { bullets: ['read the sources', 'write the guide', 'check every example'] }
export const DELIVERABLE = { content: 'The guide, complete with examples.' }
export const TASK = { title: 'Write the guide', type: 'DOCS' } as const

/** So much that no scenario ever meets a cap; the caps themselves are checked all the same. */
export const AMPLE_MICROS = 1_000_000_000_000
/** The most tasks an agent may be allowed to hold. */
export const CLAIMS_PER_AGENT_MAX = 50
/** A commit of the storage port may write twice that many rows. */
const TASKS_PER_COMMIT = 500

/** An installation with its first ADMIN. */
export interface Scene {
  readonly mc: MissionControl
  readonly storage: Storage
  readonly admin: MissionControlClient
  readonly adminKey: string
  readonly principalId: string
}

/** A project of its own, since what a command reads grows with the agents of its project. */
export interface Squad {
  readonly projectId: string
  readonly admin: MissionControlClient
  readonly agents: readonly MissionControlClient[]
  /** Of the agents, in their order. */
  readonly principalIds: readonly string[]
  /** A task in INBOX, of which others are made. */
  readonly template: Task
}

export async function openScene(storage: Storage): Promise<Scene> {
  const mc = createMissionControl({ storage, limits: { gatesPerMinuteMax: Number.MAX_SAFE_INTEGER } })
  const { principalId, key } = unwrap(await mc.bootstrap({ admin: { displayName: 'Ada' } }))
  return { mc, storage, admin: await mc.as(principalId), adminKey: key, principalId }
}

export async function openSquad(scene: Scene, name: string, size: number): Promise<Squad> {
  const project = unwrap(await scene.admin.projects.create({ name, slug: name }))
  const admin = scene.admin.inProject(project.id)
  const agents: MissionControlClient[] = []
  const principalIds: string[] = []
  for (let index = 1; index <= size; index++) {
    const registered = unwrap(
      await admin.agents.register({
        name: `Agent ${index}`,
        workspacePath: '/srv/agents/one',
        maxConcurrentTasks: CLAIMS_PER_AGENT_MAX,
        budgetDailyMicros: AMPLE_MICROS,
      }),
    )
    principalIds.push(registered.principalId)
    agents.push((await scene.mc.as(registered.principalId)).inProject(project.id))
  }
  return { projectId: project.id, admin, agents, principalIds, template: unwrap(await admin.tasks.create(TASK)) }
}

const ids = secureIds()

/** Copies of a task under new ids. */
export function copiesOf(template: Task, count: number): Task[] {
  return Array.from({ length: count }, () => ({ ...template, id: `tsk_${ids.ulid()}` }))
}

/** Writes tasks past the rules, which is a hundred times as fast as creating them. Gives their ids. */
export async function seedTasks(storage: Storage, template: Task, count: number): Promise<string[]> {
  const tasks = copiesOf(template, count)
  for (let from = 0; from < tasks.length; from += TASKS_PER_COMMIT) {
    const batch = tasks.slice(from, from + TASKS_PER_COMMIT)
    const { status } = await storage.commit({
      projectId: template.projectId,
      checks: batch.map(({ id }) => ({ kind: 'task', id, version: null })),
      puts: batch.map((record) => ({ kind: 'task', record })),
      adds: [],
      events: [],
      receipt: null,
    })
    if (status !== 'applied') throw new Error('the tasks could not be laid out')
  }
  return tasks.map(({ id }) => id)
}

/** Hands out tasks one by one; `refill` tops it up before a window. */
export class TaskQueue {
  readonly #storage: Storage
  readonly #template: Task
  readonly #ids: string[] = []

  constructor(storage: Storage, template: Task) {
    this.#storage = storage
    this.#template = template
  }

  async refill(count: number): Promise<void> {
    const missing = count - this.#ids.length
    if (missing > 0) this.#ids.push(...(await seedTasks(this.#storage, this.#template, missing)))
  }

  next(): string {
    const id = this.#ids.pop()
    if (id === undefined) throw new Error('the tasks ran out: lay out more')
    return id
  }
}

export function indexed<T>(values: readonly T[], index: number): T {
  const value = values[index % values.length]
  if (value === undefined) throw new Error('There is nothing to choose from.')
  return value
}
