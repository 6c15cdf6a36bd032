import { diffPolicies } from '@mission-control/core/policy'
import type { CliCommand } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { toJsonLines } from '../json-lines.ts'
import { readPolicyFile } from '../policy/read-policy.ts'
import { jsonOption } from './options.ts'

/** Lists every change between two policies, at the smallest place that differs. */
export const policyDiff: CliCommand = {
  path: ['policy', 'diff'],
  summary: 'Lists every change from one policy file to another.',
  words: ['<before>', '<after>'],
  options: [jsonOption],
  async run({ words, flags }, terminal) {
    const [before = '', after = ''] = words
    const one = await readPolicyFile(terminal, before)
    const other = await readPolicyFile(terminal, after)
    const changes = diffPolicies(one.layer.content, other.layer.content)
    terminal.write(
      flags.json === true
        ? toJsonLines(changes)
        : changes.map((each) => `${each.kind}  ${each.path}: ${shown(each.before)} -> ${shown(each.after)}\n`).join(''),
    )
    return changes.length === 0 ? EXIT.ok : EXIT.found
  },
}

function shown(value: unknown): string {
  return value === null ? '(nothing)' : JSON.stringify(value)
}
