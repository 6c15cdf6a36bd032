import { z } from 'zod'
import { accept, joinScopes, projectCommand, refuse } from '../decide/command.ts'
import { leaseProblem, own } from '../decide/own.ts'
import { follow, followersScope, tellFollowers } from '../effects/followers.ts'
import { excerptOf, findMentioned, mentionScope, tellMentioned } from '../effects/mentioned.ts'
import { containMessages, messageLoopScope } from '../effects/message-loop.ts'
import { livenessScope, renewLease } from '../effects/renew-lease.ts'
import { refSchema } from '../model/ids.ts'
import { DOCUMENT_TYPES } from '../model/message.ts'
import { refusal } from '../model/refusal.ts'
import { nameSchema, statementSchema } from '../model/text.ts'
import { redactText } from '../rules/redaction.ts'
import { epochInput, inProject } from './inputs.ts'

/**
 * Posts a message on a task. Whoever is mentioned in it or follows the task is told once, with an excerpt; the author
 * never, who follows the task from then on.
 */
export const postMessage = projectCommand({
  name: 'messages.post',
  summary: 'Posts a message on a task; those mentioned and those who follow are told once.',
  input: z.strictObject({
    ...inProject,
    taskId: refSchema,
    content: statementSchema,
    type: z.enum(['COMMENT', 'WORK_PLAN', 'PROGRESS', 'ARTIFACT', 'ESCALATION']).default('COMMENT'),
    replyToId: refSchema.optional(),
    mentions: z.array(refSchema).max(50).default([]),
    artifacts: z
      .array(
        z.strictObject({
          name: nameSchema(200),
          type: z.enum(DOCUMENT_TYPES),
          url: nameSchema(2000).optional(),
          documentId: refSchema.optional(),
        }),
      )
      .max(50)
      .default([]),
    epoch: epochInput,
  }),
  permission: 'messages.post',
  whenContained: 'refused',
  scope: ({ projectId, taskId, replyToId, content, mentions }, caller, seen) =>
    joinScopes(
      livenessScope(caller.agentId),
      {
        records: [
          { kind: 'task', id: taskId },
          ...(replyToId === undefined ? [] : [{ kind: 'message' as const, id: replyToId }]),
        ],
      },
      followersScope(taskId),
      mentionScope(projectId, content, mentions),
      messageLoopScope(projectId, taskId, caller.agentId, seen),
    ),
  decide(deciding, given) {
    const { changes, project, actor, principal } = deciding
    const { record: task, problem: unknown } = own(deciding, 'task', given.taskId)
    if (unknown !== null) return refuse(unknown)
    // Who says in which epoch it works must still be in it; a comment from the side needs none.
    const lost = given.epoch === undefined ? null : leaseProblem(deciding, task, given.epoch)
    if (lost !== null) return refuse(lost)
    if (given.replyToId !== undefined) {
      const { record: repliedTo, problem } = own(deciding, 'message', given.replyToId)
      if (problem !== null) return refuse(problem)
      if (repliedTo.taskId !== task.id) return refuse(refusal('NOT_FOUND', `no such message on ${task.id}`))
    }
    const mentioned = findMentioned(deciding, given.content, given.mentions)
    if (mentioned.unknown.length > 0) {
      return refuse(refusal('NOT_FOUND', `nobody here is ${mentioned.unknown.join(', ')}`))
    }
    const mentions = mentioned.people.map(({ principalId }) => principalId)
    const content = redactText(given.content)
    const message = changes.insert('message', {
      projectId: project.id,
      taskId: task.id,
      threadId: null,
      author: actor,
      type: given.type,
      content,
      replyToId: given.replyToId ?? null,
      mentions,
      artifacts: given.artifacts.map(({ name, type, url, documentId }) => ({
        name: redactText(name),
        type,
        url: url === undefined ? null : redactText(url),
        documentId: documentId ?? null,
      })),
      editedAt: null,
      editHistory: [],
      deliveredAt: null,
      readAt: null,
      redactedFields: content === given.content ? [] : ['content'],
    })
    changes.event('MESSAGE_POSTED', {
      subject: `message/${message.id}`,
      summary: `${actor.name}: ${content}`,
      data: { type: message.type, mentions, operators: mentioned.operators },
      taskId: task.id,
    })
    tellMentioned(deciding, message, mentioned, `on ${task.title}`)
    tellFollowers(
      deciding,
      task,
      {
        type: 'TASK_TRANSITION',
        title: `New message on ${task.title}`,
        body: excerptOf(content),
        subject: `message/${message.id}`,
      },
      {
        principalIds: new Set(mentions),
        agentIds: new Set(mentioned.people.flatMap(({ agentId }) => (agentId === null ? [] : [agentId]))),
      },
    )
    if (principal !== null) {
      follow(deciding, task.id, { principalId: principal.id, agentId: deciding.agent?.id ?? null })
    }
    renewLease(deciding, task)
    if (deciding.agent !== null) containMessages(deciding, task, message)
    return accept(message)
  },
})
