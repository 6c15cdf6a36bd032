import { z } from 'zod'
import { accept, type DecidingInProject, joinScopes, projectCommand, refuse } from '../decide/command.ts'
import { own, versionProblem } from '../decide/own.ts'
import { findMentioned, mentionScope, tellMentioned } from '../effects/mentioned.ts'
import { refSchema } from '../model/ids.ts'
import type { Message, MessageType } from '../model/message.ts'
import { type Refusal, refusal } from '../model/refusal.ts'
import { statementSchema } from '../model/text.ts'
import { redactText } from '../rules/redaction.ts'
import { expectedVersionInput, inProject } from './inputs.ts'

/** A message keeps all it ever said, so what it can say is bounded. */
const EDITS_MAX = 20

/** These are part of a decision or of the system's own record; nobody says them otherwise later. */
const FIXED: readonly MessageType[] = ['REVIEW', 'APPROVAL_REQUEST', 'DECISION', 'SYSTEM']

/** Says something otherwise. Only its author may; what it said before stays in its history. */
export const editMessage = projectCommand({
  name: 'messages.edit',
  summary: 'Changes the text of a message of the caller; those newly mentioned are told.',
  input: z.strictObject({
    ...inProject,
    messageId: refSchema,
    expectedVersion: expectedVersionInput,
    content: statementSchema,
    mentions: z.array(refSchema).max(50).default([]),
  }),
  permission: 'messages.post',
  whenContained: 'refused',
  scope: ({ projectId, messageId, content, mentions }, _caller, seen) => {
    const message = seen?.has('message', messageId) === true ? seen.peek('message', messageId) : null
    return joinScopes(
      {
        records: [
          { kind: 'message', id: messageId },
          ...(message?.taskId == null ? [] : [{ kind: 'task' as const, id: message.taskId }]),
          ...(message?.threadId == null ? [] : [{ kind: 'directThread' as const, id: message.threadId }]),
        ],
      },
      mentionScope(projectId, content, mentions),
    )
  },
  decide(deciding, given) {
    const { record: message, problem } = own(deciding, 'message', given.messageId)
    if (problem !== null) return refuse(problem)
    const conflict = versionProblem(message, given.expectedVersion)
    if (conflict !== null) return refuse(conflict)
    const refused = editProblem(deciding, message)
    if (refused !== null) return refuse(refused)
    const content = redactText(given.content)
    if (content === message.content) return accept(message)
    if (message.editHistory.length >= EDITS_MAX) {
      return refuse(refusal('PAYLOAD_TOO_LARGE', `a message is edited at most ${EDITS_MAX} times`))
    }
    // Nobody outside a thread is drawn into it by a name.
    const mentioned =
      message.threadId === null
        ? findMentioned(deciding, given.content, given.mentions)
        : { people: [], operators: false, unknown: [] }
    if (mentioned.unknown.length > 0) {
      return refuse(refusal('NOT_FOUND', `nobody here is ${mentioned.unknown.join(', ')}`))
    }
    const edited = rewrite(deciding, message, content, {
      mentions: mentioned.people.map(({ principalId }) => principalId),
      isRedacted: content !== given.content,
    })
    const added = mentioned.people.filter(({ principalId }) => !message.mentions.includes(principalId))
    const asksAnew = mentioned.operators && !findMentioned(deciding, message.content, []).operators
    const title = message.taskId === null ? '' : (deciding.snapshot.peek('task', message.taskId)?.title ?? '')
    tellMentioned(deciding, edited, { people: added, operators: asksAnew }, `on ${title}`)
    return accept(edited)
  },
})

function editProblem({ actor, snapshot }: DecidingInProject, message: Message): Refusal | null {
  if (message.author.id !== actor.id) return refusal('FORBIDDEN', 'only its author changes a message')
  if (FIXED.includes(message.type)) return refusal('FORBIDDEN', `a ${message.type} message is never changed`)
  const thread = message.threadId === null ? null : snapshot.get('directThread', message.threadId)
  if (thread?.blockedReason != null) return refusal('POLICY_DENIED', `this thread is blocked: ${thread.blockedReason}`)
  return null
}

function rewrite(
  { changes, now, actor }: DecidingInProject,
  message: Message,
  content: string,
  { mentions, isRedacted }: { mentions: string[]; isRedacted: boolean },
): Message {
  const edited = changes.update('message', message, {
    content,
    mentions,
    editedAt: now,
    editHistory: [...message.editHistory, { content: message.content, at: message.editedAt ?? message.createdAt }],
    redactedFields: isRedacted ? [...new Set([...message.redactedFields, 'content'])] : message.redactedFields,
  })
  changes.event('MESSAGE_EDITED', {
    subject: `message/${message.id}`,
    // What two agents tell each other is for them and for people, not for the log that every agent reads.
    summary: message.threadId === null ? `${actor.name}: ${content}` : `${actor.name} edited a direct message`,
    data: { type: message.type, edits: edited.editHistory.length, mentions },
    taskId: message.taskId,
  })
  return edited
}
