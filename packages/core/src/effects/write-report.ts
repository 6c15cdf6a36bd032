import type { DecidingInProject } from '../decide/command.ts'
import type { Document } from '../model/message.ts'
import { utf8Bytes } from '../model/text.ts'
import { sha256Hex } from '../rules/hash.ts'
import { redactText } from '../rules/redaction.ts'

export interface ReportFacts {
  readonly name: string
  /** Markdown. */
  readonly content: string
  readonly taskId: string | null
  readonly agentId: string | null
}

/** Keeps a REPORT that the system wrote. */
export function writeReport(deciding: DecidingInProject, facts: ReportFacts): Document {
  const { changes, project } = deciding
  const content = redactText(facts.content)
  const report = changes.insert('document', {
    projectId: project.id,
    name: redactText(facts.name),
    type: 'REPORT',
    mimeType: 'text/markdown',
    content,
    storageUrl: null,
    sizeBytes: utf8Bytes(content),
    checksum: sha256Hex(content),
    taskId: facts.taskId,
    agentId: facts.agentId,
    isRedacted: content !== facts.content,
    previousVersionId: null,
  })
  changes.event('REPORT_CREATED', {
    subject: `document/${report.id}`,
    summary: `Report: ${report.name}`,
    data: { sizeBytes: report.sizeBytes, checksum: report.checksum },
    taskId: facts.taskId,
    agentId: facts.agentId,
  })
  return report
}
