import { WorkspaceError } from './workspace-error.ts'

/** How much one call may take. Every limit has a default; give only those that should differ. */
export interface WorkspaceLimits {
  /** How long one plan may run. */
  readonly timeMs: number
  /** Time between asking a command to end (SIGTERM) and ending it (SIGKILL). */
  readonly killGraceMs: number
  /** Bytes kept of stdout, and of stderr. What comes later is read and thrown away. */
  readonly outputBytesMax: number
  /** Bytes that may be thrown away before the plan is stopped: nobody will ever read them. */
  readonly discardedBytesMax: number
  /** Largest file that is read (the rest is cut) or written (refused). */
  readonly fileBytesMax: number
  /** Names that a folder listing or a path pattern may give. */
  readonly entriesMax: number
  /** How long looking up real paths and addresses may take before a decision. */
  readonly lookUpMs: number
}

const DEFAULTS: WorkspaceLimits = {
  timeMs: 120_000,
  killGraceMs: 2_000,
  outputBytesMax: 256 * 1024,
  discardedBytesMax: 256 * 1024 * 1024,
  fileBytesMax: 1024 * 1024,
  entriesMax: 5_000,
  lookUpMs: 3_000,
}

export function completeLimits(given: Partial<WorkspaceLimits> = {}): WorkspaceLimits {
  const limits = { ...DEFAULTS, ...given }
  for (const [name, value] of Object.entries(limits)) {
    if (!Number.isSafeInteger(value) || value < 1 || value > 2 ** 31 - 1) {
      throw new WorkspaceError('OPTIONS_INVALID', `limits.${name} must be a whole number from 1 to ${2 ** 31 - 1}`)
    }
  }
  return limits
}
