import type { Outcome } from '@mission-control/core'
import type { Call } from '../call.ts'
import type { Change, Mirror } from '../mirror.ts'
import type { Receiver } from '../receiver.ts'

/** Tells that something is wrong: the number of the rule, and what was seen. */
export type Complain = (invariant: string, problem: string) => void

/** What a watch looks at. */
export interface Sight {
  readonly mirror: Mirror
  readonly receiver: Receiver
  readonly complain: Complain
}

/** Something that must hold, looked after at every commit and every answer. */
export interface Watch {
  /** After a commit was applied; the mirror has it already. */
  committed?(change: Change): void
  /** When somebody was answered. */
  answered?(call: Call, outcome: Outcome<unknown>): void
}
