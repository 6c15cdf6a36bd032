import { z } from 'zod'
import { accept, projectCommand } from '../decide/command.ts'
import { refSchema } from '../model/ids.ts'
import { PREVIEW_KEPT_MS } from '../rules/retention.ts'
import { inProject } from './inputs.ts'

const CALLS_MAX = 100

/** Removes the previews of tool calls whose time is over. What was done, by whom, and its hashes stay. */
export const expirePreviews = projectCommand({
  name: 'toolCalls.expirePreviews',
  summary: 'Removes the previews of tool calls that are older than 90 days.',
  input: z.strictObject({ ...inProject, toolCallIds: z.array(refSchema).min(1).max(CALLS_MAX) }),
  permission: null,
  whenContained: 'allowed',
  systemOnly: true,
  whenArchived: 'allowed',
  scope: ({ toolCallIds }) => ({ records: toolCallIds.map((id) => ({ kind: 'toolCall' as const, id })) }),
  decide({ snapshot, changes, project, now }, { toolCallIds }) {
    let removed = 0
    for (const id of new Set(toolCallIds)) {
      const call = snapshot.get('toolCall', id)
      if (call === null || call.projectId !== project.id || call.createdAt > now - PREVIEW_KEPT_MS) continue
      if (call.inputPreview === '' && call.outputPreview === null) continue
      changes.update('toolCall', call, { inputPreview: '', outputPreview: null })
      removed++
    }
    if (removed > 0) {
      changes.event('PROJECT_UPDATED', {
        subject: `project/${project.id}`,
        summary: `Previews of ${removed} tool calls were removed`,
        reason: 'previews are kept for 90 days',
        data: { removed },
      })
    }
    return accept({ removed })
  },
})
