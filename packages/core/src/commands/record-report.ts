import { z } from 'zod'
import { accept, projectCommand } from '../decide/command.ts'
import { notifyOperators } from '../effects/notify-operators.ts'
import { contentSchema, nameSchema, utf8Bytes } from '../model/text.ts'
import { derivedId, sha256Hex } from '../rules/hash.ts'
import { redactText } from '../rules/redaction.ts'
import { inProject } from './inputs.ts'

const REPORTS = { STANDUP: 'Standup', CEO_BRIEF: 'Brief' } as const

const input = z.strictObject({
  ...inProject,
  report: z.enum(['STANDUP', 'CEO_BRIEF']),
  /** The day it is about. */
  date: z.iso.date(),
  projectName: nameSchema(120),
  markdown: contentSchema,
})

function reportId({ projectId, report, date }: z.infer<typeof input>): string {
  return derivedId('doc', [projectId, report, date])
}

/** Keeps the report of a day and tells the operators. Of several hosts that come with it, exactly one does. */
export const recordReport = projectCommand({
  name: 'reports.record',
  summary: 'Keeps the report of a day as a document and sends it to the operators, once per project and day.',
  input,
  permission: null,
  whenContained: 'allowed',
  systemOnly: true,
  scope: (given) => ({ records: [{ kind: 'document', id: reportId(given) }] }),
  decide(deciding, given) {
    const { changes, project, snapshot } = deciding
    const documentId = reportId(given)
    // The id is the day's: whoever comes second finds the document, or is refused by its key and looks again.
    if (snapshot.get('document', documentId) !== null) return accept({ documentId, isNew: false })
    const title = `${REPORTS[given.report]} ${given.date}`
    const content = redactText(given.markdown)
    changes.insert(
      'document',
      {
        projectId: project.id,
        name: `${title}.md`,
        type: 'REPORT',
        mimeType: 'text/markdown',
        content,
        storageUrl: null,
        sizeBytes: utf8Bytes(content),
        checksum: sha256Hex(content),
        taskId: null,
        agentId: null,
        isRedacted: content !== given.markdown,
        previousVersionId: null,
      },
      documentId,
    )
    notifyOperators(deciding, { type: 'DIGEST', title: `${title}: ${given.projectName}`, body: content })
    changes.event('REPORT_CREATED', {
      subject: `document/${documentId}`,
      summary: `${title} was written`,
      data: { report: given.report, date: given.date, documentId },
    })
    return accept({ documentId, isNew: true })
  },
})
