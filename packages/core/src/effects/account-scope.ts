import type { Snapshot } from '../decide/snapshot.ts'
import type { Scope } from '../ports/storage.ts'
import { windowKey } from '../rules/windows.ts'
import { accountScope } from './run-accounts.ts'

/** What an agent has spent today. Needs the project's zone and the time, so it follows the first look (or a hint). */
export function agentDayScope(projectId: string, agentId: string, seen: Snapshot | null): Scope {
  const project = seen?.has('project', projectId) === true ? seen.peek('project', projectId) : null
  if (seen === null || project === null) return {}
  const day = windowKey('DAY', seen.now, project.timeZone)
  return accountScope([
    { projectId, scopeType: 'AGENT', scopeId: agentId, metric: 'USD', window: 'DAY', windowKey: day },
  ])
}
