import { type Agent, TASK_STATUSES } from '@mission-control/core'
import { lines, rich, value } from '../text/rich-text.ts'
import { usd } from '../text/words.ts'
import type { AskingInProject, ChatCommand } from './chat-command.ts'
import { dataOf } from './chat-command.ts'

const PAGE_MAX = 200
const AGENTS_SHOWN_MAX = 10
/** A command of the core takes so many agents at once; the bot asks again while some are left. */
const ROUNDS_MAX = 20

export const status: ChatCommand = {
  name: 'status',
  args: '',
  description: 'Counts agents, tasks and approvals',
  group: 'Squad',
  permission: 'read',
  needsProject: true,
  reply: '<name>; Agents: <a> active, <p> paused, <t> total; <STATUS>: <n>; Pending approvals: <n>',
  async run({ person, project }) {
    const { agents, tasks, pendingApprovals } = dataOf(await person.client.projects.stats({ projectId: project.id }))
    const total = Object.values(agents).reduce((sum, count) => sum + count, 0)
    const statuses = TASK_STATUSES.filter((name) => name !== 'CANCELED')
    return lines(
      value(project.name),
      `Agents: ${agents.ACTIVE ?? 0} active, ${agents.PAUSED ?? 0} paused, ${total} total`,
      ...statuses.map((name) => `${name}: ${tasks[name] ?? 0}`),
      `Pending approvals: ${pendingApprovals}`,
    )
  },
}

export const burnrate: ChatCommand = {
  name: 'burnrate',
  args: '',
  description: 'Shows what the squad spends',
  group: 'Squad',
  permission: 'read',
  needsProject: true,
  reply: 'Today: $<x> of $<cap> · $<h>/h · end of day ~$<p>; <emoji> <name>: $<x> / $<cap>',
  async run(asking) {
    const { person, project } = asking
    const burn = dataOf(await person.client.budgets.burnRate({ projectId: project.id }))
    const spenders = burn.byAgent.filter(({ key, micros }) => key !== '' && micros > 0).slice(0, AGENTS_SHOWN_MAX)
    const agents = spenders.length === 0 ? [] : await allAgents(asking)
    const told = spenders.map(({ key, micros }) => {
      const agent = agents.find(({ id }) => id === key)
      const sign = agent?.emoji == null ? '🤖' : agent.emoji
      const cap = agent === undefined ? '?' : usd(agent.budgetDailyMicros)
      return rich(value(`${sign} ${agent?.name ?? key}`), `: ${usd(micros)} / ${cap}`)
    })
    const cap = burn.capMicros === null ? 'no cap' : usd(burn.capMicros)
    const head = `Today: ${usd(burn.todayMicros)} of ${cap} · ${usd(burn.lastHourMicros)}/h · end of day ~${usd(burn.endOfDayMicros)}`
    return lines(head, ...told)
  },
}

export const pauseSquad: ChatCommand = {
  name: 'pause_squad',
  args: '',
  description: 'Pauses all agents',
  group: 'Squad',
  permission: 'agents.control',
  needsProject: true,
  reply: 'Paused <n> agents.',
  async run({ person, project, key }) {
    let paused = 0
    for (let round = 1; round <= ROUNDS_MAX; round++) {
      const done = dataOf(
        await person.client.agents.controlAll(
          { projectId: project.id, action: 'PAUSE_ALL', reason: '/pause_squad in Telegram' },
          { idempotencyKey: `${key}-${round}` },
        ),
        { permission: 'agents.control' },
      )
      paused += done.paused
      if (!done.isPartial) break
    }
    return rich(`Paused ${paused} agents.`)
  },
}

export const resumeSquad: ChatCommand = {
  name: 'resume_squad',
  args: '',
  description: 'Resumes the agents that an operator paused',
  group: 'Squad',
  permission: 'agents.control',
  needsProject: true,
  reply: 'Resumed <n>. Still paused: <n> (budget <b>, error <e>, quarantined <q>).',
  async run({ person, project, key }) {
    let resumed = 0
    for (let round = 1; ; round++) {
      const done = dataOf(
        await person.client.agents.controlAll(
          { projectId: project.id, action: 'RESUME_ALL', reason: '/resume_squad in Telegram' },
          { idempotencyKey: `${key}-${round}` },
        ),
        { permission: 'agents.control' },
      )
      resumed += done.resumed
      if (done.isPartial && round < ROUNDS_MAX) continue
      const { budget, error, quarantined } = done.stillPaused
      const still = budget + error + quarantined
      return rich(
        `Resumed ${resumed}. Still paused: ${still} (budget ${budget}, error ${error}, quarantined ${quarantined}).`,
      )
    }
  },
}

export const quarantine: ChatCommand = {
  name: 'quarantine',
  args: '<name>',
  description: 'Stops an agent at once and isolates it',
  group: 'Squad',
  permission: 'agents.control',
  needsProject: true,
  reply: 'Quarantined <name>: <r> runs stopped, <t> tasks blocked. / No agent <name>.',
  async run(asking, args) {
    const { person, project, key } = asking
    if (args === '') return rich('Usage: /quarantine <name>')
    const agent = await agentNamed(asking, args)
    if (agent === null) return rich('No agent ', value(args), '.')
    const done = dataOf(
      await person.client.agents.control(
        { projectId: project.id, agentId: agent.id, action: 'QUARANTINE', reason: '/quarantine in Telegram' },
        { idempotencyKey: key },
      ),
      { id: args, permission: 'agents.control' },
    )
    return rich(
      'Quarantined ',
      value(agent.name),
      `: ${done.runsStopped} runs stopped, ${done.tasksBlocked} tasks blocked.`,
    )
  },
}

export const stopAll: ChatCommand = {
  name: 'stop_all',
  args: '',
  description: 'Stops everything the project does, once confirmed',
  group: 'Squad',
  permission: 'agents.control',
  needsProject: true,
  reply: 'button Confirm stop (60 s); Stopped: <n> agents, <r> runs, <t> tasks blocked.',
  async run({ person, project, place, prompts }) {
    await prompts.askToStop({ telegramUserId: person.telegramUserId, project, place })
    return null
  },
}

async function allAgents({ person, project }: AskingInProject): Promise<readonly Agent[]> {
  const agents: Agent[] = []
  let cursor: string | null = null
  do {
    const page: { data: readonly Agent[]; nextCursor: string | null } = dataOf(
      await person.client.agents.list({
        projectId: project.id,
        limit: PAGE_MAX,
        ...(cursor === null ? {} : { cursor }),
      }),
    )
    agents.push(...page.data)
    cursor = page.nextCursor
  } while (cursor !== null)
  return agents
}

/** The agent of that name; written otherwise than it is spelled, only if no other could be meant. */
async function agentNamed(asking: AskingInProject, typed: string): Promise<Agent | null> {
  const wanted = typed.normalize('NFC').trim()
  const agents = await allAgents(asking)
  const exact = agents.find(({ name }) => name === wanted)
  if (exact !== undefined) return exact
  const alike = agents.filter(({ name }) => name.toLowerCase() === wanted.toLowerCase())
  return alike.length === 1 ? (alike[0] ?? null) : null
}
