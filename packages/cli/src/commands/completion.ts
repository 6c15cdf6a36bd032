import type { CliCommand } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { InputFault } from '../input-fault.ts'

/** The words that may follow some words; `''` is the beginning. */
type Followers = ReadonlyMap<string, readonly string[]>

const SCRIPTS: Readonly<Record<string, (followers: Followers) => string>> = {
  bash: bashText,
  zsh: zshText,
  fish: fishText,
}

/** Prints a script by which a shell completes the commands. */
export function completionOf(commands: () => readonly CliCommand[]): CliCommand {
  return {
    path: ['completion'],
    summary: 'Prints a script for completion: `source <(mc completion bash)`; also zsh and fish.',
    words: ['<shell>'],
    options: [],
    async run({ words: [shell = ''] }, terminal) {
      const script = SCRIPTS[shell]
      if (script === undefined) throw new InputFault(`${shell} is none of ${Object.keys(SCRIPTS).join(', ')}`)
      terminal.write(script(followersOf(commands())))
      return EXIT.ok
    },
  }
}

function followersOf(commands: readonly CliCommand[]): Followers {
  const followers = new Map<string, string[]>()
  const add = (before: string, word: string) => {
    const words = followers.get(before) ?? []
    if (!words.includes(word)) followers.set(before, [...words, word])
  }
  for (const { path, options } of commands) {
    for (const [at, word] of path.entries()) add(path.slice(0, at).join(' '), word)
    for (const { name } of options) add(path.join(' '), name)
  }
  return followers
}

function bashText(followers: Followers): string {
  const cases = [...followers].map(([before, words]) => `    '${before}') words='${words.join(' ')}' ;;\n`)
  return `_mission_control() {
  local words='' before='' word at
  for ((at = 1; at < COMP_CWORD && at < 3; at++)); do
    word="\${COMP_WORDS[at]}"
    [[ $word == -* ]] && break
    before="\${before:+$before }$word"
  done
  case "$before" in
${cases.join('')}    *) case "\${before%% *}" in
${cases.map((line) => `  ${line}`).join('')}    esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _mission_control mission-control mc
`
}

function zshText(followers: Followers): string {
  return `autoload -U +X bashcompinit && bashcompinit\n${bashText(followers)}`
}

function fishText(followers: Followers): string {
  const lines = [...followers].flatMap(([before, words]) => {
    const [first, second] = before.split(' ')
    const seen = [first, second].filter((word) => word !== undefined && word !== '')
    const condition =
      seen.length === 0
        ? '__fish_use_subcommand'
        : seen.map((word) => `__fish_seen_subcommand_from ${word}`).join('; and ')
    return ['mission-control', 'mc'].flatMap((name) =>
      words.map(
        (word) =>
          `complete -c ${name} -n '${condition}' ${word.startsWith('--') ? `-l ${word.slice(2)}` : `-f -a ${word}`}\n`,
      ),
    )
  })
  return lines.join('')
}
