import { z } from 'zod'
import { accept, projectCommand, refuse } from '../decide/command.ts'
import { own } from '../decide/own.ts'
import { threadAlertKey } from '../effects/direct-thread.ts'
import { alertScope, clearAlert } from '../effects/raise-alert.ts'
import { refSchema } from '../model/ids.ts'
import { refusal } from '../model/refusal.ts'
import { reasonSchema } from '../model/text.ts'
import { inProject } from './inputs.ts'

/** Lets two agents write to each other again. Their turns are counted anew. */
export const unblockThread = projectCommand({
  name: 'threads.unblock',
  summary: 'Lets the two agents of a blocked thread write to each other again.',
  input: z.strictObject({ ...inProject, threadId: refSchema, reason: reasonSchema }),
  permission: 'agents.control',
  whenContained: 'refused',
  scope: ({ projectId, threadId }) => ({
    records: [{ kind: 'directThread', id: threadId }],
    ...alertScope(projectId, threadAlertKey(threadId)),
  }),
  decide(deciding, { threadId, reason }) {
    // The CAO stops agents; only people let them go on.
    if (deciding.agent !== null) return refuse(refusal('FORBIDDEN', 'a person decides that'))
    const { record: thread, problem } = own(deciding, 'directThread', threadId)
    if (problem !== null) return refuse(problem)
    if (thread.blockedReason === null) return accept(thread)
    const { changes, now, actor } = deciding
    const unblocked = changes.update('directThread', thread, { blockedReason: null, unblockedAt: now })
    changes.event('OPERATOR_CONTROL', {
      subject: `directThread/${thread.id}`,
      summary: `${actor.name} unblocked a direct thread`,
      reason,
      data: { participants: thread.participants },
    })
    clearAlert(deciding, threadAlertKey(threadId), reason)
    return accept(unblocked)
  },
})
