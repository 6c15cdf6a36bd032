import { isMissionControlError } from '@mission-control/core'
import type { Mirror } from './mirror.ts'
import type { World } from './world.ts'

const GRACE_MS = 600_000

/** Something whose time was over, as it stood then. */
interface Due {
  readonly kind: 'task' | 'run' | 'approval' | 'liveness' | 'execution'
  readonly id: string
  readonly record: object
}

function dueAt(mirror: Mirror, now: number): Due[] {
  const due: Due[] = []
  for (const task of mirror.all('task')) {
    const leaseUntil = task.claim?.leaseUntil ?? null
    if (leaseUntil === null || (task.status !== 'ASSIGNED' && task.status !== 'IN_PROGRESS')) continue
    const endsAt = leaseUntil + (task.status === 'IN_PROGRESS' ? GRACE_MS : 0)
    if (endsAt <= now) due.push({ kind: 'task', id: task.id, record: task })
  }
  for (const run of mirror.all('run')) {
    if (run.status === 'RUNNING' && run.leaseUntil <= now) due.push({ kind: 'run', id: run.id, record: run })
  }
  for (const approval of mirror.all('approval')) {
    if (approval.status === 'PENDING' && approval.expiresAt <= now) {
      due.push({ kind: 'approval', id: approval.id, record: approval })
    }
  }
  for (const execution of mirror.all('execution')) {
    if (execution.leaseUntil !== null && execution.leaseUntil <= now) {
      due.push({ kind: 'execution', id: execution.id, record: execution })
    }
  }
  for (const liveness of mirror.all('liveness')) {
    const isSilent = liveness.silentAt !== null && liveness.silentAt <= now
    if (isSilent && mirror.get('agent', liveness.id)?.status === 'ACTIVE') {
      due.push({ kind: 'liveness', id: liveness.id, record: liveness })
    }
  }
  // An archived project is read-only: nothing of it moves on any more.
  return due.filter(({ kind, id }) => {
    const projectId = mirror.get(kind, id)?.projectId ?? ''
    return mirror.get('project', projectId)?.status === 'ACTIVE'
  })
}

/** I5: one round of jobs that nothing disturbed leaves nothing as it was whose time was over when it began. */
export async function sweep(world: World): Promise<void> {
  const host = world.anyHost()
  const due = dueAt(world.mirror, world.now)
  const before = host.complaints
  try {
    await host.answer(host.mc.outbox.sendDue())
    const report = await host.answer(host.mc.jobs.runDue())
    if (report === 'LOST' || host.complaints !== before) return
  } catch (error) {
    // A store that is away is there again in the next round.
    if (isMissionControlError(error) && error.code !== 'INTERNAL') return
    throw error
  }
  for (const { kind, id, record } of due) {
    if (world.mirror.get(kind, id) === record) world.violate('I5', `${kind} ${id} was due, and a whole round left it`)
  }
}
