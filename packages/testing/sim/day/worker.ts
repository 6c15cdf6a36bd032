import type { Run, Task } from '@mission-control/core'
import { checklistOf } from '../actions/work.ts'
import { MODEL } from '../settings.ts'
import type { Turn } from '../turn.ts'

const PLAN = { bullets: ['read what is there', 'write what is missing', 'check it'] }
const CENT_MICROS = 10_000

/** What is wrong with an agent on this day. */
export interface Trouble {
  /** From this moment on every tool call of it fails in the same way; null: never. */
  readonly failsFrom: number | null
}

/** One stretch of work of an agent that does what it should: beat, go on, start, claim. */
export async function work(turn: Turn, trouble: Trouble): Promise<void> {
  const { actor } = turn
  await turn.call('agents.heartbeat', (client, context) =>
    client.agents.heartbeat({ sessionKey: actor.name, health: 'HEALTHY', currentTaskId: null }, context),
  )
  const mine = turn.mirror
    .all('task')
    .filter(
      ({ claim, assigneeIds }) =>
        claim?.agentId === actor.agentId || (claim === null && assigneeIds.includes(actor.agentId ?? '')),
    )
  const started = mine.find(({ status }) => status === 'IN_PROGRESS')
  if (started !== undefined) return goOn(turn, started, trouble)
  const assigned = mine.find(({ status }) => status === 'ASSIGNED')
  if (assigned !== undefined) {
    await turn.call('tasks.start', (client, context) =>
      client.tasks.start({ taskId: assigned.id, workPlan: PLAN }, context),
    )
    return
  }
  const free = freeTask(turn)
  if (free === undefined) return
  await turn.call('tasks.claim', (client, context) => client.tasks.claim({ taskId: free.id, workPlan: PLAN }, context))
}

function freeTask(turn: Turn): Task | undefined {
  const types = turn.mirror.get('agent', turn.actor.agentId ?? '')?.allowedTaskTypes ?? []
  const isMine = ({ status, type }: Task) => status === 'INBOX' && (types.length === 0 || types.includes(type))
  // Those who may do everything leave it to the others first.
  if (types.length === 0 && turn.random.chance(0.7)) return undefined
  return turn.random.any(turn.mirror.all('task').filter(isMine))
}

/** Resolves what reviewers asked for, works in one run, and hands in. */
async function goOn(turn: Turn, task: Task, trouble: Trouble): Promise<void> {
  const { epoch } = turn.fence(task)
  const fence = { taskId: task.id, epoch }
  for (const review of turn.mirror.all('review')) {
    if (review.taskId !== task.id || review.verb !== 'CHANGESET' || review.status !== 'OPEN') continue
    await turn.call(
      'reviews.resolveItem',
      (client, context) =>
        client.reviews.resolveItem({ reviewId: review.id, item: 0, resolution: 'changed', epoch }, context),
      fence,
    )
  }
  const open = turn.mirror
    .all('run')
    .find(({ taskId, status, agentId }) => taskId === task.id && status === 'RUNNING' && agentId === turn.actor.agentId)
  const run = open ?? (await startRun(turn, task, epoch))
  if (run === null) return
  const isWell = await useTool(turn, task, run, epoch, trouble)
  if (!isWell) return
  const callId = `call-${turn.mirror.table('usageLine').size}`
  const costMicros = turn.random.between(1, 4) * CENT_MICROS
  await turn.call('runs.report', (client, context) =>
    client.runs.report({ runId: run.id, epoch, lines: [{ callId, costMicros }] }, context),
  )
  await turn.call('runs.complete', (client, context) => client.runs.complete({ runId: run.id, epoch }, context))
  await turn.call(
    'tasks.complete',
    (client, context) =>
      client.tasks.complete(
        { taskId: task.id, epoch, deliverable: { content: `by ${turn.actor.name}` }, checklist: checklistOf(task) },
        context,
      ),
    fence,
  )
}

async function startRun(turn: Turn, task: Task, epoch: number): Promise<Run | null> {
  const started = await turn.call(
    'runs.start',
    (client, context) =>
      client.runs.start(
        { taskId: task.id, epoch, sessionKey: 's', model: MODEL, estimatedCostMicros: 10 * CENT_MICROS },
        context,
      ),
    { taskId: task.id, epoch },
  )
  return started === null ? null : (turn.mirror.get('run', started.run.id) ?? null)
}

/** Uses a tool as the gate allows; false when it did not work. */
async function useTool(turn: Turn, task: Task, run: Run, epoch: number, { failsFrom }: Trouble): Promise<boolean> {
  const act = { tool: 'read_file', input: { path: `notes/${turn.random.below(50)}.md` } }
  const of = { taskId: task.id, runId: run.id, epoch, sessionKey: run.id }
  const gated = await turn.call('toolCalls.gate', (client, context) =>
    client.toolCalls.gate({ ...act, ...of }, context),
  )
  if (gated === null || gated.decision !== 'ALLOW') return gated !== null
  const toolCallId = gated.toolCallId
  await turn.call('toolCalls.begin', (client, context) => client.toolCalls.begin({ toolCallId, epoch }, context))
  const fails = failsFrom !== null && turn.world.now >= failsFrom
  const outcome = fails
    ? ({ status: 'FAILED', error: 'connection refused' } as const)
    : ({ status: 'SUCCESS' } as const)
  await turn.call('toolCalls.end', (client, context) =>
    client.toolCalls.end({ toolCallId, epoch, ...outcome }, context),
  )
  return !fails
}
