import { z } from 'zod'
import { accept, joinScopes, projectCommand, refuse } from '../decide/command.ts'
import { own } from '../decide/own.ts'
import { agentDayScope } from '../effects/account-scope.ts'
import { budgetAlertKey } from '../effects/budget-alerts.ts'
import { agentDayKey } from '../effects/judge-move.ts'
import { alertScope } from '../effects/raise-alert.ts'
import { resumeFromBudget } from '../effects/resume-from-budget.ts'
import { accountsOf } from '../effects/run-accounts.ts'
import { agentScope } from '../effects/task-scope.ts'
import { refSchema } from '../model/ids.ts'
import { type AccountKey, accountId } from '../model/ledger.ts'
import { windowKey } from '../rules/windows.ts'
import { inProject } from './inputs.ts'

/**
 * Lets an agent go on whose day was spent, if another day has begun and has room. An agent that was paused by the day
 * of now waits for a person or for the next one, whenever this is asked; other pauses stay.
 */
export const endBudgetPause = projectCommand({
  name: 'agents.endBudgetPause',
  summary: 'Ends the pause of an agent whose budget was spent, when a new day has room.',
  input: z.strictObject({ ...inProject, agentId: refSchema }),
  permission: null,
  whenContained: 'allowed',
  systemOnly: true,
  scope: ({ projectId, agentId }, _caller, seen) => {
    const project = seen?.has('project', projectId) === true ? seen.peek('project', projectId) : null
    const base = joinScopes(agentScope(agentId), agentDayScope(projectId, agentId, seen))
    if (seen === null || project === null) return base
    const day: AccountKey = {
      projectId,
      scopeType: 'AGENT',
      scopeId: agentId,
      metric: 'USD',
      window: 'DAY',
      windowKey: windowKey('DAY', seen.now, project.timeZone),
    }
    return joinScopes(base, alertScope(projectId, budgetAlertKey('BUDGET_EXCEEDED', accountId(day))))
  },
  decide(deciding, { agentId }) {
    const { snapshot, changes, project } = deciding
    const { record: agent, problem } = own(deciding, 'agent', agentId)
    if (problem !== null) return refuse(problem)
    const day = agentDayKey(deciding, agentId)
    const spentToday = snapshot.find('alertsByKey', project.id, budgetAlertKey('BUDGET_EXCEEDED', accountId(day)))
    const [account] = accountsOf(snapshot, [day], 0)
    if (spentToday.length === 0 && account !== undefined) {
      resumeFromBudget(deciding, agentId, { ...account, reason: 'a new day has begun' })
    }
    return accept({ agent: changes.current('agent', agent) })
  },
})
