import type { DecidingInProject } from '../decide/command.ts'
import type { Message } from '../model/message.ts'
import type { Actor } from '../model/principal.ts'
import { redactText } from '../rules/redaction.ts'

export interface MessageFacts {
  readonly taskId: string
  readonly type: 'REVIEW' | 'APPROVAL_REQUEST' | 'DECISION' | 'SYSTEM'
  readonly content: string
  /** Absent: whoever acts. */
  readonly author?: Actor
}

/** Writes a message of a kind that only commands write, so that the thread of a task tells its whole story. */
export function writeMessage(deciding: DecidingInProject, facts: MessageFacts): Message {
  const { changes, project } = deciding
  const author = facts.author ?? deciding.actor
  const content = redactText(facts.content)
  const message = changes.insert('message', {
    projectId: project.id,
    taskId: facts.taskId,
    threadId: null,
    author,
    type: facts.type,
    content,
    replyToId: null,
    mentions: [],
    artifacts: [],
    editedAt: null,
    editHistory: [],
    deliveredAt: null,
    readAt: null,
    redactedFields: content === facts.content ? [] : ['content'],
  })
  changes.event('MESSAGE_POSTED', {
    subject: `message/${message.id}`,
    summary: `${author.name}: ${content}`,
    data: { type: message.type },
    taskId: facts.taskId,
  })
  return message
}
