import { z } from 'zod'
import { projectCommand, refuse } from '../decide/command.ts'
import { leaseProblem, own } from '../decide/own.ts'
import { spawnAgent as spawn, spawnScope } from '../effects/spawn-agent.ts'
import type { Registered } from '../effects/write-agent.ts'
import { refSchema } from '../model/ids.ts'
import { microsSchema } from '../model/money.ts'
import { AGENT_ROLES } from '../model/principal.ts'
import { refusal } from '../model/refusal.ts'
import { TASK_TYPES, taskTypeInput } from '../model/task.ts'
import { nameSchema, reasonSchema, statementSchema } from '../model/text.ts'
import { epochInput, inProject } from './inputs.ts'

const TTL_MS_MIN = 60_000

const input = z.strictObject({
  ...inProject,
  name: nameSchema(60),
  parentTaskId: refSchema.optional(),
  epoch: epochInput,
  purpose: nameSchema(2000).optional(),
  role: z.enum(AGENT_ROLES).optional(),
  allowedTaskTypes: z.array(taskTypeInput).max(TASK_TYPES.length).optional(),
  allowedTools: z.array(nameSchema(100)).max(200).optional(),
  budgetDailyMicros: microsSchema.optional(),
  budgetPerRunMicros: microsSchema.optional(),
  ttlMs: z.int().min(TTL_MS_MIN).optional(),
  justification: reasonSchema.optional(),
  rollbackPlan: statementSchema.optional(),
})

function requestOf(given: z.infer<typeof input>, parentAgentId: string) {
  return { ...given, parentAgentId, parentTaskId: given.parentTaskId ?? null, purpose: given.purpose ?? null }
}

/**
 * Makes a sub-agent of the calling agent, for a task that it holds. Beyond a quota the refusal asks a human; beyond
 * what the parent itself may, nobody is asked. It retires with its task, or when its time is over.
 */
export const spawnAgent = projectCommand({
  name: 'agents.spawn',
  summary: 'Makes a sub-agent for a task that the caller holds.',
  input,
  // An INTERN is refused by the rule of spawning, which says why.
  permission: null,
  whenContained: 'refused',
  forReceipt: (data: Registered) => ({ ...data, key: null }),
  scope: (given, { agentId }, seen) => (agentId === null ? {} : spawnScope(requestOf(given, agentId), seen)),
  decide(deciding, given) {
    const { agent } = deciding
    if (agent === null) return refuse(refusal('FORBIDDEN', 'only an agent spawns'))
    if (given.parentTaskId !== undefined) {
      const { record: task, problem } = own(deciding, 'task', given.parentTaskId)
      if (problem !== null) return refuse(problem)
      const lost = given.epoch === undefined ? null : leaseProblem(deciding, task, given.epoch)
      if (lost !== null) return refuse(lost)
    }
    return spawn(deciding, requestOf(given, agent.id))
  },
})
