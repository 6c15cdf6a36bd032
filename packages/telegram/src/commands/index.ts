import { bold, lines, type Part } from '../text/rich-text.ts'
import { approve, deny, myApprovals } from './approvals.ts'
import { type ChatCommand, GROUPS } from './chat-command.ts'
import { projects, switchProject } from './projects.ts'
import { burnrate, pauseSquad, quarantine, resumeSquad, status, stopAll } from './squad.ts'
import { start } from './start.ts'
import { brief, createTask, inbox } from './tasks.ts'

const help: ChatCommand = {
  name: 'help',
  args: '',
  description: 'Lists the commands',
  group: 'Projects',
  permission: 'read',
  needsProject: false,
  reply: 'commands under Projects, Tasks, Approvals, Squad',
  run: () => Promise.resolve(helpText()),
}

/** Strangers send it too, so the bot itself answers it; here it is one of the list. */
const pair: ChatCommand = {
  name: 'pair',
  args: '<code>',
  description: 'Links your Telegram user to you, with a code from mc',
  group: 'Projects',
  permission: 'read',
  needsProject: false,
  reply: 'Paired: you are <name>. / This code is unknown, used or expired.',
  run: () => Promise.resolve(null),
}

/** Every command, in the order of the menu. The reference and `/help` are made from it. */
export const CHAT_COMMANDS: readonly ChatCommand[] = [
  start,
  help,
  pair,
  projects,
  switchProject,
  inbox,
  createTask,
  brief,
  myApprovals,
  approve,
  deny,
  status,
  burnrate,
  pauseSquad,
  resumeSquad,
  quarantine,
  stopAll,
]

function helpText() {
  const told = GROUPS.flatMap((group): Part[] => [
    bold(group),
    ...CHAT_COMMANDS.filter((command) => command.group === group).map(
      ({ name, args, description }) => `/${name}${args === '' ? '' : ` ${args}`} – ${description}`,
    ),
  ])
  return lines(...told)
}

/** The command of that name. */
export function commandNamed(name: string): ChatCommand | null {
  return CHAT_COMMANDS.find((command) => command.name === name) ?? null
}
