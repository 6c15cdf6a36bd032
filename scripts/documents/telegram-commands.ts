import { CHAT_COMMANDS, GROUPS } from '../../packages/telegram/src/index.ts'

/** Text in a cell of a table. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** The commands of the bot, from the list that the bot itself answers by. */
export function renderTelegramCommands(): string {
  const rows = (group: (typeof GROUPS)[number]) =>
    CHAT_COMMANDS.filter((command) => command.group === group).map(
      ({ name, args, description, permission, needsProject, reply }) =>
        `| \`/${name}${args === '' ? '' : ` ${args.replaceAll('|', '\\|')}`}\` | ${cell(description)} | ${needsProject ? 'yes' : 'no'} | \`${permission}\` | ${cell(reply)} |`,
    )
  const sections = GROUPS.map((group) =>
    [
      `## ${group}`,
      '',
      '| Command | What it does | Needs a project | Permission | Answer |',
      '|---|---|---|---|---|',
      ...rows(group),
    ].join('\n'),
  )
  return `# Telegram commands

Generated from the list that the bot answers by: change that, then run \`npm run docs:generate\`.

A command may name the bot (\`/inbox@your_bot\`), works in private chats, groups and topics, and is about the project that
\`/switch\` chose. Short ids are the last 4 characters of a task's id and the last 6 of an approval's; one that fits two
requests decides neither. Whoever is not paired reads \`Not authorized.\`

${sections.join('\n\n')}
`
}
