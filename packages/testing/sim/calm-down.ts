import type { MissionControlClient, Task } from '@mission-control/core'
import { unwrap } from '@mission-control/core'
import { checklistOf } from './actions/work.ts'
import type { Host } from './host.ts'
import { FAIR } from './weather.ts'
import type { World } from './world.ts'

const ROUNDS_MAX = 6
const AMPLE_MICROS = 100_000_000
const ROUND_MS = 25 * 60_000
/** A batch is fifty notes. */
const OUTBOX_ROUNDS_MAX = 60
const OUTBOX_ROUND_MS = 5 * 60_000
const WAITS_FOR_PEOPLE = new Set<Task['status']>(['REVIEW', 'NEEDS_APPROVAL', 'BLOCKED', 'DONE', 'CANCELED'])

/**
 * I7: with nothing going wrong any more, room in every budget and one healthy agent, each task whose dependencies are
 * done comes to an end, or to where people have to decide.
 */
export async function calmDown(world: World): Promise<void> {
  world.weather = FAIR
  const [admin] = world.actors
  if (admin === undefined) return
  const host = world.freshHost()
  const { projectId } = admin
  await host.undisturbed(async () => {
    const client = await host.client(admin.principalId, projectId)
    await reopen(world, client, projectId)
    const healthy = unwrap(
      await client.agents.register({ name: 'Finn', maxConcurrentTasks: 50, budgetDailyMicros: AMPLE_MICROS }),
    )
    const worker = await host.client(healthy.principalId, projectId)
    for (let round = 0; round < ROUNDS_MAX; round++) {
      world.scheduler.jump(ROUND_MS)
      await jobsUntilDone(host)
      await workOff(world, worker, projectId)
      if (stuck(world, projectId).length === 0) break
    }
    await deliver(world, host)
    for (const { id, status } of stuck(world, projectId)) world.violate('I7', `${id} stays ${status}`)
    for (const task of world.mirror.all('task')) {
      // What an archived project waited for is withdrawn, and its tasks stay as they are.
      if (task.projectId !== projectId) continue
      const isWoken = task.waitingFor.some((id) => world.mirror.get('approval', id)?.status === 'PENDING')
      if (task.status === 'NEEDS_APPROVAL' && !isWoken) world.violate('I7', `${task.id} waits for nothing`)
    }
  })
}

async function reopen(world: World, client: MissionControlClient, projectId: string): Promise<void> {
  await client.projects.setOperatorMode({ mode: 'NORMAL', reason: 'the storm is over' })
  await client.budgets.set({ scopeType: 'PROJECT', scopeId: projectId, capMicros: null })
  for (const agent of world.mirror.all('agent')) {
    if (agent.projectId !== projectId || agent.retiredAt !== null) continue
    const reason = 'the storm is over'
    if (agent.status === 'QUARANTINED') await client.agents.control({ agentId: agent.id, action: 'LIFT', reason })
    await client.budgets.set({ scopeType: 'AGENT', scopeId: agent.id, capMicros: AMPLE_MICROS })
    await client.agents.control({ agentId: agent.id, action: 'RESTART', reason })
  }
}

/** I25: whatever people are to be told reaches them, or was given up, in bounded time. */
async function deliver(world: World, host: Host): Promise<void> {
  const waiting = () =>
    world.mirror.all('notification').filter(({ channel, status }) => channel !== 'HEARTBEAT' && status === 'PENDING')
  for (let round = 0; round < OUTBOX_ROUNDS_MAX && waiting().length > 0; round++) {
    world.scheduler.jump(OUTBOX_ROUND_MS)
    await host.mc.outbox.sendDue()
  }
  for (const { id } of waiting()) world.violate('I25', `${id} is never sent`)
}

async function jobsUntilDone(host: Host): Promise<void> {
  for (let round = 0; round < 3; round++) {
    const { claims, runs, approvals, agents } = await host.mc.jobs.runDue()
    if (claims + runs + approvals + agents === 0) return
  }
}

/** The healthy agent takes whatever it may, and hands it in at once. */
async function workOff(world: World, client: MissionControlClient, projectId: string): Promise<void> {
  await client.agents.heartbeat({ sessionKey: 'f', health: 'HEALTHY', currentTaskId: null })
  const free = world.mirror.all('task').filter((task) => task.projectId === projectId && task.status === 'INBOX')
  for (const task of free) {
    const claimed = await client.tasks.claim({ taskId: task.id, workPlan: { bullets: ['a', 'b', 'c'] } })
    if (!claimed.ok) continue
    const { epoch } = claimed.data
    const checklist = checklistOf(task)
    for (const review of world.mirror.all('review')) {
      if (review.taskId !== task.id || review.verb !== 'CHANGESET' || review.status !== 'OPEN') continue
      await client.reviews.resolveItem({ reviewId: review.id, item: 0, resolution: 'done', epoch })
    }
    await client.tasks.complete({ taskId: task.id, epoch, deliverable: { content: 'done' }, checklist })
  }
}

function stuck({ mirror }: World, projectId: string): Task[] {
  const isReady = ({ dependsOn }: Task) => dependsOn.every((id) => mirror.get('task', id)?.status === 'DONE')
  return mirror
    .all('task')
    .filter((task) => task.projectId === projectId && !WAITS_FOR_PEOPLE.has(task.status) && isReady(task))
}
