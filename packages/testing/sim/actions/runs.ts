import type { Run, Task } from '@mission-control/core'
import { MODEL, UNPRICED_MODEL } from '../settings.ts'
import type { Turn } from '../turn.ts'
import { type Action, isAgent } from './action.ts'

const startRun: Action = {
  name: 'start run',
  weight: 10,
  by: isAgent,
  run: (turn) => {
    const task = turn.held('IN_PROGRESS')
    if (task === undefined) return null
    const fence = turn.fence(task)
    const model = turn.random.chance(0.08) ? UNPRICED_MODEL : MODEL
    const estimate = turn.random.chance(0.3) ? {} : { estimatedCostMicros: turn.random.below(900_000) }
    return turn.call(
      'runs.start',
      (client, context) =>
        client.runs.start({ taskId: task.id, epoch: fence.epoch, sessionKey: 's', model, ...estimate }, context),
      fence,
    )
  },
}

/** A run of the actor: an open one, or any when it is up to mischief. */
function run(turn: Turn): Run | undefined {
  const { agentId } = turn.actor
  const isOdd = turn.isMischievous
  return turn.random.any(
    turn.mirror.all('run').filter(({ status, agentId: owner }) => isOdd || (status === 'RUNNING' && owner === agentId)),
  )
}

/** The same call is told twice now and then; some cost far more than they should. */
function lines(turn: Turn) {
  const { random } = turn
  const count = random.chance(0.8) ? 1 : 2
  return Array.from({ length: count }, (_, at) => {
    const callId = `c${random.below(12)}-${at}`
    if (random.chance(0.05)) return { callId, model: UNPRICED_MODEL, tokens: { input: 1_000, output: 10 } }
    if (random.chance(0.2)) return { callId, tokens: { input: random.below(200_000), output: random.below(50_000) } }
    const billing = random.chance(0.15) ? ('SUBSCRIPTION' as const) : ('METERED' as const)
    return { callId, costMicros: random.below(random.chance(0.1) ? 6_000_000 : 300_000), billing }
  })
}

const reportRun: Action = {
  name: 'report run',
  weight: 12,
  by: isAgent,
  run: (turn) => {
    const found = run(turn)
    if (found === undefined) return null
    const report = { runId: found.id, lines: lines(turn) }
    return turn.call('runs.report', (client, context) => client.runs.report(report, context))
  },
}

const completeRun: Action = {
  name: 'complete run',
  weight: 9,
  by: isAgent,
  run: (turn) => {
    const found = run(turn)
    if (found === undefined) return null
    return turn.call('runs.complete', (client, context) => client.runs.complete({ runId: found.id }, context))
  },
}

const failRun: Action = {
  name: 'fail run',
  weight: 3,
  by: isAgent,
  run: (turn) => {
    const found = run(turn)
    if (found === undefined) return null
    return turn.call('runs.fail', (client, context) => client.runs.fail({ runId: found.id, error: 'broke' }, context))
  },
}

/** A stretch of work as it should be, which an agent may leave at any point. */
async function workOnce(turn: Turn, task: Task): Promise<void> {
  const fence = turn.fence(task)
  const { epoch } = fence
  const isLeft = () => turn.random.chance(0.2)
  const wish = {
    taskId: task.id,
    epoch,
    sessionKey: 's',
    model: MODEL,
    estimatedCostMicros: turn.random.below(300_000),
  }
  const started = await turn.call('runs.start', (client, context) => client.runs.start(wish, context), fence)
  if (started === null || isLeft()) return
  const runId = started.run.id
  const call = { tool: 'read_file', input: { path: `${turn.random.below(9)}.md` }, taskId: task.id, runId, epoch }
  const gated = await turn.call(
    'toolCalls.gate',
    (client, context) => client.toolCalls.gate({ ...call, sessionKey: runId }, context),
    fence,
  )
  if (gated?.decision !== 'ALLOW' || isLeft()) return
  const begun = { toolCallId: gated.toolCallId, epoch }
  await turn.call('toolCalls.begin', (client, context) => client.toolCalls.begin(begun, context), fence)
  if (!isLeft()) {
    await turn.call('toolCalls.end', (client, context) =>
      client.toolCalls.end({ ...begun, status: 'SUCCESS' }, context),
    )
  }
  const report = { runId, epoch, lines: lines(turn) }
  await turn.call('runs.report', (client, context) => client.runs.report(report, context))
  if (isLeft()) return
  await turn.call('runs.complete', (client, context) => client.runs.complete({ runId, epoch }, context))
}

const session: Action = {
  name: 'session',
  weight: 14,
  by: isAgent,
  run: (turn) => {
    const task = turn.held('IN_PROGRESS')
    return task === undefined ? null : workOnce(turn, task)
  },
}

export const RUNS: readonly Action[] = [startRun, reportRun, completeRun, failRun, session]
