import type { Snapshot } from '../decide/snapshot.ts'
import { accountId } from '../model/ledger.ts'
import type { Scope } from '../ports/storage.ts'
import { windowKey } from '../rules/windows.ts'

/** The standing caps of a scope. */
function budgetScope(projectId: string, scopeType: 'AGENT' | 'PROJECT' | 'TASK', scopeId: string): Scope {
  const window = scopeType === 'TASK' ? 'LIFETIME' : 'DAY'
  return { lookups: [{ lookup: 'budgetByScope', values: [projectId, scopeType, scopeId, 'USD', window], limit: 1 }] }
}

/** What an agent has spent today. Needs the project's zone and the time, so it follows the first look (or a hint). */
export function agentDayScope(projectId: string, agentId: string, seen: Snapshot | null): Scope {
  return dayScope(projectId, 'AGENT', agentId, seen)
}

function dayScope(projectId: string, scopeType: 'AGENT', scopeId: string, seen: Snapshot | null): Scope {
  const caps = budgetScope(projectId, scopeType, scopeId)
  const project = seen?.has('project', projectId) === true ? seen.peek('project', projectId) : null
  if (seen === null || project === null) return caps
  const key = windowKey('DAY', seen.now, project.timeZone)
  return {
    ...caps,
    accounts: [accountId({ projectId, scopeType, scopeId, metric: 'USD', window: 'DAY', windowKey: key })],
  }
}
