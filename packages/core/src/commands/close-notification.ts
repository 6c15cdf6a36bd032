import { z } from 'zod'
import { accept, projectCommand, refuse } from '../decide/command.ts'
import { own } from '../decide/own.ts'
import { refSchema } from '../model/ids.ts'
import { inProject } from './inputs.ts'

/** Says that a card shows how its request ended, so that nobody updates it again. */
export const closeNotification = projectCommand({
  name: 'notifications.close',
  summary: 'Says that the card of a request shows its outcome.',
  input: z.strictObject({ ...inProject, notificationId: refSchema }),
  permission: null,
  whenContained: 'allowed',
  systemOnly: true,
  forBridge: true,
  whenArchived: 'allowed',
  scope: ({ notificationId }) => ({ records: [{ kind: 'notification', id: notificationId }] }),
  decide(deciding, { notificationId }) {
    const { record: note, problem } = own(deciding, 'notification', notificationId)
    if (problem !== null) return refuse(problem)
    if (note.status !== 'SENT') return accept(note)
    return accept(deciding.changes.update('notification', note, { status: 'DELIVERED', deliveredAt: deciding.now }))
  },
})
