import type { Outcome } from '@mission-control/core'

/** What a host process is asked: one operation for one principal. */
export interface Ask {
  readonly id: number
  readonly principalId: string
  readonly operation: string
  readonly input: object
  readonly key: string
}

/** What it answers: an outcome, or the fault it met. */
export interface Answer {
  readonly id: number
  readonly outcome?: Outcome<unknown>
  readonly fault?: { readonly code: string; readonly message: string }
}

export const READY = 'ready'
