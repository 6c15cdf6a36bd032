import { type DecidingInProject, joinScopes } from '../decide/command.ts'
import type { Snapshot } from '../decide/snapshot.ts'
import type { Message } from '../model/message.ts'
import type { Task } from '../model/task.ts'
import type { Scope } from '../ports/storage.ts'
import { taskLoop } from '../rules/loops/task-loop.ts'
import { containLoop, historyOf, loopScope } from './contain-loop.ts'
import { policyInForce, policyOf, policyScope } from './policy-in-force.ts'

/** What nearly every message needs to be counted; only a busy task is looked at in full. */
const FIRST_LOOK = 30

/** What a message of an agent on a task has to read, so that the one that closes a loop is told. */
export function messageLoopScope(
  projectId: string,
  taskId: string,
  agentId: string | null,
  seen: Snapshot | null,
): Scope {
  // People are no loop, however much they write.
  if (agentId === null) return {}
  if (seen !== null && mayCloseLoop(projectId, taskId, agentId, seen)) return loopScope(projectId, taskId, seen)
  const lookup = { lookup: 'latestMessagesOfTask', values: [taskId], limit: FIRST_LOOK } as const
  return joinScopes(policyScope(projectId), { lookups: [lookup] })
}

/** Whether one more message may be one too many, as far as the first look tells. */
function mayCloseLoop(projectId: string, taskId: string, agentId: string, seen: Snapshot): boolean {
  const task = seen.has('task', taskId) ? seen.peek('task', taskId) : null
  if (task === null || !seen.hasLookup('latestMessagesOfTask', [taskId])) return false
  const loops = policyOf(seen, projectId, { taskType: task.type, agentId: null })?.loops
  if (loops === undefined) return false
  const author = { kind: 'AGENT', id: agentId, role: 'AGENT', name: '', agentId } as const
  const messages = seen.find('latestMessagesOfTask', taskId)
  const next = { author, type: 'COMMENT', createdAt: seen.now } as const
  if (taskLoop({ messages: [next, ...messages], transitions: [], runs: [] }, loops, seen.now) !== null) return true
  // All of the first look is within the window: there may be more of them than were looked at.
  const since = seen.now - Math.max(loops.commentStorm.windowMs, loops.backAndForth.windowMs)
  return messages.length >= FIRST_LOOK && (messages.at(-1)?.createdAt ?? 0) > since
}

/** Stops a task on which a message was one too many, in the commit of that message. */
export function containMessages(deciding: DecidingInProject, task: Task, message: Message): void {
  if (!deciding.snapshot.hasLookup('latestTransitionsOfTask', [task.id])) return
  const policy = policyInForce(deciding, { taskType: task.type, agentId: null })
  if (policy === null) return
  const history = historyOf(deciding, task.id)
  const finding = taskLoop({ ...history, messages: [message, ...history.messages] }, policy.loops, deciding.now)
  if (finding !== null) containLoop(deciding, task, finding, [message])
}
