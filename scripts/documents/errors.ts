import { CODES } from '../../packages/core/src/model/refusal.ts'
import { page, table } from './markdown.ts'

const thrown = ['INTERNAL', 'UNAVAILABLE', 'CONTENTION']

/** Every way Mission Control says no. */
export function renderErrors(): string {
  const rows = Object.entries(CODES).map(([code, { status, title, retryable, hint }]) => [
    `\`${code}\``,
    String(status),
    title,
    retryable ? 'yes' : 'no',
    hint,
  ])
  const head = ['Code', 'HTTP', 'Title', 'Retry', 'What to do']
  const isThrown = ([code]: readonly string[]) => thrown.some((name) => code === `\`${name}\``)
  return page(
    'Refusals and faults',
    '`packages/core/src/model/refusal.ts`',
    'A refusal is an answer: `{ ok: false, error }`, with `code`, `title`, `detail` and `hint`. Branch on `code`, which never changes its meaning; show the rest to people. *Retry* says whether the same request can succeed later without being changed.',
    '## Refusals',
    table(
      head,
      rows.filter((row) => !isThrown(row)),
    ),
    '## Faults',
    'Thrown as `MissionControlError` in process, and answered with their status over HTTP. Nothing was committed.',
    table(head, rows.filter(isThrown)),
  )
}
