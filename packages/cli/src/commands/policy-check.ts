import { type CliCommand, textOf } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { readJsonLines, toJsonLines } from '../json-lines.ts'
import { policyCase } from '../policy/case.ts'
import { judgeCase } from '../policy/judge-case.ts'
import { readPolicyFiles } from '../policy/read-policy.ts'
import { jsonOption, policyOption } from './options.ts'

/** Judges every case of a file, in order. Nothing is run, resolved or opened: the context of a case is all there is. */
export const policyCheck: CliCommand = {
  path: ['policy', 'check'],
  summary: 'Decides on the calls of a file by a policy.',
  options: [
    policyOption,
    {
      name: '--cases',
      kind: 'text',
      value: 'file',
      summary: 'calls to judge, one JSON object {id, tool, input, context} per line; - is the standard input',
      isRequired: true,
    },
    jsonOption,
  ],
  async run(given, terminal) {
    const policies = await readPolicyFiles(terminal, given.lists.policy ?? [])
    const file = textOf(given, 'cases')
    // All of them are read before the first is judged, so a bad file has no half of an answer.
    const cases = readJsonLines(file, await terminal.read(file), policyCase)
    const decided = cases.map((one) => {
      const { decision, riskLevel, reason, violations } = judgeCase(policies, one)
      return { id: one.id, decision, riskLevel, reason, violations }
    })
    terminal.write(
      given.flags.json === true
        ? toJsonLines(decided)
        : decided.map((each) => `${each.id}  ${each.decision}  ${each.riskLevel}  ${each.reason}\n`).join(''),
    )
    return EXIT.ok
  },
}
