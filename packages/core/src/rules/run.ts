import { ID_PREFIX } from '../model/ids.ts'
import type { Run } from '../model/run.ts'
import { countedMicros } from './pricing.ts'

/** Most runs an agent may have open at once; every rule that stops them must be able to name them all. */
export const OPEN_RUNS_MAX = 100
/** How many finished runs are remembered with the agent's workload, for the alert of a spent budget. */
export const RECENT_RUNS_MAX = 3

/**
 * The id of the reservation that comes with a run. It follows from the id of the run, so that one look finds both.
 */
export function reservationIdOf(runId: string): string {
  const [, ulid] = runId.split('_')
  return `${ID_PREFIX.reservation}_${ulid ?? runId}`
}

/** Whether the run has ended. A stopped run is not final before its next report or the end of its lease. */
export function isFinal(run: Pick<Run, 'status'>): boolean {
  return run.status !== 'RUNNING'
}

/** What the run may still use before it stops: nothing once it is stopped or final. */
export function remainingOfRun(run: Run, countImputed: boolean): number {
  if (isFinal(run) || run.stopReason !== null) return 0
  return Math.max(0, run.capMicros - countedMicros(run, countImputed))
}
