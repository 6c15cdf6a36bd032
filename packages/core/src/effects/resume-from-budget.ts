import type { DecidingInProject } from '../decide/command.ts'
import type { Balance } from '../model/ledger.ts'
import { hasRoom } from '../rules/budget.ts'
import { notifyAgent } from './notify.ts'
import { setAgentStatus } from './set-agent-status.ts'

/** Ends the pause of an agent whose day was spent, if its account has room again. Any other pause stays. */
export function resumeFromBudget(
  deciding: DecidingInProject,
  agentId: string,
  account: { readonly capMicros: number | null; readonly balance: Balance; readonly reason: string },
): void {
  const agent = deciding.snapshot.get('agent', agentId)
  if (agent === null || agent.status !== 'PAUSED' || agent.pausedBy !== 'BUDGET') return
  if (!hasRoom(account.capMicros, account.balance, 0)) return
  const resumed = setAgentStatus(deciding, agent, { status: 'ACTIVE', reason: account.reason, keepsDrain: true })
  // Money is back, but whoever asked the agent to drain still wants it to.
  if (agent.drainRequestedAt !== null) {
    deciding.changes.update('agent', resumed, { drainRequestedAt: agent.drainRequestedAt })
  }
  notifyAgent(deciding, { agentId, type: 'SYSTEM', title: 'Resumed', body: account.reason })
}
