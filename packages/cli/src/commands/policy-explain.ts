import { type CliCommand, textOf } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { parseJson, schemaFault } from '../input-fault.ts'
import { toJsonLines } from '../json-lines.ts'
import { policyCase } from '../policy/case.ts'
import { explainCase } from '../policy/judge-case.ts'
import { readPolicyFiles } from '../policy/read-policy.ts'
import { jsonOption, policyOption } from './options.ts'

/** Says of one call what each step of the evaluation found, and which entries of the policy had something to say. */
export const policyExplain: CliCommand = {
  path: ['policy', 'explain'],
  summary: 'Says of one call which rules matched, in order, and why the others did not matter.',
  options: [
    policyOption,
    { name: '--tool', kind: 'text', value: 'name', summary: 'name of the tool', isRequired: true },
    { name: '--input', kind: 'text', value: 'json', summary: 'its arguments', isRequired: true },
    { name: '--context', kind: 'text', value: 'json', summary: 'stubs as in the cases of policy check' },
    jsonOption,
  ],
  async run(given, terminal) {
    const policies = await readPolicyFiles(terminal, given.lists.policy ?? [])
    const parsed = policyCase.safeParse({
      id: 1,
      tool: textOf(given, 'tool'),
      input: parseJson('--input', textOf(given, 'input')),
      context: parseJson('--context', given.texts.context ?? '{}'),
    })
    if (!parsed.success) throw schemaFault('command line', parsed.error)
    const explained = explainCase(policies, parsed.data)
    if (given.flags.json === true) {
      terminal.write(toJsonLines([explained]))
      return EXIT.ok
    }
    const { decision, riskLevel, reason, policyVersion, steps, matched } = explained
    const lines = [
      `${decision} (${riskLevel}): ${reason}`,
      `policy ${policyVersion ?? 'none'}`,
      ...steps.map(
        (each) => `${each.isDecisive ? '*' : ' '} ${each.step} ${each.name}: ${each.outcome}: ${each.because}`,
      ),
      ...matched.map(
        ({ rule, entry, subject, sources }) =>
          `  ${rule}: ${entry} <- ${subject} (${sources.map(({ level, policy }) => policy ?? level).join(', ')})`,
      ),
    ]
    terminal.write(`${lines.join('\n')}\n`)
    return EXIT.ok
  },
}
