import { z } from 'zod'
import { accept, projectCommand, refuse } from '../decide/command.ts'
import { refSchema } from '../model/ids.ts'
import { refusal } from '../model/refusal.ts'
import { inProject } from './inputs.ts'

/** Acknowledges notifications by id; each then stops being repeated. Those of others are passed over. */
export const acknowledgeNotifications = projectCommand({
  name: 'notifications.ack',
  summary: 'Acknowledges notifications of the calling agent.',
  input: z.strictObject({ ...inProject, ids: z.array(refSchema).min(1).max(200) }),
  permission: null,
  whenContained: 'unless-quarantined',
  scope: ({ ids }) => ({ records: ids.map((id) => ({ kind: 'notification' as const, id })) }),
  decide(deciding, { ids }) {
    const { agent, snapshot, changes, now } = deciding
    if (agent === null) return refuse(refusal('FORBIDDEN', 'only agents acknowledge their notifications'))
    const acknowledged = [...new Set(ids)].flatMap((id) => {
      const notification = snapshot.get('notification', id)
      if (notification === null || notification.targetId !== agent.id) return []
      if (notification.ackedAt === null) {
        changes.update('notification', notification, { status: 'DELIVERED', ackedAt: now, deliveredAt: now })
      }
      return [id]
    })
    return accept({ acknowledged })
  },
})
