import type { Mirror } from '../mirror.ts'

/** What a day is measured by. Shares are from 0 to 1, times in milliseconds. */
export interface DayFigures {
  readonly tasks: number
  readonly done: number
  /** Reached REVIEW before any person touched the task. */
  readonly reviewUnaided: number
  /** DONE, and all a person did was to accept it. */
  readonly doneWithFinalApprovalOnly: number
  /** Runs that timed out or failed and whose task came no further. */
  readonly unrecoveredRuns: number
  readonly containmentMs: number
  /** The time within which 95 of 100 requests were answered. */
  readonly operatorAnswerMs: number
  readonly costAttributed: number
  readonly doubleWork: number
  readonly stuck: readonly string[]
}

const STUCK_AFTER_MS = 4 * 3_600_000

export function figuresOf(mirror: Mirror, now: number): DayFigures {
  const tasks = mirror.all('task')
  const moves = mirror.all('transition')
  const movesOf = (taskId: string) =>
    moves.filter((move) => move.taskId === taskId).sort((one, other) => one.seq - other.seq)
  let unaided = 0
  let finalOnly = 0
  let doubled = 0
  for (const { id, status, reviewCycles } of tasks) {
    const own = movesOf(id)
    const submitted = own.findIndex(({ to }) => to === 'REVIEW')
    if (submitted >= 0 && own.slice(0, submitted).every(({ actor }) => actor.kind !== 'HUMAN')) unaided++
    const byPeople = own.filter(({ actor, to }) => actor.kind === 'HUMAN' && to !== 'DONE' && to !== 'NEEDS_APPROVAL')
    if (status === 'DONE' && byPeople.length === 0 && reviewCycles === 0) finalOnly++
    // Handed in again without having been given back: two did the same work.
    doubled += own.filter(
      ({ to, from }, at) =>
        to === 'REVIEW' && from === 'IN_PROGRESS' && own.slice(0, at).some((move) => move.to === 'DONE'),
    ).length
  }
  const runs = mirror.all('run')
  const broken = runs.filter(({ status }) => status === 'TIMEOUT' || status === 'FAILED')
  const isOnItsWay = (taskId: string | null) =>
    ['DONE', 'REVIEW', 'IN_PROGRESS', 'ASSIGNED', 'INBOX'].includes(mirror.get('task', taskId ?? '')?.status ?? '')
  const lines = mirror.all('usageLine')
  const cost = lines.reduce((sum, { billedMicros }) => sum + (billedMicros ?? 0), 0)
  const attributed = lines
    .filter(({ taskId, agentId }) => taskId !== null && agentId !== '')
    .reduce((sum, { billedMicros }) => sum + (billedMicros ?? 0), 0)
  return {
    tasks: tasks.length,
    done: tasks.filter(({ status }) => status === 'DONE').length,
    reviewUnaided: unaided / tasks.length,
    doneWithFinalApprovalOnly: finalOnly / tasks.length,
    unrecoveredRuns: broken.filter(({ taskId }) => !isOnItsWay(taskId)).length / Math.max(1, runs.length),
    containmentMs: containmentMs(mirror),
    operatorAnswerMs: answerMs(mirror),
    costAttributed: cost === 0 ? 0 : attributed / cost,
    doubleWork: doubled,
    stuck: tasks
      .filter(
        ({ status, updatedAt }) =>
          status !== 'DONE' && status !== 'CANCELED' && status !== 'BLOCKED' && now - updatedAt > STUCK_AFTER_MS,
      )
      .map(({ id, status }) => `${id} ${status}`),
  }
}

/** From the first failure of a call to the agent's isolation, the longest there was. */
function containmentMs(mirror: Mirror): number {
  const isolated = mirror.events.filter(
    ({ kind, data }) => kind === 'AGENT_STATUS' && (data as { to?: string }).to === 'QUARANTINED',
  )
  const spans = isolated.map(({ agentId, time }) => {
    const failures = mirror
      .all('toolCall')
      .filter((call) => call.agentId === agentId && call.status === 'FAILED' && call.endedAt !== null)
    return time - Math.min(time, ...failures.map(({ endedAt }) => endedAt ?? time))
  })
  return Math.max(0, ...spans)
}

function answerMs(mirror: Mirror): number {
  const waits = mirror
    .all('approval')
    .filter(({ status, decidedAt }) => decidedAt !== null && (status === 'APPROVED' || status === 'DENIED'))
    .map(({ createdAt, decidedAt }) => (decidedAt ?? createdAt) - createdAt)
    .sort((one, other) => one - other)
  return waits[Math.ceil(waits.length * 0.95) - 1] ?? 0
}

/** What the figures miss of what a day has to reach; empty when it is good. */
export function shortfalls(figures: DayFigures): string[] {
  const { tasks, reviewUnaided, doneWithFinalApprovalOnly, unrecoveredRuns, containmentMs: contained } = figures
  return [
    tasks > 100 ? null : `only ${tasks} tasks`,
    reviewUnaided >= 0.8 ? null : `only ${share(reviewUnaided)} reached REVIEW unaided`,
    doneWithFinalApprovalOnly >= 0.6 ? null : `only ${share(doneWithFinalApprovalOnly)} are DONE with a final approval`,
    unrecoveredRuns < 0.05 ? null : `${share(unrecoveredRuns)} of the runs were not recovered`,
    contained < 5 * 60_000 ? null : `containment took ${contained} ms`,
    figures.operatorAnswerMs < 60_000 ? null : `an answer took ${figures.operatorAnswerMs} ms`,
    figures.costAttributed >= 0.95 ? null : `only ${share(figures.costAttributed)} of the cost is attributed`,
    figures.doubleWork === 0 ? null : `${figures.doubleWork} tasks were done twice`,
    figures.stuck.length === 0 ? null : `stuck: ${figures.stuck.join(', ')}`,
  ].filter((problem) => problem !== null)
}

function share(part: number): string {
  return `${(part * 100).toFixed(1)} %`
}
