import { lines, rich, value } from '../text/rich-text.ts'
import type { ChatCommand } from './chat-command.ts'
import { dataOf } from './chat-command.ts'

const PROJECTS_MAX = 50

function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0)
}

export const projects: ChatCommand = {
  name: 'projects',
  args: '',
  description: 'Lists the projects you may see',
  group: 'Projects',
  permission: 'read',
  needsProject: false,
  reply: 'Projects (n); ✓ <name> (<slug>) · <t> tasks · <a> active; /switch <slug>; or No projects.',
  async run({ person }) {
    const { client, pairing } = person
    const all = dataOf(await client.projects.list({ limit: PROJECTS_MAX })).data
    const active = all.filter(({ status }) => status === 'ACTIVE')
    if (active.length === 0) return rich('No projects.')
    const told = await Promise.all(
      active.map(async ({ id, name, slug }) => {
        const stats = dataOf(await client.projects.stats({ projectId: id }))
        const mark = id === pairing.link.currentProjectId ? '✓ ' : ''
        const figures = ` · ${total(stats.tasks)} tasks · ${stats.agents.ACTIVE ?? 0} active`
        return rich(mark, value(name), ' (', value(slug), ')', figures)
      }),
    )
    return lines(`Projects (${active.length})`, ...told, '/switch <slug>')
  },
}

export const switchProject: ChatCommand = {
  name: 'switch',
  args: '<slug>',
  description: 'Chooses the project that commands are about',
  group: 'Projects',
  permission: 'read',
  needsProject: false,
  reply: 'Now on <name>. / Usage: /switch <slug> / No project <slug>.',
  async run({ person, bridge, key }, args) {
    const slug = args.split(/\s+/)[0] ?? ''
    if (slug === '') return rich('Usage: /switch <slug>')
    const all = await person.client.projects.list({ slug: slug.toLowerCase(), limit: 1 })
    const found = all.ok ? all.data.data.find(({ status }) => status === 'ACTIVE') : undefined
    if (found === undefined) return rich('No project ', value(slug), '.')
    const { telegramUserId } = person
    dataOf(
      await bridge.telegram.chooseProject({ telegramUserId, currentProjectId: found.id }, { idempotencyKey: key }),
      { id: slug },
    )
    return rich('Now on ', value(found.name), '.')
  },
}
