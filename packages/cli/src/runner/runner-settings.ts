import { homedir } from 'node:os'
import { join } from 'node:path'
import { TASK_TYPES, type TaskType } from '@mission-control/core'
import { InputFault } from '../input-fault.ts'

/** What the reference runner is told by its environment. */
export interface RunnerSettings {
  readonly url: string
  /** A key of the agent itself, or of an ADMIN who lets it register. */
  readonly key: string | null
  /** A key with which an agent registers within a ceiling. */
  readonly enrollmentKey: string | null
  readonly project: string
  readonly name: string
  readonly emoji: string
  readonly role: 'INTERN' | 'SPECIALIST' | 'LEAD'
  readonly taskTypes: readonly TaskType[]
  readonly workspace: string
  readonly heartbeatIntervalMs: number
}

type Env = Readonly<Record<string, string | undefined>>

const ROLES = ['INTERN', 'SPECIALIST', 'LEAD'] as const
const HEARTBEAT_MS = { min: 60_000, usual: 900_000, max: 86_400_000 }

/** Every variable of the runner, what it is without it, and what it is for. */
export const RUNNER_VARIABLES = [
  { name: 'MC_URL', alias: 'CONVEX_URL', usual: null, meaning: 'address of the host' },
  { name: 'MC_API_KEY', alias: null, usual: null, meaning: 'key of the agent, or of an ADMIN' },
  { name: 'MC_ENROLLMENT_KEY', alias: null, usual: null, meaning: 'in its place: a key for registering' },
  { name: 'PROJECT_SLUG', alias: null, usual: 'openclaw', meaning: 'project' },
  { name: 'AGENT_NAME', alias: null, usual: 'Scout', meaning: 'name' },
  { name: 'AGENT_EMOJI', alias: null, usual: '🔍', meaning: 'emoji' },
  { name: 'AGENT_ROLE', alias: null, usual: 'INTERN', meaning: 'INTERN, SPECIALIST or LEAD' },
  { name: 'AGENT_TYPES', alias: null, usual: 'CUSTOMER_RESEARCH,SEO_RESEARCH', meaning: 'task types, with commas' },
  { name: 'AGENT_WORKSPACE', alias: null, usual: '~/.openclaw/agents/scout', meaning: 'folder it works in' },
  { name: 'HEARTBEAT_INTERVAL_MS', alias: null, usual: '900000', meaning: 'milliseconds between two beats' },
] as const

/** Reads the variables; names every one that is missing or cannot be used, all at once. */
export function readRunnerSettings(env: Env): RunnerSettings {
  const faults: string[] = []
  const variable = (name: (typeof RUNNER_VARIABLES)[number]['name']): string | null => {
    const { alias = null, usual = null } = RUNNER_VARIABLES.find((one) => one.name === name) ?? {}
    return env[name] || (alias === null ? null : env[alias] || null) || usual
  }
  const url = variable('MC_URL')
  if (url === null) faults.push('MC_URL is not set: the address of the host, such as http://127.0.0.1:4600')
  const [key, enrollmentKey] = [variable('MC_API_KEY'), variable('MC_ENROLLMENT_KEY')]
  if (key === null && enrollmentKey === null) {
    faults.push('MC_API_KEY is not set, nor MC_ENROLLMENT_KEY: one of them says who this is')
  }
  const role = ROLES.find((one) => one === variable('AGENT_ROLE'))
  if (role === undefined) faults.push(`AGENT_ROLE: ${variable('AGENT_ROLE')} is none of ${ROLES.join(', ')}`)
  const taskTypes = (variable('AGENT_TYPES') ?? '').split(',').map((type) => type.trim())
  const unknown = taskTypes.filter((type) => !(TASK_TYPES as readonly string[]).includes(type))
  if (unknown.length > 0) faults.push(`AGENT_TYPES: ${unknown.join(', ')} is none of ${TASK_TYPES.join(', ')}`)
  const heartbeatIntervalMs = Number(variable('HEARTBEAT_INTERVAL_MS'))
  if (
    !(
      Number.isInteger(heartbeatIntervalMs) &&
      heartbeatIntervalMs >= HEARTBEAT_MS.min &&
      heartbeatIntervalMs <= HEARTBEAT_MS.max
    )
  ) {
    faults.push(
      `HEARTBEAT_INTERVAL_MS: ${variable('HEARTBEAT_INTERVAL_MS')} is not from ${HEARTBEAT_MS.min} to ${HEARTBEAT_MS.max}`,
    )
  }
  if (url === null || role === undefined || faults.length > 0) throw new InputFault(faults.join('\n'))
  return {
    url,
    key,
    enrollmentKey,
    project: variable('PROJECT_SLUG') ?? '',
    name: variable('AGENT_NAME') ?? '',
    emoji: variable('AGENT_EMOJI') ?? '',
    role,
    taskTypes: taskTypes as TaskType[],
    workspace: atHome(variable('AGENT_WORKSPACE') ?? ''),
    heartbeatIntervalMs,
  }
}

/** `~/…` is what people write and no program but the shell understands. */
function atHome(path: string): string {
  return path.startsWith('~/') ? join(homedir(), path.slice(2)) : path
}
