import type { Task, Transition } from '@mission-control/core'
import type { RecordOf } from '@mission-control/core/storage'
import { writtenOf } from '../mirror.ts'
import { completionOf } from './completion.ts'
import type { Sight, Watch } from './watch.ts'

/**
 * Who may take each edge, written down a second time from the specification, by an own hand: A an agent, H a human,
 * S the system. What is not here is no edge.
 */
const EDGES: Readonly<Record<string, string>> = {
  'INBOX > ASSIGNED': 'AHS',
  'ASSIGNED > IN_PROGRESS': 'AH',
  'ASSIGNED > INBOX': 'HS',
  'IN_PROGRESS > REVIEW': 'AH',
  'IN_PROGRESS > ASSIGNED': 'HS',
  'REVIEW > IN_PROGRESS': 'AHS',
  'REVIEW > ASSIGNED': 'H',
  'REVIEW > DONE': 'AH',
  'INBOX > NEEDS_APPROVAL': 'S',
  'ASSIGNED > NEEDS_APPROVAL': 'S',
  'IN_PROGRESS > NEEDS_APPROVAL': 'S',
  'REVIEW > NEEDS_APPROVAL': 'HS',
  'BLOCKED > NEEDS_APPROVAL': 'H',
  'INBOX > BLOCKED': 'HS',
  'ASSIGNED > BLOCKED': 'HS',
  'REVIEW > BLOCKED': 'HS',
  'NEEDS_APPROVAL > BLOCKED': 'HS',
  'IN_PROGRESS > BLOCKED': 'AHS',
  'INBOX > CANCELED': 'H',
  'ASSIGNED > CANCELED': 'H',
  'IN_PROGRESS > CANCELED': 'H',
  'REVIEW > CANCELED': 'H',
  'NEEDS_APPROVAL > CANCELED': 'H',
  'BLOCKED > CANCELED': 'H',
  'NEEDS_APPROVAL > INBOX': 'HS',
  'NEEDS_APPROVAL > ASSIGNED': 'HS',
  'NEEDS_APPROVAL > IN_PROGRESS': 'HS',
  'NEEDS_APPROVAL > REVIEW': 'HS',
  'NEEDS_APPROVAL > DONE': 'S',
  'BLOCKED > ASSIGNED': 'H',
  'BLOCKED > IN_PROGRESS': 'H',
}

/** The edges there are, for whoever wants to see them all taken. */
export const EDGE_NAMES = Object.keys(EDGES)

/** I1, I2: tasks begin in INBOX, and move along the table only, each time with its row and what stood behind it. */
export function watchMoves(sight: Sight): Watch {
  return {
    committed: (change) => {
      const rows = writtenOf(change, 'transition').map(({ after }) => after)
      for (const { before, after } of writtenOf(change, 'task')) {
        const own = rows.filter(({ taskId }) => taskId === after.id)
        const started = before?.status ?? 'INBOX'
        checkPath(sight, after, started, own, before?.transitionCount ?? 0)
        if (after.status !== started) checkEntry(sight, after)
        const isBegun = own.some(({ from, to }) => from === 'ASSIGNED' && to === 'IN_PROGRESS')
        if (isBegun) checkDependencies(sight, after)
      }
    },
  }
}

function checkPath(
  { complain }: Sight,
  task: Task,
  from: string,
  rows: readonly RecordOf<'transition'>[],
  count: number,
): void {
  let at = from
  let seq = count
  for (const row of [...rows].sort((one, other) => one.seq - other.seq)) {
    seq++
    const allowed = EDGES[`${row.from} > ${row.to}`]
    if (row.from !== at) complain('I2', `${task.id} was ${at}, and its row ${row.seq} begins at ${row.from}`)
    if (row.seq !== seq) complain('I2', `the rows of ${task.id} have a gap before ${row.seq}`)
    if (allowed === undefined) complain('I2', `${task.id} moved ${row.from} > ${row.to}, which is no edge`)
    else if (!isAllowed(allowed, row)) {
      complain('I2', `${row.actor.kind} ${row.actor.name} moved ${task.id} ${row.from} > ${row.to}`)
    }
    at = row.to
  }
  if (at !== task.status) complain('I2', `${task.id} is ${task.status} without a row, after ${at}`)
  if (seq !== task.transitionCount) complain('I2', `${task.id} counts ${task.transitionCount} rows, not ${seq}`)
}

/**
 * Rules act in the system's name inside the command of somebody else: a budget that is spent by an agent's start moves
 * the task, and the row may name either. What only the system may do must have a cause it may follow from.
 */
function isAllowed(allowed: string, row: Transition): boolean {
  const letter = row.actor.kind === 'AGENT' ? 'A' : row.actor.kind === 'HUMAN' ? 'H' : 'S'
  if (allowed.includes(letter)) return true
  const isConsequence = row.to === 'NEEDS_APPROVAL' || row.from === 'NEEDS_APPROVAL' || row.to === 'BLOCKED'
  return allowed.includes('S') && isConsequence
}

function checkDependencies({ mirror, complain }: Sight, task: Task): void {
  for (const id of task.dependsOn) {
    if (mirror.get('task', id)?.status !== 'DONE') complain('I2', `${task.id} started before ${id} was DONE`)
  }
}

function checkEntry({ mirror, complain }: Sight, task: Task): void {
  const open = mirror.all('run').filter(({ taskId, status }) => taskId === task.id && status === 'RUNNING')
  if (task.status === 'IN_PROGRESS') {
    const bullets = task.workPlan?.bullets ?? []
    const isPlan = bullets.length >= 3 && bullets.length <= 6 && bullets.every((bullet) => bullet.trim() !== '')
    if (!isPlan) complain('I2', `${task.id} is IN_PROGRESS without a plan`)
    if (task.claim === null) complain('I2', `${task.id} is IN_PROGRESS and nobody holds it`)
  }
  if (task.status === 'REVIEW' || task.status === 'DONE') {
    const { deliverable, checklist } = task
    const isEmpty = !deliverable?.summary?.trim() && !deliverable?.content?.trim() && !deliverable?.artifactIds.length
    if (isEmpty) complain('I2', `${task.id} is ${task.status} without a deliverable`)
    if (checklist === null || checklist.items.length < 8)
      complain('I2', `${task.id} is ${task.status} without a checklist`)
    if (open.some(({ stopReason }) => stopReason === null))
      complain('I2', `${task.id} is ${task.status} while a run goes on`)
  }
  if (task.status === 'REVIEW') {
    const old = mirror
      .all('review')
      .find((one) => one.taskId === task.id && one.status === 'OPEN' && one.submission < task.submission)
    if (old !== undefined)
      complain('I2', `${old.id} of submission ${old.submission} is open in submission ${task.submission}`)
  }
  if (task.status === 'DONE') {
    const problem = completionOf(mirror, task)
    if (problem !== null) complain('I2', problem)
  }
  if (task.status === 'DONE' || task.status === 'CANCELED') {
    if (task.claim !== null) complain('I6', `${task.id} is ${task.status} and still held`)
    if (open.some(({ stopReason }) => stopReason === null))
      complain('I6', `${task.id} is ${task.status} while a run goes on`)
    const pending = mirror.all('approval').filter(({ taskId, status }) => taskId === task.id && status === 'PENDING')
    if (pending.length > 0) complain('I6', `${task.id} is ${task.status} and ${pending[0]?.id} is pending`)
  }
}
