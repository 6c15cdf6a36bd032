import { z } from 'zod'
import { accept, joinScopes, projectCommand, refuse } from '../decide/command.ts'
import { leaseProblem, own } from '../decide/own.ts'
import { notifyAgent } from '../effects/notify.ts'
import { livenessScope, renewLease } from '../effects/renew-lease.ts'
import { ancestryScope } from '../effects/task-scope.ts'
import { refSchema } from '../model/ids.ts'
import { DOCUMENT_TYPES } from '../model/message.ts'
import { nameSchema, statementSchema } from '../model/text.ts'
import { findMentions } from '../rules/mentions.ts'
import { redactText } from '../rules/redaction.ts'
import { epochInput, inProject } from './inputs.ts'

const EXCERPT_CHARS_MAX = 200

/** Posts a message on a task. Whoever is mentioned in it is told once, with an excerpt; the author never. */
export const postMessage = projectCommand({
  name: 'messages.post',
  summary: 'Posts a message on a task; mentioned agents are notified once.',
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
  scope: ({ projectId, taskId, replyToId }, caller) =>
    joinScopes(
      livenessScope(caller.agentId),
      {
        records: [
          { kind: 'task', id: taskId },
          ...(replyToId === undefined ? [] : [{ kind: 'message' as const, id: replyToId }]),
        ],
        lookups: [{ lookup: 'subscriptionsOfTask', values: [taskId], limit: 200 }],
      },
      ancestryScope(projectId),
    ),
  decide(deciding, given) {
    const { snapshot, changes, project, actor, principal } = deciding
    const { record: task, problem: unknown } = own(deciding, 'task', given.taskId)
    if (unknown !== null) return refuse(unknown)
    // Who says in which epoch it works must still be in it; a comment from the side needs none.
    const lost = given.epoch === undefined ? null : leaseProblem(deciding, task, given.epoch)
    if (lost !== null) return refuse(lost)
    if (given.replyToId !== undefined) {
      const { problem } = own(deciding, 'message', given.replyToId)
      if (problem !== null) return refuse(problem)
    }
    const agents = snapshot.find('agentsOfProject', project.id)
    const inText = findMentions(
      given.content,
      agents.map((agent) => ({ principalId: agent.principalId, name: agent.name })),
    )
    const mentions = [...new Set([...inText.principalIds, ...given.mentions])].filter((id) => id !== principal?.id)
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
      artifacts: given.artifacts.map((artifact) => ({
        ...artifact,
        url: artifact.url ?? null,
        documentId: artifact.documentId ?? null,
      })),
      editedAt: null,
      editHistory: [],
      redactedFields: content === given.content ? [] : ['content'],
    })
    changes.event('MESSAGE_POSTED', {
      subject: `message/${message.id}`,
      summary: `${actor.name}: ${content}`,
      data: { type: message.type, mentions, operators: inText.operators },
      taskId: task.id,
    })
    const excerpt = [...content].slice(0, EXCERPT_CHARS_MAX).join('')
    const muted = new Set(
      snapshot
        .find('subscriptionsOfTask', task.id)
        .filter((entry) => entry.isMuted)
        .map((entry) => entry.principalId),
    )
    for (const agent of agents) {
      const isMentioned = mentions.includes(agent.principalId)
      const follows = task.assigneeIds.includes(agent.id) || task.reviewerId === agent.principalId
      if (!isMentioned && (!follows || muted.has(agent.principalId))) continue
      notifyAgent(deciding, {
        agentId: agent.id,
        type: isMentioned ? 'MENTION' : 'TASK_TRANSITION',
        title: isMentioned ? `${actor.name} mentioned you on ${task.title}` : `New message on ${task.title}`,
        body: excerpt,
        taskId: task.id,
      })
    }
    renewLease(deciding, task)
    return accept(message)
  },
})
