import { agentSchema } from '../../model/agent.ts'
import { runSchema, usageLineSchema } from '../../model/run.ts'
import { taskSchema } from '../../model/task.ts'

/** The parts of an export that are records, with the fields of a row. */
export const RECORD_PARTS = {
  tasks: { kind: 'task', columns: Object.keys(taskSchema.shape) },
  agents: { kind: 'agent', columns: Object.keys(agentSchema.shape) },
  runs: { kind: 'run', columns: Object.keys(runSchema.shape) },
  costs: { kind: 'usageLine', columns: Object.keys(usageLineSchema.shape) },
} as const

const ENVELOPE =
  'seq id source type subject time actor projectId taskId agentId runId summary reason data policyVersion'
/** The fields of an event in its envelope. */
export const AUDIT_COLUMNS = `${ENVELOPE} costMicros traceparent prevHash hash`.split(' ')
