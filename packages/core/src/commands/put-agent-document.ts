import { z } from 'zod'
import { accept, joinScopes, projectCommand, refuse } from '../decide/command.ts'
import { own } from '../decide/own.ts'
import { agentDocumentScope, findAgentDocument, writeAgentDocument } from '../effects/write-agent-document.ts'
import { AGENT_DOCUMENT_TYPES } from '../model/agent-document.ts'
import { refSchema } from '../model/ids.ts'
import { refusal } from '../model/refusal.ts'
import { contentSchema, nameSchema } from '../model/text.ts'
import { documentKey } from '../rules/document-key.ts'
import { hasPermission } from '../rules/permissions.ts'
import { localDate } from '../rules/windows.ts'
import { expectedVersionInput, inProject } from './inputs.ts'

/** Writes a document of the calling agent; every version is kept. People who administer agents may write any. */
export const putAgentDocument = projectCommand({
  name: 'agents.putDocument',
  summary: 'Writes a document of the calling agent: persona, working state, daily note or session memory.',
  input: z.strictObject({
    ...inProject,
    agentId: refSchema,
    type: z.enum(AGENT_DOCUMENT_TYPES),
    /** A date for DAILY_NOTE (absent: today), a session or task for SESSION_MEMORY, nothing for the others. */
    key: nameSchema(200, 0).optional(),
    content: contentSchema,
    expectedVersion: expectedVersionInput,
  }),
  permission: 'documents.write',
  whenContained: 'refused',
  scope: ({ projectId, agentId, type, key }, _caller, seen) => {
    const project = seen?.has('project', projectId) === true ? seen.peek('project', projectId) : null
    const of = seen === null || project === null ? null : documentKey(type, key, localDate(seen.now, project.timeZone))
    return joinScopes(
      { records: [{ kind: 'agent', id: agentId }] },
      of === null || 'problem' in of ? {} : agentDocumentScope(agentId, type, of.key),
    )
  },
  decide(deciding, { agentId, type, key, content, expectedVersion }) {
    const { record: owner, problem } = own(deciding, 'agent', agentId)
    if (problem !== null) return refuse(problem)
    const { agent, principal, project, now } = deciding
    const isOwn = agent !== null && agent.id === owner.id
    const mayWriteAny = agent === null && (principal === null || hasPermission(principal, null, 'agents.admin'))
    if (!isOwn && !mayWriteAny) return refuse(refusal('FORBIDDEN', 'an agent writes its own documents only'))
    const of = documentKey(type, key, localDate(now, project.timeZone))
    if ('problem' in of) {
      return refuse(
        refusal('VALIDATION', `the key of a ${type} ${of.problem}`, {
          errors: [{ field: 'key', message: of.problem }],
        }),
      )
    }
    const known = findAgentDocument(deciding, agentId, type, of.key)
    if (expectedVersion !== undefined && expectedVersion !== known?.version) {
      const at = known === null ? 'does not exist yet' : `is at version ${known.version}`
      return refuse(refusal('VERSION_CONFLICT', `the document ${at}`))
    }
    return accept(writeAgentDocument(deciding, owner, { type, key: of.key }, content))
  },
})
