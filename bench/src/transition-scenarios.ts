import { findEdge, TASK_STATUSES, type TaskStatus, TRANSITIONS } from '@mission-control/core'
import { measureSync } from './measure.ts'
import { openPeerProgram } from './peer-program.ts'
import { installPeers } from './peers-install.ts'
import type { Group, Scenario } from './row.ts'

/** The transition table against the least that could answer, and against a state machine of others. */
export async function openTransitionScenarios(progress: (line: string) => void): Promise<Group> {
  const peers = installPeers(progress)
  if (typeof peers === 'string') {
    const unavailable = [{ name: 'transition rule: xstate transition()', skipped: peers }]
    return { scenarios: [...lookUps(), walk(null)], unavailable, close: async () => undefined }
  }
  const table = {
    type: 'table',
    statuses: TASK_STATUSES,
    edges: TRANSITIONS,
    start: START,
    capacity: CAPACITY,
    walk: WALK,
  }
  const machine = await openPeerProgram(peers.stateMachineScript, table)
  const name = `transition rule: xstate ${peers.xstateVersion} transition()`
  return {
    scenarios: [...lookUps(), { name, run: (seconds) => machine.measure({}, seconds) }, walk(name)],
    unavailable: [],
    close: () => machine.close(),
  }
}

/** All 64 cells of the table, by turns, against a table of tables. */
function lookUps(): Scenario[] {
  const cells = TASK_STATUSES.flatMap((from) => TASK_STATUSES.map((to) => [from, to] as const))
  const bare = new Map<TaskStatus, Map<TaskStatus, object>>(TASK_STATUSES.map((from) => [from, new Map()]))
  for (const edge of TRANSITIONS) bare.get(edge.from)?.set(edge.to, edge)
  const byTurns = (find: (from: TaskStatus, to: TaskStatus) => object | null | undefined) => {
    let turn = 0
    let found = 0
    return async (seconds: number) => {
      const sample = measureSync(seconds, () => {
        const [from, to] = cells[turn++ & 63] ?? ['INBOX', 'INBOX']
        if (find(from, to)) found++
      })
      // Also keeps the compiler from dropping a loop that nobody reads from.
      if (found === 0) throw new Error('the table allows no move')
      return sample
    }
  }
  const floor = 'bare table of tables'
  return [
    { name: 'transition rule: findEdge', run: byTurns(findEdge), against: floor, ratioMin: 0.5 },
    { name: floor, run: byTurns((from, to) => bare.get(from)?.get(to)) },
  ]
}

const START: TaskStatus = 'INBOX'
/** Whoever has it may make every move of the walk. */
const CAPACITY = 'HUMAN'

/** From the inbox through every state that can be left, and back. */
const WALK: readonly TaskStatus[] = [
  ...(['ASSIGNED', 'IN_PROGRESS', 'REVIEW', 'IN_PROGRESS', 'REVIEW', 'NEEDS_APPROVAL', 'REVIEW'] as const),
  ...(['ASSIGNED', 'BLOCKED', 'IN_PROGRESS', 'BLOCKED', 'ASSIGNED', 'INBOX'] as const),
]

interface Snapshot {
  readonly status: TaskStatus
  readonly version: number
}

/** What `transition()` answers as well: whether the move is legal in this capacity, and what the task is after it. */
function moved(task: Snapshot, to: TaskStatus): Snapshot {
  const edge = findEdge(task.status, to)
  if (edge === null || !edge.capacities.includes(CAPACITY)) throw new Error(`no move from ${task.status} to ${to}`)
  return { status: to, version: task.version + 1 }
}

function walk(against: string | null): Scenario {
  return {
    name: 'transition rule: edge, capacity and the task after it',
    run: async (seconds) => {
      let task: Snapshot = { status: START, version: 1 }
      let turn = 0
      return measureSync(seconds, () => {
        task = moved(task, WALK[turn++ % WALK.length] ?? START)
      })
    },
    ...(against === null ? {} : { against, ratioMin: 25 }),
  }
}
