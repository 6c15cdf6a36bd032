import type { Transition } from '../model/task.ts'

export interface Position {
  readonly party: string
  readonly says: string
}

/** What went round and round, told so that whoever has to untie it need not read the whole thread. */
export interface LoopFacts {
  /** Name of the detector. */
  readonly type: string
  readonly title: string
  readonly counts: string
  /** The stretch of time that was looked at, epoch ms. */
  readonly window: { readonly from: number; readonly to: number }
  readonly positions: readonly Position[]
  /** Oldest first. */
  readonly transitions: readonly Pick<Transition, 'from' | 'to' | 'actor' | 'reason' | 'createdAt'>[]
  readonly proposal: string
  readonly nextSteps: readonly string[]
}

const LINE_CHARS_MAX = 500

function oneLine(text: string): string {
  return [...text.replaceAll(/\s+/g, ' ').trim()].slice(0, LINE_CHARS_MAX).join('')
}

function section(title: string, lines: readonly string[]): string[] {
  return ['', `## ${title}`, ...(lines.length === 0 ? ['none'] : lines)]
}

/** The report of a loop, in Markdown. */
export function loopReport(loop: LoopFacts): string {
  const at = (time: number) => new Date(time).toISOString()
  return [
    `# ${loop.title}`,
    '',
    `- Type: ${loop.type}`,
    `- Counts: ${loop.counts}`,
    `- Window: ${at(loop.window.from)} to ${at(loop.window.to)}`,
    ...section(
      'Positions',
      loop.positions.map(({ party, says }) => `- ${party}: ${oneLine(says)}`),
    ),
    ...section(
      'Recent transitions',
      loop.transitions.map(
        ({ createdAt, from, to, actor, reason }) =>
          `- ${at(createdAt)} ${from} → ${to} by ${actor.name}${reason === null ? '' : `: ${oneLine(reason)}`}`,
      ),
    ),
    ...section('Proposal', [loop.proposal]),
    ...section(
      'Next steps',
      loop.nextSteps.map((step) => `- ${step}`),
    ),
    '',
  ].join('\n')
}
