import { z } from 'zod'
import { accept, joinScopes, projectCommand, refuse } from '../decide/command.ts'
import { own } from '../decide/own.ts'
import { releaseCallHolds } from '../effects/release-call-holds.ts'
import { runMoneyScope, runScope, seenRun } from '../effects/run-scope.ts'
import { refSchema } from '../model/ids.ts'
import { isFinal } from '../rules/run.ts'
import { inProject } from './inputs.ts'

/** Gives back what was held for calls that nobody reported in time; before that it changes nothing. */
export const releaseCallHoldsCommand = projectCommand({
  name: 'runs.releaseHolds',
  summary: 'Releases what a run held for calls that were not reported in time.',
  input: z.strictObject({ ...inProject, runId: refSchema }),
  permission: null,
  whenContained: 'allowed',
  systemOnly: true,
  scope: ({ projectId, runId }, _caller, seen) => {
    const question = { projectId, runId, lines: [], callerAgentId: null }
    const run = seenRun(question, seen)
    return joinScopes(runScope(question, seen), run === null || seen === null ? {} : runMoneyScope(run, seen))
  },
  decide(deciding, { runId }) {
    const { record: run, problem } = own(deciding, 'run', runId)
    if (problem !== null) return refuse(problem)
    const reservation = deciding.snapshot.get('reservation', run.reservationId)
    if (reservation !== null && !isFinal(run)) releaseCallHolds(deciding, run, reservation, [])
    return accept({ run })
  },
})
