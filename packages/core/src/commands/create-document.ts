import { z } from 'zod'
import { accept, joinScopes, projectCommand, refuse } from '../decide/command.ts'
import { leaseProblem, own } from '../decide/own.ts'
import { livenessScope, renewLease } from '../effects/renew-lease.ts'
import { refSchema } from '../model/ids.ts'
import { DOCUMENT_TYPES } from '../model/message.ts'
import { refusal } from '../model/refusal.ts'
import { contentSchema, nameSchema, utf8Bytes } from '../model/text.ts'
import { sha256Hex } from '../rules/hash.ts'
import { redactText } from '../rules/redaction.ts'
import { epochInput, inProject } from './inputs.ts'

/** Keeps a document with a task. Documents never change; a new version names the one before. */
export const createDocument = projectCommand({
  name: 'documents.create',
  summary: 'Keeps a document with a task.',
  input: z.strictObject({
    ...inProject,
    name: nameSchema(200),
    type: z.enum(DOCUMENT_TYPES),
    mimeType: nameSchema(100).default('text/markdown'),
    content: contentSchema,
    taskId: refSchema.optional(),
    epoch: epochInput,
    previousVersionId: refSchema.optional(),
  }),
  permission: 'documents.write',
  whenContained: 'refused',
  scope: ({ taskId, previousVersionId }, caller) =>
    joinScopes(livenessScope(caller.agentId), {
      records: [
        ...(taskId === undefined ? [] : [{ kind: 'task' as const, id: taskId }]),
        ...(previousVersionId === undefined ? [] : [{ kind: 'document' as const, id: previousVersionId }]),
      ],
    }),
  decide(deciding, given) {
    const { changes, project, agent } = deciding
    if (given.taskId !== undefined) {
      const { record: task, problem } = own(deciding, 'task', given.taskId)
      if (problem !== null) return refuse(problem)
      const lost = leaseProblem(deciding, task, given.epoch)
      if (lost !== null) return refuse(lost)
      renewLease(deciding, task)
    } else if (agent !== null && given.type !== 'REPORT') {
      return refuse(
        refusal('VALIDATION', 'a document of an agent belongs to a task', {
          errors: [{ field: 'taskId', message: 'is needed' }],
        }),
      )
    }
    if (given.previousVersionId !== undefined) {
      const { problem } = own(deciding, 'document', given.previousVersionId)
      if (problem !== null) return refuse(problem)
    }
    const content = redactText(given.content)
    const document = changes.insert('document', {
      projectId: project.id,
      name: redactText(given.name),
      type: given.type,
      mimeType: given.mimeType,
      content,
      storageUrl: null,
      sizeBytes: utf8Bytes(content),
      checksum: sha256Hex(content),
      taskId: given.taskId ?? null,
      agentId: agent?.id ?? null,
      isRedacted: content !== given.content,
      previousVersionId: given.previousVersionId ?? null,
    })
    changes.event('DOCUMENT_UPDATED', {
      subject: `document/${document.id}`,
      summary: `${document.type}: ${document.name}`,
      data: { sizeBytes: document.sizeBytes, checksum: document.checksum },
      taskId: document.taskId,
    })
    return accept(document)
  },
})
