import { TASK_STATUSES } from '@mission-control/core'
import { type Action, isAgent, isAnybody, isLead, isPerson } from './action.ts'
import { checklistOf, deliverableOf } from './work.ts'

/** Asks for a page with a cursor that nobody was given. */
const lost: Action = {
  name: 'lost',
  weight: 0.4,
  by: isAnybody,
  run: (turn) => turn.call('events.list', (client) => client.events.list({ cursor: 'no such place', limit: 5 })),
}

const watch: Action = {
  name: 'look around',
  weight: 1,
  by: isAnybody,
  run: (turn) => turn.call('tasks.list', (client) => client.tasks.list({ limit: turn.random.between(1, 20) })),
}

/** Sends another request under a key that was used before. */
const reuse: Action = {
  name: 'reuse a key',
  weight: 0.7,
  by: isPerson,
  run: async (turn) => {
    const key = turn.world.nextKey()
    for (const title of ['One', 'Other']) {
      await turn.call(
        'tasks.create',
        (client, context) => client.tasks.create({ title, type: 'OPS', sourceRef: 'reused' }, context),
        null,
        key,
      )
    }
  },
}

/** A key that is revoked while its holder works with it. */
const revoke: Action = {
  name: 'revoke a key',
  weight: 0.5,
  by: ({ role }) => role === 'ADMIN',
  run: async (turn) => {
    const holder = turn.random.any(turn.world.actors.filter(({ kind, isForeign }) => kind === 'AGENT' && !isForeign))
    if (holder === undefined) return
    const { principalId } = holder
    const issued = await turn.call('keys.issue', (client, context) => client.keys.issue({ principalId }, context))
    if (issued === null || issued.key === '') return
    const host = turn.world.anyHost()
    const opened = await host.answer(host.mc.authenticate(issued.key).catch(() => 'LOST' as const))
    const { credentialId } = issued
    await turn.call('keys.revoke', (client, context) => client.keys.revoke({ credentialId }, context))
    if (opened === 'LOST' || !opened.ok) return
    const used = await host.answer(opened.data.tasks.list({ limit: 1 }).catch(() => 'LOST' as const))
    if (used === 'LOST') return
    const isRevoked = turn.mirror.get('credential', credentialId)?.status === 'REVOKED'
    turn.world.coverage.answered('tasks.list', used.ok ? 'ok' : used.error.code)
    if (used.ok && isRevoked) turn.world.violate('I17', `${holder.name} reads with a key that was revoked`)
  },
}

const create: Action = {
  name: 'create project',
  weight: 0.3,
  by: ({ role }) => role === 'ADMIN',
  run: (turn) =>
    turn.call('projects.create', (client, context) => client.projects.create({ name: 'Home', slug: 'home' }, context)),
}

const archive: Action = {
  name: 'archive',
  weight: 0.15,
  by: ({ role }) => role === 'ADMIN',
  run: (turn) => {
    const away = turn.mirror.all('project').find(({ slug }) => slug === 'away')
    if (away === undefined) return null
    return turn.call('projects.archive', (client, context) =>
      client.projects.archive({ projectId: away.id, reason: 'it is over' }, context),
    )
  },
}

/** Edits a message more often than is good. */
const fuss: Action = {
  name: 'fuss',
  weight: 0.06,
  by: isAgent,
  run: async (turn) => {
    const task = turn.task(({ status }) => status !== 'DONE' && status !== 'CANCELED')
    if (task === undefined) return
    const posted = await turn.call('messages.post', (client, context) =>
      client.messages.post({ taskId: task.id, content: 'first' }, context),
    )
    for (let edit = 0; posted !== null && edit <= 20; edit++) {
      await turn.call('messages.edit', (client, context) =>
        client.messages.edit({ messageId: posted.id, content: `edit ${edit}` }, context),
      )
    }
  },
}

const changeRules: Action = {
  name: 'change rules',
  weight: 0.5,
  by: ({ role }) => role === 'ADMIN',
  run: async (turn) => {
    const rules = { leadMayDecide: turn.random.chance(0.5), onDeny: turn.random.pick(['BLOCK', 'RETURN'] as const) }
    const drafted = await turn.call('policies.draft', (client, context) =>
      client.policies.draft({ name: 'own', content: { rules } }, context),
    )
    if (drafted === null) return
    await turn.call('policies.activate', (client, context) =>
      client.policies.activate({ policyId: drafted.id, acknowledgeWarnings: true }, context),
    )
  },
}

const stop: Action = {
  name: 'emergency stop',
  weight: 0.25,
  by: isPerson,
  run: async (turn) => {
    await turn.call('projects.emergencyStop', (client, context) =>
      client.projects.emergencyStop({ reason: 'smoke' }, context),
    )
    if (turn.random.chance(0.3)) return
    await turn.call('agents.controlAll', (client, context) =>
      client.agents.controlAll({ action: 'RESUME_ALL', reason: 'no fire' }, context),
    )
    await turn.call('projects.setOperatorMode', (client, context) =>
      client.projects.setOperatorMode({ mode: 'NORMAL', reason: 'no fire' }, context),
    )
  },
}

const spawn: Action = {
  name: 'spawn',
  weight: 1.2,
  by: isAgent,
  run: (turn) => {
    const task = turn.held('IN_PROGRESS', 'ASSIGNED')
    if (task === undefined) return null
    const fence = turn.fence(task)
    const name = `Sub ${turn.random.below(8)}`
    const why = { purpose: 'to help', justification: 'too much for one' }
    return turn.call(
      'agents.spawn',
      (client, context) => client.agents.spawn({ name, parentTaskId: task.id, epoch: fence.epoch, ...why }, context),
      fence,
    )
  },
}

/** An agent that moves what it holds wherever it likes. */
const push: Action = {
  name: 'push',
  weight: 2,
  by: isAgent,
  run: (turn) => {
    const task = turn.held('ASSIGNED', 'IN_PROGRESS', 'REVIEW', 'NEEDS_APPROVAL', 'BLOCKED')
    const to = turn.random.any(TASK_STATUSES)
    if (task === undefined || to === undefined) return null
    const fence = turn.fence(task)
    const artifacts = turn.random.chance(0.5)
      ? { workPlan: { bullets: ['a', 'b', 'c'] }, deliverable: deliverableOf(turn), checklist: checklistOf(task) }
      : {}
    const input = { taskId: task.id, to, reason: 'as I like', epoch: fence.epoch, ...artifacts }
    return turn.call('tasks.transition', (client, context) => client.tasks.transition(input, context), fence)
  },
}

/** A LEAD finishes what others have handed in. */
const finish: Action = {
  name: 'finish',
  weight: 3,
  by: isLead,
  run: (turn) => {
    const task = turn.task(({ status }) => status === 'REVIEW')
    if (task === undefined) return null
    return turn.call('tasks.transition', (client, context) =>
      client.tasks.transition({ taskId: task.id, to: 'DONE', reason: 'good as it is' }, context),
    )
  },
}

const hold: Action = {
  name: 'hold',
  weight: 2,
  by: isAgent,
  run: (turn) => {
    const { agentId } = turn.actor
    const open = turn.random.any(
      turn.mirror.all('run').filter((run) => run.status === 'RUNNING' && run.agentId === agentId),
    )
    if (open === undefined) return null
    const input = { runId: open.id, callId: `c${turn.random.below(12)}-0`, micros: turn.random.between(1, 300_000) }
    return turn.call('runs.hold', (client, context) => client.runs.hold(input, context))
  },
}

export const ODD: readonly Action[] = [
  lost,
  watch,
  reuse,
  revoke,
  create,
  archive,
  fuss,
  changeRules,
  stop,
  spawn,
  push,
  finish,
  hold,
]
