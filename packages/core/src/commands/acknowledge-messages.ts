import { z } from 'zod'
import { accept, projectCommand, refuse } from '../decide/command.ts'
import { own } from '../decide/own.ts'
import { refSchema } from '../model/ids.ts'
import { refusal } from '../model/refusal.ts'
import { inProject } from './inputs.ts'

/** Says of direct messages that they were received, or read. Only whom they were written to can; the first time counts. */
export const acknowledgeMessages = projectCommand({
  name: 'threads.ack',
  summary: 'Says of direct messages to the calling agent that they were received or read.',
  input: z.strictObject({
    ...inProject,
    threadId: refSchema,
    messageIds: z.array(refSchema).min(1).max(200),
    receipt: z.enum(['DELIVERED', 'READ']),
  }),
  permission: null,
  whenContained: 'unless-quarantined',
  scope: ({ threadId, messageIds }) => ({
    records: [{ kind: 'directThread', id: threadId }, ...messageIds.map((id) => ({ kind: 'message' as const, id }))],
  }),
  decide(deciding, { threadId, messageIds, receipt }) {
    const { agent, snapshot, changes, now } = deciding
    const { record: thread, problem } = own(deciding, 'directThread', threadId)
    if (problem !== null) return refuse(problem)
    if (agent === null || !thread.participants.includes(agent.id)) {
      return refuse(refusal('NOT_FOUND', `no such directThread: ${threadId}`))
    }
    const acknowledged = [...new Set(messageIds)].flatMap((id) => {
      const message = snapshot.get('message', id)
      if (message === null || message.threadId !== thread.id || message.author.agentId === agent.id) return []
      const deliveredAt = message.deliveredAt ?? now
      const readAt = receipt === 'READ' ? (message.readAt ?? now) : message.readAt
      if (deliveredAt !== message.deliveredAt || readAt !== message.readAt) {
        changes.update('message', message, { deliveredAt, readAt })
      }
      return [id]
    })
    return accept({ acknowledged })
  },
})
