import { isMissionControlError, RefusedError } from '@mission-control/core'
import { Command, CommanderError, Option } from 'commander'
import type { CliCommand, CliOption, Given } from './command.ts'
import { COMMANDS } from './commands/index.ts'
import { EXIT } from './exit-codes.ts'
import { InputFault } from './input-fault.ts'
import { exitOf, refusalText } from './render/refusal.ts'
import type { Terminal } from './terminal.ts'

const GROUPS: Readonly<Record<string, string>> = {
  policy: 'Judge calls by a policy file, and look at policies themselves.',
  project: 'Projects and their operator mode.',
  agent: 'The squad.',
  task: 'Work: from the inbox to a submission.',
  review: 'What reviewers say, and what comes of it.',
  approval: 'What people have to decide.',
  run: 'Runs and their tool calls.',
  budget: 'Caps, speed of spending, costs.',
  alerts: 'What needs attention.',
  keys: 'Keys of people, agents and bridges.',
  people: 'Who may do what.',
  telegram: 'Pairing of people with the bot.',
  search: 'Find by words.',
  report: 'Standup, brief, incident.',
}

const FAULT_EXITS: Readonly<Record<string, number>> = { UNAVAILABLE: EXIT.unavailable, CONTENTION: EXIT.unavailable }

/** Runs the command that the words ask for and gives the exit code. Never throws. */
export async function runCommandLine(words: readonly string[], terminal: Terminal): Promise<number> {
  let exitCode: number = EXIT.ok
  const program = programOf(terminal, (code) => {
    exitCode = code
  })
  try {
    await program.parseAsync([...words], { from: 'user' })
    return exitCode
  } catch (error) {
    return exitAfter(error, terminal)
  }
}

/** Says what went wrong in words for whoever typed it; a stack only for a fault of our own. */
function exitAfter(error: unknown, terminal: Terminal): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
  if (error instanceof InputFault) {
    terminal.complain(`${error.message}\n`)
    return EXIT.usage
  }
  if (error instanceof RefusedError) {
    terminal.complain(refusalText(error.refusal))
    return exitOf(error.refusal)
  }
  if (isMissionControlError(error) && error.code !== 'INTERNAL') {
    terminal.complain(`${error.code}: ${error.message}\n${error.hint ?? ''}\n`)
    return FAULT_EXITS[error.code] ?? EXIT.fault
  }
  terminal.complain(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  return EXIT.fault
}

function programOf(terminal: Terminal, end: (code: number) => void): Command {
  const program = quiet(new Command('mission-control'), terminal)
  program.description('Mission Control: who may work on what, which action needs a human, what everything costs.')
  const groups = new Map<string, Command>()
  for (const command of COMMANDS) {
    const [group, name = group] = command.path.length > 1 ? command.path : [undefined, command.path[0]]
    const parent = group === undefined ? program : groupOf(group, groups, program, terminal)
    const made = quiet(parent.command(name ?? ''), terminal).description(command.summary)
    for (const word of command.words ?? []) made.argument(word)
    for (const option of command.options) made.addOption(optionOf(option))
    made.action(async () => {
      end(await command.run(givenOf(command, made), terminal))
    })
  }
  return program
}

function groupOf(name: string, groups: Map<string, Command>, program: Command, terminal: Terminal): Command {
  const known = groups.get(name)
  if (known !== undefined) return known
  const group = quiet(program.command(name), terminal).description(GROUPS[name] ?? '')
  groups.set(name, group)
  return group
}

/** Options are written out in full and nothing ends the process: the answer is an exit code. */
function quiet(command: Command, terminal: Terminal): Command {
  return command
    .exitOverride()
    .allowExcessArguments(false)
    .configureOutput({
      writeOut: (text) => terminal.write(text),
      writeErr: (text) => terminal.complain(text),
    })
}

function optionOf({ name, kind, value = 'value', summary, isRequired = false }: CliOption): Option {
  const option = new Option(kind === 'flag' ? name : `${name} <${value}>`, summary)
  if (kind === 'list') option.argParser((text: string, before: string[] | undefined) => [...(before ?? []), text])
  return isRequired ? option.makeOptionMandatory() : option
}

function givenOf(command: CliCommand, made: Command): Given {
  const flags: Record<string, boolean> = {}
  const texts: Record<string, string> = {}
  const lists: Record<string, readonly string[]> = {}
  for (const { name, kind } of command.options) {
    const option = new Option(name)
    const value: unknown = made.getOptionValue(option.attributeName())
    const key = name.slice(2)
    if (kind === 'flag') flags[key] = value === true
    else if (kind === 'list') lists[key] = Array.isArray(value) ? value : []
    else if (typeof value === 'string') texts[key] = value
  }
  return { flags, texts, lists, words: made.args }
}
