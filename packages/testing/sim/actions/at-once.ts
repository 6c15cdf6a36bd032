import { MODEL } from '../settings.ts'
import { Turn } from '../turn.ts'
import { type Action, isAgent, isPerson } from './action.ts'

/** Two people change one task in the same moment, each another thing. What both were told is done is there. */
const editTogether: Action = {
  name: 'edit together',
  weight: 2,
  by: ({ role }) => role === 'OPERATOR',
  run: async (turn) => {
    const { world, random, mirror } = turn
    const task = turn.task(({ status }) => status !== 'DONE' && status !== 'CANCELED')
    const [one, other] = world.actors.filter(({ role }) => role === 'OPERATOR').map((actor) => new Turn(world, actor))
    if (task === undefined || one === undefined || other === undefined) return
    const [taskId, said] = [task.id, `said ${random.below(1_000_000)}`]
    const [titled, described] = await Promise.all([
      one.call('tasks.update', (client, context) => client.tasks.update({ taskId, title: said }, context)),
      other.call('tasks.update', (client, context) => client.tasks.update({ taskId, description: said }, context)),
    ])
    // Somebody else may have written the same fields since.
    const now = mirror.get('task', taskId)
    const isAlone = now !== null && (now.title === said || now.description === said)
    if (titled === null || described === null || !isAlone) return
    if (now.title !== said) world.violate('I1', `the title of ${taskId} was acknowledged, and is ${now.title} again`)
    if (now.description !== said) world.violate('I1', `the text of ${taskId} was acknowledged, and is lost`)
  },
}

/** An agent tells of two calls of one run in the same moment, over two connections. */
const reportTogether: Action = {
  name: 'report together',
  weight: 3,
  by: isAgent,
  run: (turn) => {
    const { world, random, mirror, actor } = turn
    const run = random.any(
      mirror.all('run').filter(({ status, agentId }) => status === 'RUNNING' && agentId === actor.agentId),
    )
    if (run === undefined) return null
    const told = ['one', 'other'].map((name) => {
      const line = { callId: `${name} ${world.nextKey()}`, model: MODEL, costMicros: random.between(1, 9_000) }
      return turn.call('runs.report', (client, context) =>
        client.runs.report({ runId: run.id, lines: [line] }, context),
      )
    })
    return Promise.all(told)
  },
}

/** Somebody wants a task to go on before what it depends on is done. */
const hurry: Action = {
  name: 'hurry',
  weight: 2,
  by: isPerson,
  run: (turn) => {
    const { world, random, mirror } = turn
    const waits = turn.task(
      ({ status, dependsOn }) =>
        (status === 'INBOX' || status === 'ASSIGNED') &&
        dependsOn.some((id) => mirror.get('task', id)?.status !== 'DONE'),
    )
    const worker = random.any(world.actors.filter(({ agentId, isForeign }) => agentId !== null && !isForeign))?.agentId
    if (waits === undefined || worker == null) return null
    const [taskId, assigneeIds] = [waits.id, [worker]]
    if (waits.status === 'INBOX') {
      return turn.call('tasks.assign', (client, context) => client.tasks.assign({ taskId, assigneeIds }, context))
    }
    const workPlan = { bullets: ['a', 'b', 'c'] }
    const wish = { taskId, to: 'IN_PROGRESS', reason: 'it is late', workPlan, assigneeIds, workerId: worker } as const
    return turn.call('tasks.transition', (client, context) => client.tasks.transition(wish, context))
  },
}

export const AT_ONCE: readonly Action[] = [editTogether, reportTogether, hurry]
