import type { Actor } from '../actor.ts'
import type { Turn } from '../turn.ts'

/**
 * One thing that actors do. To have the simulator do something new, write one of these and add it to the list in
 * `index.ts`. `run` gives null when there is nothing to do it on; the actor then does something else.
 */
export interface Action {
  readonly name: string
  /** How often it is done, compared with the other actions of the same actor. */
  readonly weight: number
  readonly by: (actor: Actor) => boolean
  readonly run: (turn: Turn) => Promise<unknown> | null
}

export const isAgent = ({ kind }: Actor): boolean => kind === 'AGENT'
export const isPerson = ({ kind, role }: Actor): boolean => kind === 'HUMAN' && role !== 'VIEWER'
export const isExecutor = ({ kind }: Actor): boolean => kind === 'EXECUTOR'
export const isAnybody = (actor: Actor): boolean => !isExecutor(actor)
export const isLead = ({ role }: Actor): boolean => role === 'LEAD' || role === 'CAO'
