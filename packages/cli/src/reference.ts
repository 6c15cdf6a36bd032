import type { CliCommand, CliOption } from './command.ts'
import { COMMANDS } from './commands/index.ts'
import { connectionOptions } from './connection.ts'
import { EXIT, EXIT_MEANINGS } from './exit-codes.ts'
import { RUNNER_VARIABLES } from './runner/runner-settings.ts'

/** Options that nearly every command has; they are described once. */
const COMMON = new Set([
  ...connectionOptions.map(({ name }) => name),
  '--json',
  '--idempotency-key',
  '--otp',
  '--cursor',
  '--all',
])

/** Every command with its words and options, as Markdown; the same data that the program runs by. */
export function referenceText(): string {
  return [
    '# Commands of `mission-control`',
    '',
    'Short: `mc`. Made from the commands themselves by `npm run docs:generate`.',
    '',
    '## Options of most commands',
    '',
    ...optionRows(commonOptions()),
    '',
    '## Commands',
    '',
    ...COMMANDS.flatMap(commandLines),
    '## Variables of `run-agent`',
    '',
    '| Variable | Default | Meaning |',
    '|---|---|---|',
    ...RUNNER_VARIABLES.map(
      ({ name, alias, usual, meaning }) =>
        `| \`${name}\`${alias === null ? '' : ` (or \`${alias}\`)`} | ${usual ?? 'none'} | ${meaning} |`,
    ),
    '',
    '## Exit codes',
    '',
    '| Code | Meaning |',
    '|---|---|',
    ...(Object.keys(EXIT) as (keyof typeof EXIT)[]).map((name) => `| ${EXIT[name]} | ${EXIT_MEANINGS[name]} |`),
    '',
  ].join('\n')
}

function commonOptions(): readonly CliOption[] {
  const found = new Map<string, CliOption>()
  for (const { options } of COMMANDS) {
    for (const option of options) if (COMMON.has(option.name) && !found.has(option.name)) found.set(option.name, option)
  }
  return [...found.values()]
}

function commandLines({ path, words = [], summary, options }: CliCommand): readonly string[] {
  const own = options.filter(({ name }) => !COMMON.has(name))
  return [
    `### ${path.join(' ')}`,
    '',
    `\`mc ${[...path, ...words].join(' ')}\``,
    '',
    escaped(summary),
    '',
    ...optionRows(own),
    ...(own.length === 0 ? [] : ['']),
  ]
}

function optionRows(options: readonly CliOption[]): readonly string[] {
  if (options.length === 0) return []
  const rows = options.map(({ name, kind, value = 'value', summary, isRequired = false }) => {
    const written = kind === 'flag' ? name : `${name} <${value}>`
    return `| \`${written}\` | ${escaped(summary)}${isRequired ? ' (required)' : ''} |`
  })
  return ['| Option | Meaning |', '|---|---|', ...rows]
}

function escaped(text: string): string {
  return text.replaceAll('|', '\\|')
}
