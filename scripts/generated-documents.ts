import { referenceText } from '../packages/cli/src/index.ts'
import { renderErrors } from './documents/errors.ts'
import { renderEvents } from './documents/events.ts'
import { renderStateMachine } from './documents/state-machine.ts'
import { renderTelegramCommands } from './documents/telegram-commands.ts'

/** A document that is made from the code, so that it cannot say something else. */
interface GeneratedDocument {
  /** Where it lies, from the root of the workspace. */
  readonly file: string
  readonly render: () => string
}

/** Every generated document. `npm run docs:generate` writes them; `npm run check` fails when one differs. */
export const documents: readonly GeneratedDocument[] = [
  { file: 'docs/state-machine.md', render: renderStateMachine },
  { file: 'docs/errors.md', render: renderErrors },
  { file: 'docs/events.md', render: renderEvents },
  { file: 'packages/cli/COMMANDS.md', render: referenceText },
  { file: 'docs/telegram-commands.md', render: renderTelegramCommands },
]
