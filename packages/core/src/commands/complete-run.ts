import { z } from 'zod'
import { projectCommand } from '../decide/command.ts'
import { endRun, endRunScope } from '../effects/end-run.ts'
import { refSchema } from '../model/ids.ts'
import { USAGE_LINES_MAX } from '../model/usage.ts'
import { epochInput, inProject, usageInput } from './inputs.ts'

/**
 * Ends a run that did its work: settles what it used and gives back the rest of its hold. Once; repeated, it is
 * RUN_CLOSED and charges nothing again. A run that was stopped ends as STOPPED.
 */
export const completeRun = projectCommand({
  name: 'runs.complete',
  summary: 'Ends a run: settles its cost and releases the rest of its hold.',
  input: z.strictObject({
    ...inProject,
    runId: refSchema,
    epoch: epochInput,
    lines: z.array(usageInput).max(USAGE_LINES_MAX).default([]),
  }),
  permission: 'runs.write',
  whenContained: 'allowed',
  scope: (given, caller, seen) => endRunScope({ ...given, callerAgentId: caller.agentId }, seen),
  decide: (deciding, given) => endRun(deciding, given, { status: 'COMPLETED' }),
})
