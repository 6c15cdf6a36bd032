import { lintPolicy } from '@mission-control/core/policy'
import type { CliCommand } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { toJsonLines } from '../json-lines.ts'
import { readPolicyFiles } from '../policy/read-policy.ts'
import { jsonOption, policyOption } from './options.ts'

const BREADTH = ['AGENT', 'TASK_TYPE', 'PROJECT', 'PROJECT_DEFAULTS', 'GLOBAL']

/** Looks for what is wrong with policies. Each is measured against the broader ones among the files. */
export const policyLint: CliCommand = {
  path: ['policy', 'lint'],
  summary: 'Names what is wrong with policies; errors would block their activation.',
  options: [policyOption, jsonOption],
  async run(given, terminal) {
    const { layers } = await readPolicyFiles(terminal, given.lists.policy ?? [])
    const found = layers.flatMap(({ name, scopeType, content }) => {
      const broader = layers
        .filter((other) => BREADTH.indexOf(other.scopeType) > BREADTH.indexOf(scopeType))
        .sort((one, other) => BREADTH.indexOf(one.scopeType) - BREADTH.indexOf(other.scopeType))
        .map((other) => other.content)
      return lintPolicy(content, { scopeType, broader }).map((finding) => ({ policy: name, ...finding }))
    })
    terminal.write(
      given.flags.json === true
        ? toJsonLines(found)
        : found.map((each) => `${each.level}  ${each.code}  ${each.policy}: ${each.path}: ${each.message}\n`).join(''),
    )
    return found.some(({ level }) => level === 'ERROR') ? EXIT.found : EXIT.ok
  },
}
