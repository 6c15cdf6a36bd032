import { z } from 'zod'
import { accept, projectCommand, refuse } from '../decide/command.ts'
import { own } from '../decide/own.ts'
import { endRunScope, runClosed } from '../effects/end-run.ts'
import { finishRun } from '../effects/finish-runs.ts'
import { refSchema } from '../model/ids.ts'
import { isFinal } from '../rules/run.ts'
import { inProject } from './inputs.ts'

/**
 * Ends a run whose lease has run out, settled at its last report; one that was stopped ends as STOPPED. Before its
 * time it changes nothing, so any number of hosts may ask.
 */
export const timeOutRun = projectCommand({
  name: 'runs.timeOut',
  summary: 'Ends a run whose lease has run out.',
  input: z.strictObject({ ...inProject, runId: refSchema }),
  permission: null,
  whenContained: 'allowed',
  systemOnly: true,
  scope: ({ projectId, runId }, caller, seen) =>
    endRunScope({ projectId, runId, lines: [], callerAgentId: caller.agentId }, seen),
  decide(deciding, { runId }) {
    const { record: run, problem } = own(deciding, 'run', runId)
    if (problem !== null) return refuse(problem)
    if (isFinal(run)) return refuse(runClosed(run))
    if (run.leaseUntil > deciding.now) return accept({ run })
    return accept({ run: finishRun(deciding, { run, status: 'TIMEOUT' }) })
  },
})
