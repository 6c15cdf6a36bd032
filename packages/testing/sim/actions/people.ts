import { TASK_STATUSES, TASK_TYPES, type Task, TRANSITIONS } from '@mission-control/core'
import type { Turn } from '../turn.ts'
import { type Action, isLead, isPerson } from './action.ts'
import { checklistOf, deliverableOf } from './work.ts'

const OPEN_TASKS_MAX = 10

const create: Action = {
  name: 'create',
  weight: 8,
  by: (actor) => isPerson(actor) || actor.mischief > 0.3,
  run: (turn) => {
    const { random, mirror, actor } = turn
    const tasks = mirror.all('task').filter(({ projectId }) => projectId === actor.projectId)
    const isOver = ({ status }: Task) => status === 'DONE' || status === 'CANCELED'
    if (tasks.filter((task) => !isOver(task)).length >= OPEN_TASKS_MAX) return null
    const before = random.any(tasks)
    const follows = before !== undefined && random.chance(0.25) ? { dependsOn: [before.id] } : {}
    const source = random.chance(0.15) ? { sourceRef: `issue-${random.below(3)}` } : {}
    const cap = random.chance(0.2) ? { budgetAllocatedMicros: random.below(900_000) } : {}
    const worker = random.any(turn.world.actors.filter(({ agentId }) => agentId !== null))
    const assigned = random.chance(0.25) && worker !== undefined ? { assigneeIds: [worker.agentId as string] } : {}
    const type = random.pick(TASK_TYPES as unknown as ['DOCS'])
    const task = { title: `Task ${mirror.table('task').size}`, type, ...follows, ...source, ...cap, ...assigned }
    return turn.call('tasks.create', (client, context) => client.tasks.create(task, context))
  },
}

const assign: Action = {
  name: 'assign',
  weight: 4,
  by: (actor) => isPerson(actor) || isLead(actor),
  run: (turn) => {
    const { random } = turn
    const task = turn.task(({ status }) => status === 'INBOX' || status === 'ASSIGNED')
    const squad = turn.world.actors.filter(({ agentId }) => agentId !== null)
    const chosen = [random.any(squad), random.chance(0.4) ? random.any(squad) : undefined].filter(
      (one) => one !== undefined,
    )
    if (task === undefined) return null
    const assigneeIds = [...new Set(chosen.map(({ agentId }) => agentId as string))]
    const expected = random.chance(0.3) ? { expectedVersion: Math.max(1, task.version - random.below(2)) } : {}
    return turn.call('tasks.assign', (client, context) =>
      client.tasks.assign({ taskId: task.id, assigneeIds, ...expected }, context),
    )
  },
}

/** Where a person would move a task: mostly where the table has an edge, now and then anywhere. */
function targetOf(turn: Turn, task: Task): Task['status'] | undefined {
  if (turn.random.chance(0.1)) return turn.random.any(TASK_STATUSES)
  const waits = task.waitingFor.some((id) => turn.mirror.get('approval', id)?.status === 'PENDING')
  if (task.status === 'BLOCKED' && waits && turn.random.chance(0.6)) return 'NEEDS_APPROVAL'
  const targets = TRANSITIONS.filter(({ from, capacities }) => from === task.status && capacities.includes('HUMAN'))
  return turn.random.weighted(targets, ({ to }) => (to === 'CANCELED' ? 0.25 : to === 'BLOCKED' ? 0.3 : 1))?.to
}

const move: Action = {
  name: 'move',
  weight: 12,
  by: isPerson,
  run: (turn) => {
    const { random } = turn
    const task = turn.task(({ status }) => status !== 'INBOX' && status !== 'DONE' && status !== 'CANCELED')
    const to = task === undefined ? undefined : targetOf(turn, task)
    if (task === undefined || to === undefined) return null
    const worker = random.any(turn.world.actors.filter(({ agentId }) => agentId !== null))?.agentId ?? undefined
    const named = worker === undefined || !random.chance(0.5) ? {} : { assigneeIds: [worker], workerId: worker }
    const artifacts = random.chance(0.8)
      ? { workPlan: { bullets: ['a', 'b', 'c'] }, deliverable: deliverableOf(turn), checklist: checklistOf(task) }
      : {}
    const reason = random.chance(0.95) ? { reason: 'as it is' } : {}
    const version = random.chance(0.1) ? { expectedVersion: Math.max(1, task.version - random.below(2)) } : {}
    const input = {
      taskId: task.id,
      to,
      ...reason,
      ...artifacts,
      ...version,
      ...(to === 'ASSIGNED' || to === 'IN_PROGRESS' ? named : {}),
    }
    return turn.call('tasks.transition', (client, context) => client.tasks.transition(input, context))
  },
}

const CONTROLS = ['PAUSE', 'RESUME', 'DRAIN', 'QUARANTINE', 'LIFT', 'RESTART'] as const

const control: Action = {
  name: 'control',
  weight: 4,
  by: (actor) => isPerson(actor) || actor.role === 'CAO',
  run: (turn) => {
    const { random, mirror } = turn
    const target = random.any(mirror.all('agent'))
    if (target === undefined) return null
    const helps = {
      PAUSED: 'RESUME',
      DRAINED: 'RESUME',
      QUARANTINED: 'LIFT',
      OFFLINE: 'RESTART',
      ACTIVE: 'PAUSE',
    } as const
    const action = random.chance(0.7)
      ? target.status === 'ACTIVE' && random.chance(0.8)
        ? 'RESUME'
        : helps[target.status]
      : random.pick(CONTROLS as unknown as ['PAUSE'])
    return turn.call('agents.control', (client, context) =>
      client.agents.control({ agentId: target.id, action, reason: 'a look' }, context),
    )
  },
}

const mode: Action = {
  name: 'mode',
  weight: 1.2,
  by: isPerson,
  run: (turn) => {
    const project = turn.mirror.get('project', turn.actor.projectId)
    const isNormal = project?.operatorMode === 'NORMAL'
    const next =
      isNormal && turn.random.chance(0.5) ? turn.random.pick(['PAUSED', 'DRAINING', 'QUARANTINED']) : 'NORMAL'
    return turn.call('projects.setOperatorMode', (client, context) =>
      client.projects.setOperatorMode({ mode: next as 'NORMAL', reason: 'a drill' }, context),
    )
  },
}

const setBudget: Action = {
  name: 'set budget',
  weight: 1.5,
  by: (actor) => actor.role === 'ADMIN' || actor.role === 'LEAD' || actor.role === 'OPERATOR',
  run: (turn) => {
    const { random, mirror, actor } = turn
    const of = random.pick([
      { scopeType: 'PROJECT', scopeId: actor.projectId },
      { scopeType: 'AGENT', scopeId: random.any(mirror.all('agent'))?.id ?? 'agt_none' },
      { scopeType: 'TASK', scopeId: random.any(mirror.all('task'))?.id ?? 'tsk_none' },
    ] as const)
    const capMicros = random.pick([null, 0, 2, 500_000, 5_000_000, 50_000_000])
    return turn.call('budgets.set', (client, context) => client.budgets.set({ ...of, capMicros }, context))
  },
}

export const PEOPLE: readonly Action[] = [create, assign, move, control, mode, setBudget]
