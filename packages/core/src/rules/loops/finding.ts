/** The seven ways in which work goes in circles. */
export const LOOP_DETECTORS = [
  'COMMENT_STORM',
  'REVIEW_PING_PONG',
  'BACK_AND_FORTH',
  'TOOL_FAILURE',
  'RUN_FAILURE',
  'OSCILLATION',
  'NO_PROGRESS',
] as const
export type LoopDetector = (typeof LOOP_DETECTORS)[number]

/** A loop as it was found: what was counted, where, and who was in it. */
export interface LoopFinding {
  readonly detector: LoopDetector
  /** How often; at or above the limit. */
  readonly count: number
  /** The time that was looked at; null where the last of a kind count, whenever they were. */
  readonly windowMs: number | null
  /** One sentence for people. */
  readonly detail: string
  /** Ids of the agents that went round. */
  readonly agentIds: readonly string[]
}
