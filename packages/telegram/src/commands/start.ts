import { rich, value } from '../text/rich-text.ts'
import type { ChatCommand } from './chat-command.ts'
import { dataOf } from './chat-command.ts'

export const start: ChatCommand = {
  name: 'start',
  args: '',
  description: 'Says where you are',
  group: 'Projects',
  permission: 'read',
  needsProject: false,
  reply: 'Mission Control. Project: <name|none>. /help lists commands.',
  async run({ person }) {
    const { currentProjectId } = person.pairing.link
    const found = currentProjectId === null ? null : await person.client.projects.get({ project: currentProjectId })
    const name = found?.ok === true ? value(dataOf(found).name) : 'none'
    return rich('Mission Control. Project: ', name, '. /help lists commands.')
  },
}
