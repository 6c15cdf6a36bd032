import type { DecidingInProject } from '../decide/command.ts'
import type { Agent } from '../model/agent.ts'
import type { AgentDocument, AgentDocumentType } from '../model/agent-document.ts'
import type { Scope } from '../ports/storage.ts'
import { sha256Hex } from '../rules/hash.ts'
import { redactText } from '../rules/redaction.ts'
import { notifyAgent } from './notify.ts'

/** What writing a document of an agent has to read. */
export function agentDocumentScope(agentId: string, type: AgentDocumentType, key: string): Scope {
  return { lookups: [{ lookup: 'agentDocumentByKey', values: [agentId, type, key], limit: 1 }] }
}

/** The document as it is now, or null. */
export function findAgentDocument(
  { snapshot }: DecidingInProject,
  agentId: string,
  type: AgentDocumentType,
  key: string,
): AgentDocument | null {
  return snapshot.find('agentDocumentByKey', agentId, type, key)[0] ?? null
}

/** Writes a new version of a document of an agent and keeps those before. The same text again changes nothing. */
export function writeAgentDocument(
  deciding: DecidingInProject,
  agent: Agent,
  of: { readonly type: AgentDocumentType; readonly key: string },
  given: string,
): AgentDocument {
  const { changes, project, actor } = deciding
  const content = redactText(given)
  const known = findAgentDocument(deciding, agent.id, of.type, of.key)
  if (known?.content === content) return known
  const written = { content, author: actor, redactedFields: content === given ? [] : ['content'] }
  const document =
    known === null
      ? changes.insert('agentDocument', { projectId: project.id, agentId: agent.id, ...of, ...written })
      : changes.update('agentDocument', known, written)
  changes.insert('agentDocumentVersion', {
    projectId: project.id,
    documentId: document.id,
    agentId: agent.id,
    versionNo: document.version,
    ...written,
  })
  const name = of.key === '' ? of.type : `${of.type} ${of.key}`
  changes.event('DOCUMENT_UPDATED', {
    subject: `agentDocument/${document.id}`,
    summary: `${agent.name}: ${name} is at version ${document.version}`,
    data: { type: of.type, key: of.key, version: document.version, checksum: sha256Hex(content) },
    agentId: agent.id,
  })
  // Who works by a document must know when somebody else has changed it.
  notifyAgent(deciding, {
    agentId: agent.id,
    type: 'SYSTEM',
    title: `${actor.name} changed your ${name}`,
    subject: `agentDocument/${document.id}`,
  })
  return document
}
