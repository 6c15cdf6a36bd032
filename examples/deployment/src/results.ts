import type { Steps } from './steps.ts'

/** DEPLOYMENT_RESULTS.md: what worked, what failed, and what comes next, from this very run. */
export function resultsText({ results, skipped }: Steps): string {
  const worked = results.filter(({ problem }) => problem === null)
  const failed = results.filter(({ problem }) => problem !== null)
  const next =
    failed.length === 0
      ? [
          'Keep the host running: `mission-control serve`.',
          'Connect agents of your own: `mission-control run-agent --handler <module>`.',
          'Pair people with the Telegram bot: `mission-control telegram pair-code`.',
        ]
      : [
          'Look at the step that failed, and run this again: it begins anew.',
          ...skipped.map((name) => `Not tried: ${name}.`),
        ]
  return [
    '# Deployment results',
    '',
    '## Worked',
    '',
    ...listed(worked.map(({ name, said, ms }) => `${name}: ${said} (${ms} ms)`)),
    '',
    '## Failed',
    '',
    ...listed(failed.map(({ name, problem }) => `${name}: ${problem}`)),
    '',
    '## Next',
    '',
    ...listed(next),
    '',
  ].join('\n')
}

function listed(lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? ['Nothing.'] : lines.map((line) => `- ${line}`)
}
