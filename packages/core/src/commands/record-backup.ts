import { z } from 'zod'
import { accept, globalCommand } from '../decide/command.ts'

const input = z.strictObject({
  backupId: z.string().min(1).max(200),
  act: z.enum(['CREATED', 'RESTORED']),
  rows: z.int().nonnegative(),
  stateHash: z.string().max(64),
})

/** Says in the log of the installation that a backup was made, or that this store was filled from one. */
export const recordBackup = globalCommand({
  name: 'backups.record',
  summary: 'Says that a backup was made or restored.',
  input,
  permission: null,
  whenContained: 'allowed',
  systemOnly: true,
  scope: () => ({}),
  decide({ changes }, { backupId, act, rows, stateHash }) {
    changes.event(`BACKUP_${act}`, {
      subject: `backup/${backupId}`,
      summary: act === 'CREATED' ? `Backup ${backupId} was made` : `This store was restored from backup ${backupId}`,
      data: { rows, stateHash },
    })
    return accept({ backupId })
  },
})
