import { z } from 'zod'
import { accept, type DecidingInProject, projectCommand, refuse } from '../decide/command.ts'
import { own } from '../decide/own.ts'
import { insertSubscription } from '../effects/followers.ts'
import { refSchema } from '../model/ids.ts'
import type { Subscription } from '../model/message.ts'
import { refusal } from '../model/refusal.ts'
import type { Scope } from '../ports/storage.ts'
import { inProject } from './inputs.ts'

const input = z.strictObject({ ...inProject, taskId: refSchema })

function subscriptionScope(taskId: string, principalId: string): Scope {
  return {
    records: [{ kind: 'task', id: taskId }],
    lookups: [{ lookup: 'subscriptionOf', values: [taskId, principalId], limit: 1 }],
  }
}

function subscriptionOf(deciding: DecidingInProject, taskId: string, principalId: string): Subscription | null {
  return deciding.snapshot.find('subscriptionOf', taskId, principalId)[0] ?? null
}

/** Lets the caller hear of transitions and messages of a task. Doing it again changes nothing. */
export const subscribe = projectCommand({
  name: 'tasks.subscribe',
  summary: 'Tells the caller of transitions and messages of a task from now on.',
  input,
  permission: 'read',
  whenContained: 'refused',
  scope: ({ taskId }, caller) => subscriptionScope(taskId, caller.principalId),
  decide(deciding, { taskId }) {
    const { problem } = own(deciding, 'task', taskId)
    if (problem !== null) return refuse(problem)
    const { principal, agent, changes } = deciding
    if (principal === null) return refuse(refusal('FORBIDDEN', 'the system follows no task'))
    const known = subscriptionOf(deciding, taskId, principal.id)
    if (known === null) {
      const follower = { principalId: principal.id, agentId: agent?.id ?? null }
      return accept({ subscribed: true, subscription: insertSubscription(deciding, taskId, follower, false) })
    }
    if (!known.isMuted) return accept({ subscribed: false, subscription: known })
    return accept({ subscribed: true, subscription: changes.update('subscription', known, { isMuted: false }) })
  },
})

/** Lets the caller hear no more of a task, also one that its role on the task would have told. Mentions still come. */
export const unsubscribe = projectCommand({
  name: 'tasks.unsubscribe',
  summary: 'Tells the caller no more of a task; says whether there was a subscription.',
  input,
  permission: 'read',
  whenContained: 'refused',
  scope: ({ taskId }, caller) => subscriptionScope(taskId, caller.principalId),
  decide(deciding, { taskId }) {
    const { record: task, problem } = own(deciding, 'task', taskId)
    if (problem !== null) return refuse(problem)
    const { principal, agent, changes } = deciding
    if (principal === null) return refuse(refusal('FORBIDDEN', 'the system follows no task'))
    const known = subscriptionOf(deciding, taskId, principal.id)
    if (known !== null) {
      if (!known.isMuted) changes.update('subscription', known, { isMuted: true })
      return accept({ removed: !known.isMuted })
    }
    // The row that says no is written in any case: who is assigned later has already said no.
    insertSubscription(deciding, taskId, { principalId: principal.id, agentId: agent?.id ?? null }, true)
    return accept({ removed: agent !== null && task.assigneeIds.includes(agent.id) })
  },
})
