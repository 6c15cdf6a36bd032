import type { Agent, Workload } from '../model/agent.ts'
import type { OperatorMode } from '../model/project.ts'

/** What an agent must do now, from the strictest to the laxest. */
export const DIRECTIVES = ['QUARANTINED', 'STOP', 'PAUSED', 'DRAIN', 'CONTINUE'] as const
export type Directive = (typeof DIRECTIVES)[number]

/** The strictest thing that agent, its runs and the mode demand. */
export function directiveFor(agent: Agent, workload: Workload, mode: OperatorMode): Directive {
  if (agent.status === 'QUARANTINED' || mode === 'QUARANTINED') return 'QUARANTINED'
  if (workload.openRuns.some((run) => run.isStopped)) return 'STOP'
  if (agent.status === 'PAUSED' || agent.status === 'DRAINED' || mode === 'PAUSED') return 'PAUSED'
  if (agent.drainRequestedAt !== null || mode === 'DRAINING') return 'DRAIN'
  return 'CONTINUE'
}
