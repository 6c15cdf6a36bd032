import type { Message } from '../../model/message.ts'
import type { LoopLimits } from '../../model/policy.ts'
import type { Run } from '../../model/run.ts'
import type { Task, Transition } from '../../model/task.ts'
import type { LoopFinding } from './finding.ts'

/** How many of the newest of each kind a look at a task takes. Limits above it count as this many. */
export const LOOKED_AT_MAX = 150

/** What lately happened on a task, the newest first, as the lookups give it. */
export interface TaskHistory {
  readonly messages: readonly Pick<Message, 'author' | 'type' | 'createdAt'>[]
  readonly transitions: readonly Pick<Transition, 'from' | 'to' | 'createdAt'>[]
  readonly runs: readonly Pick<Run, 'status' | 'agentId' | 'createdAt'>[]
}

/** When somebody last untied the task; what was before does not count. Zero: never, as far as one can see. */
export function loopWindowStart(transitions: TaskHistory['transitions']): number {
  return transitions.find(({ from, to }) => from === 'BLOCKED' && to !== 'BLOCKED')?.createdAt ?? 0
}

/** The first loop that the history of a task shows, or null. */
export function taskLoop(history: TaskHistory, limits: LoopLimits, now: number): LoopFinding | null {
  const since = loopWindowStart(history.transitions)
  const lately = <T extends { readonly createdAt: number }>(rows: readonly T[], windowMs: number) =>
    rows.filter(({ createdAt }) => createdAt >= since && createdAt > now - windowMs)
  const { commentStorm, backAndForth, oscillation } = limits
  return (
    stormIn(lately(history.messages, commentStorm.windowMs), commentStorm) ??
    backAndForthIn(lately(history.messages, backAndForth.windowMs), backAndForth) ??
    runFailureIn(
      history.runs.filter(({ createdAt }) => createdAt >= since),
      limits.runFailure,
    ) ??
    oscillationIn(lately(history.transitions, oscillation.windowMs), oscillation)
  )
}

/** What agents wrote themselves; notes of the system are no conversation. */
function writtenByAgents(messages: TaskHistory['messages']): string[] {
  return messages.flatMap(({ author, type }) =>
    author.kind === 'AGENT' && type !== 'SYSTEM' ? [author.agentId ?? author.id] : [],
  )
}

function stormIn(messages: TaskHistory['messages'], limit: LoopLimits['commentStorm']): LoopFinding | null {
  const authors = writtenByAgents(messages)
  if (authors.length <= Math.min(limit.messagesMax, LOOKED_AT_MAX - 1)) return null
  return {
    detector: 'COMMENT_STORM',
    count: authors.length,
    windowMs: limit.windowMs,
    detail: `agents wrote ${authors.length} messages in ${minutes(limit.windowMs)}`,
    agentIds: [...new Set(authors)],
  }
}

/** How often two authors took turns: changes of author among what the two of them wrote, the most over all pairs. */
export function alternations(authors: readonly string[]): { count: number; pair: readonly string[] } {
  let most: { count: number; pair: readonly string[] } = { count: 0, pair: [] }
  const distinct = [...new Set(authors)]
  for (const [index, one] of distinct.entries()) {
    for (const other of distinct.slice(index + 1)) {
      const turns = authors.filter((author) => author === one || author === other)
      const count = turns.filter((author, at) => at > 0 && author !== turns[at - 1]).length
      if (count > most.count) most = { count, pair: [one, other] }
    }
  }
  return most
}

/** Two agents that answer each other, on a task or in a thread of their own; `messages` are those of the window. */
export function backAndForthIn(
  messages: TaskHistory['messages'],
  limit: LoopLimits['backAndForth'],
): LoopFinding | null {
  const { count, pair } = alternations(writtenByAgents(messages))
  if (count <= Math.min(limit.alternationsMax, LOOKED_AT_MAX - 2)) return null
  return {
    detector: 'BACK_AND_FORTH',
    count,
    windowMs: limit.windowMs,
    detail: `two agents answered each other ${count} times in ${minutes(limit.windowMs)}`,
    agentIds: pair,
  }
}

function runFailureIn(runs: TaskHistory['runs'], limit: LoopLimits['runFailure']): LoopFinding | null {
  const last = runs.slice(0, limit.ofLastRuns)
  const failed = last.filter(({ status }) => status === 'FAILED')
  if (failed.length < Math.min(limit.failures, LOOKED_AT_MAX)) return null
  return {
    detector: 'RUN_FAILURE',
    count: failed.length,
    windowMs: null,
    detail: `${failed.length} of the last ${last.length} runs failed`,
    agentIds: [...new Set(failed.map(({ agentId }) => agentId))],
  }
}

function oscillationIn(moves: TaskHistory['transitions'], limit: LoopLimits['oscillation']): LoopFinding | null {
  if (moves.length < Math.min(limit.transitions, LOOKED_AT_MAX)) return null
  const perEdge = new Map<string, number>()
  for (const { from, to } of moves) perEdge.set(`${from} → ${to}`, (perEdge.get(`${from} → ${to}`) ?? 0) + 1)
  const [edge, repeats] = [...perEdge].toSorted(([, one], [, other]) => other - one)[0] ?? ['', 0]
  if (repeats < limit.edgeRepeats) return null
  return {
    detector: 'OSCILLATION',
    count: moves.length,
    windowMs: limit.windowMs,
    detail: `${moves.length} moves in ${minutes(limit.windowMs)}, ${edge} ${repeats} times`,
    agentIds: [],
  }
}

/** Whether the task may still be contained: blocked or ended, it is only reported. */
export function isContainable({ status }: Pick<Task, 'status'>): boolean {
  return status !== 'BLOCKED' && status !== 'DONE' && status !== 'CANCELED'
}

function minutes(windowMs: number): string {
  return `${Math.round(windowMs / 60_000)} min`
}
