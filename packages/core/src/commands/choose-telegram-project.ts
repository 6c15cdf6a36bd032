import { z } from 'zod'
import { accept, globalCommand, joinScopes, refuse } from '../decide/command.ts'
import { refSchema } from '../model/ids.ts'
import { refusal } from '../model/refusal.ts'
import { telegramUserIdSchema } from '../model/telegram.ts'
import { mayEnterProject } from '../rules/permissions.ts'

/** Chooses the project that the commands of a Telegram user are about, among those the person may enter. */
export const chooseTelegramProject = globalCommand({
  name: 'telegram.chooseProject',
  summary: 'Chooses the project that the commands of a Telegram user are about.',
  input: z.strictObject({ telegramUserId: telegramUserIdSchema, currentProjectId: refSchema }),
  permission: null,
  whenContained: 'allowed',
  systemOnly: true,
  forBridge: true,
  scope: ({ telegramUserId, currentProjectId }, _caller, seen) => {
    const isSeen = seen?.hasLookup('telegramLinkByUser', [telegramUserId]) === true
    const links = isSeen ? seen.find('telegramLinkByUser', telegramUserId) : []
    return joinScopes(
      {
        records: [{ kind: 'project', id: currentProjectId }],
        lookups: [{ lookup: 'telegramLinkByUser', values: [telegramUserId], limit: 1 }],
      },
      {
        records: links.flatMap(({ principalId }) =>
          principalId === '' ? [] : [{ kind: 'principal', id: principalId }],
        ),
      },
    )
  },
  decide({ snapshot, changes }, { telegramUserId, currentProjectId }) {
    const link = snapshot.find('telegramLinkByUser', telegramUserId)[0]
    const principal = link === undefined || link.principalId === '' ? null : snapshot.get('principal', link.principalId)
    if (link === undefined || principal === null || principal.status !== 'ACTIVE') {
      return refuse(refusal('UNAUTHENTICATED', 'this Telegram user is not paired'))
    }
    const project = snapshot.get('project', currentProjectId)
    if (project === null || !mayEnterProject(principal, project.id))
      return refuse(refusal('NOT_FOUND', 'no such project'))
    return accept(changes.update('telegramLink', link, { currentProjectId: project.id }))
  },
})
