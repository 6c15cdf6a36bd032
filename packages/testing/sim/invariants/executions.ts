import type { RecordOf } from '@mission-control/core/storage'
import { type Change, writtenOf } from '../mirror.ts'
import type { Sight, Watch } from './watch.ts'

type Execution = RecordOf<'execution'>

const ENDED = new Set<Execution['status']>(['COMPLETED', 'FAILED', 'CANCELED'])
const REPORTS = new Set(['executions.start', 'executions.heartbeat', 'executions.complete', 'executions.fail'])

function isHeld({ status }: Execution): boolean {
  return status === 'ASSIGNED' || status === 'IN_PROGRESS'
}

/** I3, I4, I7: one executor at a time has a request, each in an epoch of its own; an end is an end. */
export function watchExecutions(sight: Sight): Watch {
  return {
    committed: (change) => {
      const executors = new Set(writtenOf(change, 'executor').map(({ after }) => after.id))
      for (const { before, after } of writtenOf(change, 'execution')) {
        checkHolder(sight, before, after)
        checkEnd(sight, change, before, after)
        if (before !== null) checkReport(sight, change, before)
        for (const id of [before?.executorId, after.executorId]) if (id != null) executors.add(id)
      }
      for (const id of executors) checkLoad(sight, id)
    },
  }
}

function checkHolder({ complain }: Sight, before: Execution | null, after: Execution): void {
  if (isHeld(after) !== (after.leaseUntil !== null) || (isHeld(after) && after.executorId === null)) {
    complain('I3', `${after.id} is ${after.status}, of ${after.executorId} until ${after.leaseUntil}`)
  }
  const epoch = before?.epoch ?? 0
  if (after.epoch < epoch) complain('I3', `the epoch of ${after.id} fell from ${epoch} to ${after.epoch}`)
  const isGiven = isHeld(after) && (before === null || !isHeld(before) || before.executorId !== after.executorId)
  if (isGiven && after.epoch <= epoch) complain('I3', `${after.id} went to ${after.executorId} in epoch ${epoch}`)
}

/** Only a dead letter is taken up again, by somebody who says so. */
function checkEnd({ complain }: Sight, change: Change, before: Execution | null, after: Execution): void {
  if (before === null || !ENDED.has(before.status) || after.status === before.status) return
  const isReplay = before.deadLetter && change.call?.operation === 'executions.replay'
  if (!isReplay) complain('I7', `${after.id} was ${before.status} and is ${after.status}`)
}

function checkReport({ mirror, complain }: Sight, change: Change, before: Execution): void {
  const { call } = change
  if (call === null || call.fence?.taskId !== before.id || !REPORTS.has(call.operation)) return
  const holder = before.executorId === null ? null : mirror.get('executor', before.executorId)
  if (call.fence.epoch !== before.epoch || holder?.principalId !== call.principalId) {
    complain('I4', `${call.operation} in epoch ${call.fence.epoch} of ${before.id}, held in ${before.epoch}`)
  }
}

function checkLoad({ mirror, complain }: Sight, executorId: string): void {
  const executor = mirror.get('executor', executorId)
  if (executor === null) return
  const held = mirror.all('execution').filter((one) => one.executorId === executorId && isHeld(one)).length
  if (executor.load !== held) complain('I3', `${executor.name} says it has ${executor.load} requests, and has ${held}`)
  if (held > executor.capacity)
    complain('I30', `${executor.name} has ${held} requests and room for ${executor.capacity}`)
}
