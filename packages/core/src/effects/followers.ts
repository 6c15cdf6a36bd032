import type { DecidingInProject } from '../decide/command.ts'
import type { Subscription } from '../model/message.ts'
import type { Task } from '../model/task.ts'
import type { Scope } from '../ports/storage.ts'
import { type Note, notifyAgent, notifyPerson } from './notify.ts'

const SUBSCRIPTIONS_MAX = 200

/** Who is told of a task: a principal, and its agent if it is one. */
export interface Follower {
  readonly principalId: string
  readonly agentId: string | null
}

/** What telling the followers of a task has to read. */
export function followersScope(taskId: string): Scope {
  return { lookups: [{ lookup: 'subscriptionsOfTask', values: [taskId], limit: SUBSCRIPTIONS_MAX }] }
}

/** Lets somebody follow a task from now on, unless there is a subscription already: also one that says "not me". */
export function follow(deciding: DecidingInProject, taskId: string, follower: Follower): void {
  const subscriptions = subscriptionsOf(deciding, taskId)
  const isKnown = subscriptions.some((entry) => entry.principalId === follower.principalId)
  // Of more than that many one cannot tell who is among them; who wants to hear of it then says so.
  if (!isKnown && subscriptions.length < SUBSCRIPTIONS_MAX) insertSubscription(deciding, taskId, follower, false)
}

/** Writes the row; a second one of the same principal and task is refused by the store. */
export function insertSubscription(
  { changes, project }: DecidingInProject,
  taskId: string,
  { principalId, agentId }: Follower,
  isMuted: boolean,
): Subscription {
  return changes.insert('subscription', { projectId: project.id, taskId, principalId, agentId, isMuted })
}

function subscriptionsOf({ snapshot }: DecidingInProject, taskId: string): readonly Subscription[] {
  return snapshot.hasLookup('subscriptionsOfTask', [taskId]) ? snapshot.find('subscriptionsOfTask', taskId) : []
}

/**
 * Tells everybody who follows the task, each once, save those told already: its assignees and its subscribers
 * without those who do not want to hear of it.
 */
export function tellFollowers(
  deciding: DecidingInProject,
  task: Pick<Task, 'id' | 'assigneeIds'>,
  note: Note,
  toldAlready: { readonly principalIds?: ReadonlySet<string>; readonly agentIds?: ReadonlySet<string> } = {},
): void {
  const subscriptions = subscriptionsOf(deciding, task.id)
  const muted = new Set(subscriptions.flatMap(({ isMuted, agentId }) => (isMuted && agentId !== null ? [agentId] : [])))
  const agentIds = new Set(task.assigneeIds)
  for (const { isMuted, agentId, principalId } of subscriptions) {
    if (isMuted || toldAlready.principalIds?.has(principalId)) continue
    if (agentId !== null) agentIds.add(agentId)
    else notifyPerson(deciding, principalId, { ...note, taskId: task.id })
  }
  for (const agentId of agentIds) {
    if (muted.has(agentId) || toldAlready.agentIds?.has(agentId)) continue
    notifyAgent(deciding, { ...note, taskId: task.id, agentId })
  }
}
