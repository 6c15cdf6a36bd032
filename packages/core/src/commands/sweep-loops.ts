import { z } from 'zod'
import { accept, projectCommand, refuse } from '../decide/command.ts'
import { own } from '../decide/own.ts'
import { containLoop, historyOf, loopScope } from '../effects/contain-loop.ts'
import { policyInForce } from '../effects/policy-in-force.ts'
import { refSchema } from '../model/ids.ts'
import { taskLoop } from '../rules/loops/task-loop.ts'
import { inProject } from './inputs.ts'

/** Looks whether a task goes in circles and stops it if it does. It changes nothing else, so any number may ask. */
export const sweepLoops = projectCommand({
  name: 'tasks.sweepLoops',
  summary: 'Blocks a task that goes in circles.',
  input: z.strictObject({ ...inProject, taskId: refSchema }),
  permission: null,
  whenContained: 'allowed',
  systemOnly: true,
  scope: ({ projectId, taskId }, _caller, seen) => loopScope(projectId, taskId, seen),
  decide(deciding, { taskId }) {
    const { record: task, problem } = own(deciding, 'task', taskId)
    if (problem !== null) return refuse(problem)
    const policy = policyInForce(deciding, { taskType: task.type, agentId: null })
    // Without a policy nothing runs, so there is nothing to stop.
    const finding = policy === null ? null : taskLoop(historyOf(deciding, taskId), policy.loops, deciding.now)
    const contained = finding !== null && containLoop(deciding, task, finding)
    return accept({ detector: contained ? finding.detector : null })
  },
})
