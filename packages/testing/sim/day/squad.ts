import type { MissionControlClient } from '@mission-control/core'

type Registration = Parameters<MissionControlClient['agents']['register']>[0]

const BEAT_MS = 5 * 60_000

function member(
  name: string,
  role: 'INTERN' | 'SPECIALIST' | 'LEAD',
  types: NonNullable<Registration['allowedTaskTypes']>,
  usd: readonly [day: number, run: number],
  isCao = false,
): Registration {
  return {
    name,
    role,
    isCao,
    allowedTaskTypes: types,
    budgetDailyMicros: usd[0] * 1_000_000,
    budgetPerRunMicros: usd[1] * 1_000_000,
    heartbeatIntervalMs: BEAT_MS,
    maxConcurrentTasks: 1,
  }
}

/** The squad of the demo: eleven agents, each with its types and its money for a day and for a run. */
export const SQUAD: readonly Registration[] = [
  member('Sofie', 'LEAD', [], [25, 3], true),
  member('Scout', 'INTERN', ['CUSTOMER_RESEARCH', 'SEO_RESEARCH'], [2, 0.25]),
  member('Scribe', 'INTERN', ['DOCS', 'CONTENT'], [2, 0.25]),
  member('Fetch', 'INTERN', ['OPS'], [2, 0.25]),
  member('Echo', 'INTERN', ['SOCIAL'], [2, 0.25]),
  member('Pixel', 'SPECIALIST', ['CONTENT', 'SOCIAL'], [5, 0.75]),
  member('Atlas', 'SPECIALIST', ['SEO_RESEARCH', 'CUSTOMER_RESEARCH'], [5, 0.75]),
  member('Cipher', 'SPECIALIST', ['ENGINEERING'], [5, 0.75]),
  member('Hermes', 'SPECIALIST', ['EMAIL_MARKETING', 'SOCIAL'], [5, 0.75]),
  member('Nova', 'LEAD', [], [12, 1.5]),
  member('Sage', 'LEAD', [], [12, 1.5]),
]
