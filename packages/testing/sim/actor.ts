import type { Host } from './host.ts'

/** Somebody who does things: an agent, a person, or what carries out requests. */
export interface Actor {
  readonly name: string
  readonly kind: 'AGENT' | 'HUMAN' | 'EXECUTOR'
  readonly role: 'INTERN' | 'SPECIALIST' | 'LEAD' | 'CAO' | 'VIEWER' | 'OPERATOR' | 'ADMIN' | 'SYSTEM'
  readonly principalId: string
  /** Null for all but agents. */
  readonly agentId: string | null
  /** The project it talks to; one actor is at home in another one. */
  readonly projectId: string
  readonly isForeign: boolean
  /** Share of its turns in which it does what it should not: old epochs, acts of others, lies about cost. */
  readonly mischief: number
  /** The host it talks to at present. */
  host: Host
  /** Epochs it was told of, by task, oldest first. */
  readonly epochs: Map<string, number[]>
}
