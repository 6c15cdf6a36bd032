import type { AgentRole } from '../model/principal.ts'
import type { TaskType } from '../model/task.ts'

/** A member of the demo squad. */
export interface DemoAgent {
  readonly name: string
  readonly emoji: string
  readonly role: AgentRole
  readonly isCao: boolean
  /** Empty: all. */
  readonly types: readonly TaskType[]
  readonly budgetDailyMicros: number
  readonly budgetPerRunMicros: number
  readonly maxSubAgents: number
}

const OF_ROLE = {
  INTERN: { role: 'INTERN', isCao: false, budgetDailyMicros: 2_000_000, budgetPerRunMicros: 250_000, maxSubAgents: 0 },
  SPECIALIST: {
    role: 'SPECIALIST',
    isCao: false,
    budgetDailyMicros: 5_000_000,
    budgetPerRunMicros: 750_000,
    maxSubAgents: 2,
  },
  LEAD: { role: 'LEAD', isCao: false, budgetDailyMicros: 12_000_000, budgetPerRunMicros: 1_500_000, maxSubAgents: 5 },
  CAO: { role: 'LEAD', isCao: true, budgetDailyMicros: 25_000_000, budgetPerRunMicros: 3_000_000, maxSubAgents: 10 },
} as const

/** Eleven agents: the chief, four interns, four specialists and two leads. */
export const DEMO_SQUAD: readonly DemoAgent[] = [
  { name: 'Sofie', emoji: '👑', types: [], ...OF_ROLE.CAO },
  { name: 'Scout', emoji: '🔍', types: ['CUSTOMER_RESEARCH', 'SEO_RESEARCH'], ...OF_ROLE.INTERN },
  { name: 'Scribe', emoji: '✍️', types: ['DOCS', 'CONTENT'], ...OF_ROLE.INTERN },
  { name: 'Fetch', emoji: '📦', types: ['OPS'], ...OF_ROLE.INTERN },
  { name: 'Echo', emoji: '📢', types: ['SOCIAL'], ...OF_ROLE.INTERN },
  { name: 'Pixel', emoji: '🎨', types: ['CONTENT', 'SOCIAL'], ...OF_ROLE.SPECIALIST },
  { name: 'Atlas', emoji: '🗺️', types: ['SEO_RESEARCH', 'CUSTOMER_RESEARCH'], ...OF_ROLE.SPECIALIST },
  { name: 'Cipher', emoji: '🔐', types: ['ENGINEERING'], ...OF_ROLE.SPECIALIST },
  { name: 'Hermes', emoji: '💬', types: ['EMAIL_MARKETING', 'SOCIAL'], ...OF_ROLE.SPECIALIST },
  { name: 'Nova', emoji: '⭐', types: [], ...OF_ROLE.LEAD },
  { name: 'Sage', emoji: '🧙', types: [], ...OF_ROLE.LEAD },
]
