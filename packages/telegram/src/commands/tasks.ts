import { TASK_TYPES, type Task } from '@mission-control/core'
import { fromMarkdown } from '../text/markdown.ts'
import { lines, type RichText, rich, value } from '../text/rich-text.ts'
import { prioritySign, taskRef, usd } from '../text/words.ts'
import type { ChatCommand } from './chat-command.ts'
import { dataOf } from './chat-command.ts'

const ROWS_MAX = 20
const ALIASES: readonly string[] = ['CODE_CHANGE', 'RESEARCH', 'EMAIL']

function taskRow(task: Task): RichText {
  const estimate = task.estimatedCostMicros ?? task.budgetAllocatedMicros
  return rich(
    `${prioritySign(task.priority)} ${taskRef(task)} `,
    value(task.title),
    ` · ${task.type} · ~${usd(estimate)}`,
  )
}

export const inbox: ChatCommand = {
  name: 'inbox',
  args: '',
  description: 'Shows the tasks that nobody has yet',
  group: 'Tasks',
  permission: 'read',
  needsProject: true,
  reply: 'Inbox (n); 🔴|🟠|🔵 #<id4> <title> · <TYPE> · ~$<est>; or Inbox is empty.',
  async run({ person, project }) {
    const [page, stats] = await Promise.all([
      person.client.tasks.list({ projectId: project.id, status: ['INBOX'], orderBy: 'priority', limit: ROWS_MAX }),
      person.client.projects.stats({ projectId: project.id }),
    ])
    const { data } = dataOf(page)
    if (data.length === 0) return rich('Inbox is empty.')
    return lines(`Inbox (${Math.max(dataOf(stats).tasks.INBOX ?? 0, data.length)})`, ...data.map(taskRow))
  },
}

export const createTask: ChatCommand = {
  name: 'create_task',
  args: '<TYPE> <title>',
  description: 'Puts a task into the inbox',
  group: 'Tasks',
  permission: 'tasks.create',
  needsProject: true,
  reply: 'Created #<id4> <title> (INBOX).',
  async run({ person, project, key }, args) {
    const [, typed = '', title = ''] = /^(\S+)\s+([\s\S]+)$/.exec(args) ?? []
    const type = typed.toUpperCase()
    const isType = ([...TASK_TYPES, ...ALIASES] as readonly string[]).includes(type)
    if (!isType || title.trim() === '') {
      return lines('Usage: /create_task <TYPE> <title>', `Types: ${TASK_TYPES.join(', ')}`)
    }
    const made = await person.client.tasks.create(
      { projectId: project.id, type, title: title.replaceAll(/\s+/g, ' ').trim(), source: 'TELEGRAM' },
      { idempotencyKey: key },
    )
    if (!made.ok && made.error.code === 'VALIDATION')
      return rich('A title has at most 200 characters and none that do not show.')
    const task = dataOf(made, { permission: 'tasks.create' })
    return rich(`Created ${taskRef(task)} `, value(task.title), ` (${task.status}).`)
  },
}

export const brief: ChatCommand = {
  name: 'brief',
  args: '',
  description: 'Shows the brief of this moment',
  group: 'Tasks',
  permission: 'read',
  needsProject: true,
  reply: 'The CEO brief of this moment',
  async run({ person, project }) {
    return fromMarkdown(dataOf(await person.client.reports.ceoBrief({ projectId: project.id })).markdown)
  },
}
