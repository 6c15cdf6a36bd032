import { type MissionControlClient, TASK_STATUSES, type Task, type TaskStatus, unwrap } from '@mission-control/core'
import { expect, test } from 'vitest'
import type { TestAgent } from '../../src/index.ts'
import { codeOf, createTask, PLAN, type Scene, scene, taskOf, verified } from './scene.ts'

/**
 * Who may move a task where by tasks.transition, written out by hand from the specification and on purpose not
 * derived from the table in the code. H: a human who runs tasks; W: the holder; R: the named reviewer;
 * L: a LEAD that is no party. A claim is a command of its own; nobody claims an assigned or held task by moving it.
 */
const ALLOWED: Readonly<Record<TaskStatus, Partial<Record<TaskStatus, string>>>> = {
  INBOX: { ASSIGNED: 'HL', BLOCKED: 'H', CANCELED: 'H' },
  ASSIGNED: { INBOX: 'H', IN_PROGRESS: 'HW', BLOCKED: 'H', CANCELED: 'H' },
  IN_PROGRESS: { ASSIGNED: 'H', REVIEW: 'HW', BLOCKED: 'HW', CANCELED: 'H' },
  REVIEW: { ASSIGNED: 'H', IN_PROGRESS: 'HR', NEEDS_APPROVAL: 'H', BLOCKED: 'H', DONE: 'HL', CANCELED: 'H' },
  NEEDS_APPROVAL: { INBOX: 'H', ASSIGNED: 'H', IN_PROGRESS: 'H', REVIEW: 'H', BLOCKED: 'H', CANCELED: 'H' },
  BLOCKED: { ASSIGNED: 'H', IN_PROGRESS: 'H', NEEDS_APPROVAL: 'H', CANCELED: 'H' },
  DONE: {},
  CANCELED: {},
}

/** Cells that the table gives to the actor and a guard refuses all the same in the state as seeded. */
const GUARDED: Readonly<Record<string, string>> = {
  // Under the built-in rules a human finishes tasks.
  'REVIEW>DONE by L': 'TRANSITION_REFUSED',
  // There is no request that the task could wait for.
  'BLOCKED>NEEDS_APPROVAL by H': 'TRANSITION_REFUSED',
}

interface Cast extends Scene {
  readonly worker: TestAgent
  readonly actors: Readonly<Record<'W' | 'O' | 'R' | 'L' | 'H' | 'V', MissionControlClient>>
  readonly reviewerPrincipalId: string
}

async function cast(): Promise<Cast> {
  const s = await scene()
  const { h } = s
  const many = { maxConcurrentTasks: 50 }
  const worker = await h.agent({ ...many, name: 'Worker' })
  const other = await h.agent({ ...many, name: 'Other' })
  const reviewer = await h.agent({ ...many, name: 'Reviewer' })
  const lead = await h.agent({ ...many, name: 'Lead', role: 'LEAD' })
  const viewer = await h.viewer()
  return {
    ...s,
    worker,
    reviewerPrincipalId: reviewer.principalId,
    actors: {
      W: worker.client,
      O: other.client,
      R: reviewer.client,
      L: lead.client,
      H: s.ann,
      V: viewer,
    },
  }
}

/** Brings a new task into the state by public commands alone. */
async function taskIn(c: Cast, status: TaskStatus): Promise<Task> {
  const { h, ann, worker } = c
  const { id: taskId } = await createTask(h, { reviewerId: c.reviewerPrincipalId })
  const move = async (to: TaskStatus) =>
    unwrap(await ann.tasks.transition({ taskId, to, reason: 'as the test needs it' }))
  if (status === 'INBOX') return taskOf(h, taskId)
  const { epoch } = unwrap(await worker.client.tasks.claim({ taskId }))
  if (status === 'ASSIGNED') return taskOf(h, taskId)
  unwrap(await worker.client.tasks.start({ taskId, epoch, workPlan: PLAN }))
  if (status === 'BLOCKED' || status === 'CANCELED') return move(status)
  if (status === 'IN_PROGRESS') return taskOf(h, taskId)
  if (status === 'NEEDS_APPROVAL') {
    const call = { tool: 'transfer_funds', input: { amount: 5 }, sessionKey: taskId, taskId, epoch }
    const why = { justification: 'it has to be done', rollbackPlan: 'undo it' }
    expect(unwrap(await worker.client.toolCalls.gate({ ...call, ...why })).decision).toBe('NEEDS_APPROVAL')
    return taskOf(h, taskId)
  }
  unwrap(await worker.client.tasks.complete({ taskId, epoch, deliverable: { content: 'the guide' } }))
  return status === 'DONE' ? move('DONE') : taskOf(h, taskId)
}

/** A move with everything that any guard may ask for. */
function moveOf(c: Cast, task: Task, to: TaskStatus, actor: string) {
  return {
    taskId: task.id,
    to,
    reason: 'as the table says',
    assigneeIds: to === 'INBOX' ? [] : [c.worker.id],
    workPlan: PLAN,
    deliverable: { content: 'the guide' },
    checklist: verified(task.type),
    ...(actor === 'W' && task.claim !== null ? { epoch: task.claim.epoch } : {}),
    ...(actor === 'H' && to === 'IN_PROGRESS' ? { workerId: c.worker.id } : {}),
  }
}

function allowedOf(from: TaskStatus, actor: string): TaskStatus[] {
  return TASK_STATUSES.filter((to) => ALLOWED[from][to]?.includes(actor) === true)
}

test('the listing of this test has what people and agents can reach', () => {
  const cells = Object.values(ALLOWED).flatMap((row) => Object.keys(row))
  // 31 cells, of which the system alone takes four: three into NEEDS_APPROVAL and one out of it to DONE.
  expect(cells).toHaveLength(31 - 4)
})

for (const from of TASK_STATUSES) {
  test(`R-12 from ${from}: each target, each actor, exactly the table`, async () => {
    const c = await cast()
    let task = await taskIn(c, from)
    for (const to of TASK_STATUSES) {
      for (const [actor, client] of Object.entries(c.actors)) {
        const cell = `${from}>${to} by ${actor}`
        const outcome = await client.tasks.transition(moveOf(c, task, to, actor))
        if (ALLOWED[from][to]?.includes(actor) === true && GUARDED[cell] === undefined) {
          expect(codeOf(outcome), `${cell} ${JSON.stringify(outcome)}`.slice(0, 400)).toBe('ok')
          const moved = await taskOf(c.h, task.id)
          expect([moved.status, moved.transitionCount], cell).toEqual([to, task.transitionCount + 1])
          // Out of the way, so that the next task finds a free hand.
          if (to !== 'DONE' && to !== 'CANCELED') {
            unwrap(await c.ann.tasks.transition({ taskId: task.id, to: 'CANCELED', reason: 'next' }))
          }
          task = await taskIn(c, from)
          continue
        }
        const expected = actor === 'V' ? 'FORBIDDEN' : 'TRANSITION_REFUSED'
        expect(codeOf(outcome), `${cell} ${JSON.stringify(outcome)}`.slice(0, 400)).toBe(expected)
        if (actor !== 'V') {
          expect(outcome, cell).toMatchObject({ error: { allowed: allowedOf(from, actor) } })
        }
        expect(await taskOf(c.h, task.id), cell).toEqual(task)
      }
    }
  })
}

test('an assignee of a task that nobody holds starts it; of a held one it does not', async () => {
  const c = await cast()
  const other = unwrap(await c.h.admin.agents.list({})).data.find(({ name }) => name === 'Other')
  const { id: taskId } = await createTask(c.h)
  unwrap(await c.ann.tasks.assign({ taskId, assigneeIds: [c.worker.id, other?.id ?? ''] }))
  const start = { taskId, to: 'IN_PROGRESS', workPlan: PLAN } as const
  unwrap(await c.actors.O.tasks.transition(start))
  expect((await taskOf(c.h, taskId)).claim).toMatchObject({ agentId: other?.id, epoch: 1 })
  const stop = { taskId, to: 'BLOCKED', reason: 'mine' } as const
  expect(codeOf(await c.actors.W.tasks.transition(stop))).toBe('TRANSITION_REFUSED')
})

test('a party in the lead or named as reviewer is neither', async () => {
  const { h, ann } = await scene()
  const lead = await h.agent({ role: 'LEAD' })
  const { id: taskId } = await createTask(h, { reviewerId: lead.principalId })
  const { epoch } = unwrap(await lead.client.tasks.claim({ taskId, workPlan: PLAN }))
  unwrap(await lead.client.tasks.complete({ taskId, epoch, deliverable: { content: 'x' } }))
  for (const to of ['IN_PROGRESS', 'DONE'] as const) {
    const refused = await lead.client.tasks.transition({ taskId, to, reason: 'my own work', epoch })
    expect(refused).toMatchObject({ ok: false, error: { code: 'TRANSITION_REFUSED', allowed: [] } })
  }
  // A former holder stays a party.
  unwrap(await ann.tasks.transition({ taskId, to: 'ASSIGNED', assigneeIds: [(await h.agent()).id], reason: 'other' }))
  expect((await taskOf(h, taskId)).workedBy).toEqual([lead.id])
})

test('the holder of a stale epoch moves nothing, whatever the cell', async () => {
  const c = await cast()
  const task = await taskIn(c, 'IN_PROGRESS')
  for (const to of TASK_STATUSES) {
    const outcome = await c.actors.W.tasks.transition({ ...moveOf(c, task, to, 'W'), epoch: task.epoch + 1 })
    expect(codeOf(outcome), to).toBe('LEASE_LOST')
  }
  expect(await taskOf(c.h, task.id)).toEqual(task)
})
