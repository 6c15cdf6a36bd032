import type { Outcome } from '@mission-control/core'
import type { Call } from '../call.ts'
import type { Change } from '../mirror.ts'

/** Something that must hold, looked after at every commit and every answer. What is wrong is told to the world. */
export interface Watch {
  /** After a commit was applied; the mirror has it already. */
  committed(change: Change): void
  /** When somebody was answered. */
  answered(call: Call, outcome: Outcome<unknown>): void
}
