import { z } from 'zod'
import { actorSchema } from './principal.ts'
import { projectRecord } from './record.ts'

export const AGENT_DOCUMENT_TYPES = ['SOUL_MD', 'WORKING_MD', 'DAILY_NOTE', 'SESSION_MEMORY'] as const
export type AgentDocumentType = (typeof AGENT_DOCUMENT_TYPES)[number]

const writtenContent = {
  content: z.string(),
  author: actorSchema,
  redactedFields: z.array(z.string()),
}

/** What an agent keeps for itself between sessions: its persona, what it is at, notes of a day, memory of a session. */
export const agentDocumentSchema = z.strictObject({
  ...projectRecord,
  agentId: z.string(),
  type: z.enum(AGENT_DOCUMENT_TYPES),
  /** Empty for SOUL_MD and WORKING_MD, the local date for DAILY_NOTE, a session or task for SESSION_MEMORY. */
  key: z.string(),
  ...writtenContent,
})
export type AgentDocument = z.infer<typeof agentDocumentSchema>

/** How a document of an agent read at one version. Every version is kept. */
export const agentDocumentVersionSchema = z.strictObject({
  ...projectRecord,
  documentId: z.string(),
  agentId: z.string(),
  versionNo: z.int().min(1),
  ...writtenContent,
})
export type AgentDocumentVersion = z.infer<typeof agentDocumentVersionSchema>
