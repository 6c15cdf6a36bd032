import type { MissionControlClient } from '@mission-control/core'

/** A way to reach a Mission Control that is under test: a transport over a store, with one project. */
export interface ContractHarness {
  /** An ADMIN's client of the project. */
  readonly admin: MissionControlClient
  /** The client of whoever holds the key, in the same project and by the same way. */
  clientOf(key: string): Promise<MissionControlClient>
}

/** One promise of the facade, the same over every transport and every store. Cases may share a harness. */
export interface ContractCase {
  /** `<topic>:<what>`, stable, to name a case in a report. */
  readonly id: `${string}:${string}`
  /** What a client does, as a sentence without a subject. */
  readonly behaviour: string
  /** Rejects when the client does otherwise. */
  run(harness: ContractHarness): Promise<void>
}

/** An agent with a client of its own. */
export interface ContractAgent {
  readonly id: string
  readonly key: string
  readonly client: MissionControlClient
}

let count = 0

/** A name that no other case uses. */
export function freshName(word: string): string {
  count += 1
  return `${word} ${count}`
}

export async function newAgent({ admin, clientOf }: ContractHarness): Promise<ContractAgent> {
  const made = await admin.agents.register({ name: freshName('Agent'), role: 'SPECIALIST' })
  if (!made.ok || made.data.key === null) throw new Error('the agent was not registered')
  const { agentId, key } = made.data
  return { id: agentId, key, client: await clientOf(key) }
}

export async function newTask({ admin }: ContractHarness): Promise<string> {
  const made = await admin.tasks.create({ title: freshName('Task'), type: 'DOCS' })
  if (!made.ok) throw new Error(made.error.detail)
  return made.data.id
}

export const PLAN = { bullets: ['Read it', 'Write it', 'Check it'] }
