import { type Action, isAgent } from './action.ts'

const beat: Action = {
  name: 'beat',
  weight: 7,
  by: isAgent,
  run: (turn) => {
    const { random, mirror, actor } = turn
    const unread = mirror
      .all('notification')
      .filter(({ targetId, ackedAt }) => targetId === actor.agentId && ackedAt === null)
    const ackNotificationIds = random.chance(0.3) ? unread.slice(0, 20).map(({ id }) => id) : []
    const health = random.chance(actor.mischief / 2) ? 'ERROR' : 'IDLE'
    const spend = random.chance(0.1) ? { reportedSpendMicros: random.below(5_000_000) } : {}
    const input = { sessionKey: 's', health, currentTaskId: null, ackNotificationIds, ...spend } as const
    return turn.call('agents.heartbeat', (client, context) => client.agents.heartbeat(input, context))
  },
}

const say: Action = {
  name: 'say',
  weight: 2,
  by: isAgent,
  run: (turn) => {
    const task = turn.task(({ status }) => status !== 'DONE' && status !== 'CANCELED')
    if (task === undefined) return null
    const content = `note ${turn.random.below(1000)} @Sam ghp_${'a1B2c3D4e5'.repeat(3)}abcdef`
    return turn.call('messages.post', (client, context) =>
      client.messages.post({ taskId: task.id, content, type: 'PROGRESS' }, context),
    )
  },
}

const follow: Action = {
  name: 'follow',
  weight: 0.5,
  by: isAgent,
  run: (turn) => {
    const task = turn.task(() => true)
    if (task === undefined) return null
    return turn.random.chance(0.7)
      ? turn.call('tasks.subscribe', (client, context) => client.tasks.subscribe({ taskId: task.id }, context))
      : turn.call('tasks.unsubscribe', (client, context) => client.tasks.unsubscribe({ taskId: task.id }, context))
  },
}

export const SIGNS_OF_LIFE: readonly Action[] = [beat, say, follow]
