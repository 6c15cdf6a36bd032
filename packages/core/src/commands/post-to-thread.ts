import { z } from 'zod'
import { accept, joinScopes, projectCommand, refuse, refuseWithEffects } from '../decide/command.ts'
import { own } from '../decide/own.ts'
import { blockedThread, blockThread, threadLoop, threadScope } from '../effects/direct-thread.ts'
import { excerptOf } from '../effects/mentioned.ts'
import { notifyAgent } from '../effects/notify.ts'
import { refSchema } from '../model/ids.ts'
import { refusal } from '../model/refusal.ts'
import { statementSchema } from '../model/text.ts'
import { redactText } from '../rules/redaction.ts'
import { inProject } from './inputs.ts'

/**
 * Writes to the other agent of a thread, who is told. Two agents that only answer each other are stopped: the message
 * that would close the loop is not written, and the thread is blocked.
 */
export const postToThread = projectCommand({
  name: 'threads.post',
  summary: 'Writes a direct message to the other agent of a thread.',
  input: z.strictObject({
    ...inProject,
    threadId: refSchema,
    content: statementSchema,
    replyToId: refSchema.optional(),
  }),
  permission: 'messages.post',
  whenContained: 'refused',
  scope: ({ projectId, threadId, replyToId }) =>
    joinScopes(
      threadScope(projectId, threadId),
      replyToId === undefined ? {} : { records: [{ kind: 'message', id: replyToId }] },
    ),
  decide(deciding, given) {
    const { agent, actor, changes, project } = deciding
    if (agent === null) return refuse(refusal('FORBIDDEN', 'a direct thread is between two agents'))
    const { record: thread, problem } = own(deciding, 'directThread', given.threadId)
    if (problem !== null) return refuse(problem)
    if (!thread.participants.includes(agent.id)) {
      return refuse(refusal('NOT_FOUND', `no such directThread: ${given.threadId}`))
    }
    const blocked = blockedThread(thread)
    if (blocked !== null) return refuse(blocked)
    if (given.replyToId !== undefined) {
      const { record: repliedTo, problem: missing } = own(deciding, 'message', given.replyToId)
      if (missing !== null) return refuse(missing)
      if (repliedTo.threadId !== thread.id) return refuse(refusal('NOT_FOUND', 'no such message in this thread'))
    }
    const loop = threadLoop(deciding, thread)
    if (loop !== null) {
      blockThread(deciding, thread, loop)
      const reason = changes.current('directThread', thread).blockedReason ?? loop.detail
      return refuseWithEffects(refusal('POLICY_DENIED', `the thread is blocked now: ${reason}`))
    }
    const content = redactText(given.content)
    const message = changes.insert('message', {
      projectId: project.id,
      taskId: null,
      threadId: thread.id,
      author: actor,
      type: 'COMMENT',
      content,
      replyToId: given.replyToId ?? null,
      mentions: [],
      artifacts: [],
      editedAt: null,
      editHistory: [],
      deliveredAt: null,
      readAt: null,
      redactedFields: content === given.content ? [] : ['content'],
    })
    // The thread fences the count of its turns: two messages at once cannot both be the last one allowed.
    changes.update('directThread', thread, {})
    const other = thread.participants.find((id) => id !== agent.id) ?? ''
    changes.event('MESSAGE_POSTED', {
      subject: `message/${message.id}`,
      // What two agents tell each other is for them and for people, not for the log that every agent reads.
      summary: `${actor.name} wrote a direct message`,
      data: { type: message.type, threadId: thread.id, to: other },
    })
    notifyAgent(deciding, {
      agentId: other,
      type: 'DIRECT_MESSAGE',
      title: `${actor.name} wrote to you`,
      body: excerptOf(content),
      subject: `message/${message.id}`,
    })
    return accept(message)
  },
})
