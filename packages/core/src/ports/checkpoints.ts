import type { Checkpoint } from '../model/seal.ts'

/**
 * Keeps checkpoints outside the store, where whoever can change the store cannot reach: another account's bucket,
 * a mailbox, a printer. Without it a cut tail cannot be told from a log that never went on.
 */
export interface CheckpointKeeper {
  keep(checkpoint: Checkpoint): Promise<void>
  /** The latest one of a log; null when there is none. */
  latest(projectId: string | null): Promise<Checkpoint | null>
}
