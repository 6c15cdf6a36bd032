import { redactText } from '@mission-control/core/policy'
import { z } from 'zod'
import type { CliCommand } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { readJsonLines, toJsonLines } from '../json-lines.ts'
import { jsonOption } from './options.ts'

const textLine = z.object({ id: z.union([z.string(), z.number()]), text: z.string() })

/** Takes secrets out of what comes in. */
export const redact: CliCommand = {
  path: ['redact'],
  summary: 'Takes secrets out of the standard input: of the text, or with --json of lines {id, text}.',
  options: [{ ...jsonOption, summary: 'read and write one JSON object {id, text} per line' }],
  async run({ flags }, terminal) {
    const given = await terminal.read('-')
    if (flags.json !== true) {
      terminal.write(redactText(given))
      return EXIT.ok
    }
    const lines = readJsonLines('standard input', given, textLine)
    terminal.write(toJsonLines(lines.map(({ id, text }) => ({ id, text: redactText(text) }))))
    return EXIT.ok
  },
}
