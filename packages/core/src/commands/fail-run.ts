import { z } from 'zod'
import { projectCommand } from '../decide/command.ts'
import { endRun, endRunScope } from '../effects/end-run.ts'
import { refSchema } from '../model/ids.ts'
import { statementSchema } from '../model/text.ts'
import { USAGE_LINES_MAX } from '../model/usage.ts'
import { epochInput, inProject, usageInput } from './inputs.ts'

/** Ends a run that failed, with what went wrong: settles what it used and gives back the rest of its hold. Once. */
export const failRun = projectCommand({
  name: 'runs.fail',
  summary: 'Ends a run that failed: settles its cost and releases the rest of its hold.',
  input: z.strictObject({
    ...inProject,
    runId: refSchema,
    epoch: epochInput,
    error: statementSchema,
    lines: z.array(usageInput).max(USAGE_LINES_MAX).default([]),
  }),
  permission: 'runs.write',
  whenContained: 'allowed',
  scope: (given, caller, seen) => endRunScope({ ...given, callerAgentId: caller.agentId }, seen),
  decide: (deciding, given) => endRun(deciding, given, { status: 'FAILED', error: given.error }),
})
