import { type Action, isAgent, isPerson } from './action.ts'

const open: Action = {
  name: 'open thread',
  weight: 0.7,
  by: isAgent,
  run: (turn) => {
    const agentId = turn.random.any(turn.mirror.all('agent'))?.id
    if (agentId === undefined) return null
    return turn.call('threads.open', (client, context) => client.threads.open({ agentId }, context))
  },
}

const write: Action = {
  name: 'write to thread',
  weight: 3,
  by: isAgent,
  run: (turn) => {
    const isOdd = turn.isMischievous
    const own = ({ participants }: { readonly participants: readonly string[] }) =>
      isOdd || participants.includes(turn.actor.agentId ?? '')
    const threadId = turn.random.any(turn.mirror.all('directThread').filter(own))?.id
    if (threadId === undefined) return null
    const content = `hm ${turn.random.below(4)}`
    return turn.call('threads.post', (client, context) => client.threads.post({ threadId, content }, context))
  },
}

const unblock: Action = {
  name: 'unblock thread',
  weight: 1,
  by: isPerson,
  run: (turn) => {
    const blocked = turn.mirror.all('directThread').filter(({ blockedReason }) => blockedReason !== null)
    const threadId = turn.random.any(blocked)?.id
    if (threadId === undefined) return null
    return turn.call('threads.unblock', (client, context) =>
      client.threads.unblock({ threadId, reason: 'go on' }, context),
    )
  },
}

const sendAgain: Action = {
  name: 'send again',
  weight: 1,
  by: isPerson,
  run: (turn) => {
    const isOdd = turn.isMischievous
    const given = turn.mirror.all('notification').filter(({ status }) => isOdd || status === 'FAILED')
    const notificationId = turn.random.any(given)?.id
    if (notificationId === undefined) return null
    return turn.call('notifications.replay', (client, context) =>
      client.notifications.replay({ notificationId }, context),
    )
  },
}

export const THREADS: readonly Action[] = [open, write, unblock, sendAgain]
