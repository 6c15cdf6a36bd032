import type { TaskType } from '@mission-control/core'

/** A member of the demo squad as it registers. */
export interface SquadMember {
  readonly name: string
  readonly emoji: string
  readonly role: 'INTERN' | 'SPECIALIST' | 'LEAD'
  readonly isCao?: true
  readonly types: TaskType[]
  readonly maxSubAgents: number
}

const ALL: TaskType[] = []

/** Eleven agents. Their budgets are those of their roles. An empty list of types means all. */
export const SQUAD: readonly SquadMember[] = [
  { name: 'Sofie', emoji: '👑', role: 'LEAD', isCao: true, types: ALL, maxSubAgents: 10 },
  { name: 'Scout', emoji: '🔍', role: 'INTERN', types: ['CUSTOMER_RESEARCH', 'SEO_RESEARCH'], maxSubAgents: 0 },
  { name: 'Scribe', emoji: '✍️', role: 'INTERN', types: ['DOCS', 'CONTENT'], maxSubAgents: 0 },
  { name: 'Fetch', emoji: '📦', role: 'INTERN', types: ['OPS'], maxSubAgents: 0 },
  { name: 'Echo', emoji: '📢', role: 'INTERN', types: ['SOCIAL'], maxSubAgents: 0 },
  { name: 'Pixel', emoji: '🎨', role: 'SPECIALIST', types: ['CONTENT', 'SOCIAL'], maxSubAgents: 2 },
  { name: 'Atlas', emoji: '🗺️', role: 'SPECIALIST', types: ['SEO_RESEARCH', 'CUSTOMER_RESEARCH'], maxSubAgents: 2 },
  { name: 'Cipher', emoji: '🔐', role: 'SPECIALIST', types: ['ENGINEERING'], maxSubAgents: 2 },
  { name: 'Hermes', emoji: '💬', role: 'SPECIALIST', types: ['EMAIL_MARKETING', 'SOCIAL'], maxSubAgents: 2 },
  { name: 'Nova', emoji: '⭐', role: 'LEAD', types: ALL, maxSubAgents: 5 },
  { name: 'Sage', emoji: '🧙', role: 'LEAD', types: ALL, maxSubAgents: 5 },
]

/** Reviews what the others hand in, and takes no tasks itself. */
export const REVIEWER = 'Nova'
