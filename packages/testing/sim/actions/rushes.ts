import { MODEL } from '../settings.ts'
import { Turn } from '../turn.ts'
import { type Action, isPerson } from './action.ts'

/** Every agent that works begins a run in the same moment. */
const startTogether: Action = {
  name: 'start together',
  weight: 1.5,
  by: isPerson,
  run: (turn) => {
    const { world, mirror } = turn
    const starts = world.actors.flatMap((actor) => {
      const task = mirror
        .all('task')
        .find(({ status, claim }) => status === 'IN_PROGRESS' && claim !== null && claim.agentId === actor.agentId)
      return task === undefined ? [] : [{ own: new Turn(world, actor), task }]
    })
    if (starts.length < 2) return null
    const start = ({ own, task }: (typeof starts)[number]) => {
      const wish = { taskId: task.id, epoch: task.epoch, sessionKey: 's', model: MODEL }
      return own.call('runs.start', (client, context) => client.runs.start(wish, context))
    }
    return Promise.all(starts.map(start))
  },
}

/** Everybody who may decides on the same request in the same moment, and not all say the same. */
const decideTogether: Action = {
  name: 'decide together',
  weight: 1,
  by: isPerson,
  run: (turn) => {
    const { world, random } = turn
    const approval = random.any(turn.mirror.all('approval').filter(({ status }) => status === 'PENDING'))
    if (approval === undefined) return null
    const deciders = world.actors.filter((actor) => isPerson(actor))
    return Promise.all(
      deciders.map((actor) => {
        const verdict = random.chance(0.5) ? 'APPROVE' : 'DENY'
        return new Turn(world, actor).call('approvals.decide', (client, context) =>
          client.approvals.decide({ approvalId: approval.id, verdict, reason: 'at once' }, context),
        )
      }),
    )
  },
}

export const RUSHES: readonly Action[] = [startTogether, decideTogether]
