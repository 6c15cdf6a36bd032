import type { RecordOf } from '@mission-control/core/storage'
import type { Fence } from '../call.ts'
import type { Turn } from '../turn.ts'
import { type Action, isAgent, isAnybody, isExecutor, isPerson } from './action.ts'

type Execution = RecordOf<'execution'>

export const EXECUTION_TYPES = ['CODE_CHANGE', 'RESEARCH', 'CONTENT', 'EMAIL', 'SOCIAL', 'OPS'] as const
const OPEN_MAX = 8

function executionOf(turn: Turn, fits: (execution: Execution) => boolean): Execution | undefined {
  return turn.random.any(turn.mirror.all('execution').filter(fits))
}

const isOpen = ({ status }: Execution) => status === 'PENDING' || status === 'ASSIGNED' || status === 'IN_PROGRESS'

const request: Action = {
  name: 'request execution',
  weight: 3,
  by: (actor) => isAgent(actor) || isPerson(actor),
  run: (turn) => {
    const { random, mirror } = turn
    if (mirror.all('execution').filter(isOpen).length >= OPEN_MAX) return null
    const task = turn.held('IN_PROGRESS')
    const fence = task === undefined ? null : turn.fence(task)
    const of = fence === null ? {} : { taskId: fence.taskId, epoch: fence.epoch }
    const kind = random.chance(0.3) ? { executorKind: random.pick(['CURSOR', 'OPENCLAW_AGENT', 'CLAUDE_CODE']) } : {}
    const type = random.pick(EXECUTION_TYPES)
    const wish = { type, payload: { change: random.below(20) }, justification: 'it helps', rollbackPlan: 'undo it' }
    return turn.call(
      'executions.request',
      (client, context) => client.executions.request({ ...wish, ...kind, ...of }, context),
      fence,
    )
  },
}

const withdraw: Action = {
  name: 'cancel execution',
  weight: 0.5,
  by: isAnybody,
  run: (turn) => {
    const found = executionOf(turn, isOpen)
    if (found === undefined) return null
    return turn.call('executions.cancel', (client, context) =>
      client.executions.cancel({ executionId: found.id, reason: 'not needed' }, context),
    )
  },
}

const replay: Action = {
  name: 'replay execution',
  weight: 1,
  by: isPerson,
  run: (turn) => {
    const isOdd = turn.isMischievous
    const found = executionOf(turn, ({ deadLetter }) => isOdd || deadLetter)
    if (found === undefined) return null
    return turn.call('executions.replay', (client, context) =>
      client.executions.replay({ executionId: found.id, reason: 'once more' }, context),
    )
  },
}

function executorId(turn: Turn): string {
  return turn.mirror.all('executor').find(({ principalId }) => principalId === turn.actor.principalId)?.id ?? ''
}

const report: Action = {
  name: 'executor beats',
  weight: 6,
  by: isExecutor,
  run: (turn) =>
    turn.call('executors.heartbeat', (client, context) =>
      client.executors.heartbeat({ executorId: executorId(turn) }, context),
    ),
}

/** A request in the hands of the executor; one that is up to mischief takes any, or comes with an old epoch. */
function held(turn: Turn, ...statuses: Execution['status'][]) {
  const own = executorId(turn)
  const isOdd = turn.isMischievous
  const found = executionOf(turn, (one) => isOdd || (one.executorId === own && statuses.includes(one.status)))
  if (found === undefined) return undefined
  const epoch = turn.isMischievous ? Math.max(1, found.epoch - 1) : Math.max(1, found.epoch)
  return { executionId: found.id, epoch }
}

/** An executor comes with the epoch in which it was given the request. */
function fenceOf({ executionId, epoch }: { readonly executionId: string; readonly epoch: number }): Fence {
  return { taskId: executionId, epoch }
}

const carryOut: Action = {
  name: 'carry out',
  weight: 10,
  by: isExecutor,
  run: (turn) => {
    const found = held(turn, 'ASSIGNED')
    if (found === undefined) return null
    return turn.call('executions.start', (client, context) => client.executions.start(found, context), fenceOf(found))
  },
}

const goOn: Action = {
  name: 'go on',
  weight: 3,
  by: isExecutor,
  run: (turn) => {
    const found = held(turn, 'IN_PROGRESS')
    if (found === undefined) return null
    return turn.call(
      'executions.heartbeat',
      (client, context) => client.executions.heartbeat(found, context),
      fenceOf(found),
    )
  },
}

const finish: Action = {
  name: 'finish execution',
  weight: 8,
  by: isExecutor,
  run: (turn) => {
    const found = held(turn, 'IN_PROGRESS', 'ASSIGNED')
    if (found === undefined) return null
    if (turn.random.chance(0.35)) {
      const failed = { ...found, error: 'broke' }
      return turn.call('executions.fail', (client, context) => client.executions.fail(failed, context), fenceOf(found))
    }
    const cost = turn.random.chance(0.3) ? { costMicros: turn.random.below(200_000) } : {}
    const done = { ...found, ...cost, result: 'done' }
    return turn.call(
      'executions.complete',
      (client, context) => client.executions.complete(done, context),
      fenceOf(found),
    )
  },
}

export const EXECUTIONS: readonly Action[] = [request, withdraw, replay, report, carryOut, goOn, finish]
