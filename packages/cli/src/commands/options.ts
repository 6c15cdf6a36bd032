import type { CliOption } from '../command.ts'

export const jsonOption: CliOption = { name: '--json', kind: 'flag', summary: 'answer in JSON, one value per line' }

export const policyOption: CliOption = {
  name: '--policy',
  kind: 'list',
  value: 'file',
  summary: 'a policy file; repeat it to lay several over each other',
  isRequired: true,
}
