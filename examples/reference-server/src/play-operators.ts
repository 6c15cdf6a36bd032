import type { Approval, Logger } from '@mission-control/core'
import type { Host } from './host.ts'
import { keyOutside } from './work/edges.ts'

const ROUND_MS = 300

/** Plays the two operators until the signal aborts: one reads each request, the second one agrees where two are needed. */
export async function playOperators(host: Host, logger: Logger, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const pending = await host.admin.approvals.list({ status: 'PENDING', limit: 100 })
      if (pending.ok) for (const approval of pending.data.data) await decide(host, approval, logger)
    } catch (error) {
      logger.warn('the operators could not decide', { error: String(error) })
    }
    await new Promise((resolve) => setTimeout(resolve, ROUND_MS))
  }
}

async function decide(host: Host, approval: Approval, logger: Logger): Promise<void> {
  const task = approval.taskId === '' ? null : await host.admin.tasks.get({ taskId: approval.taskId })
  const isDenied = task?.ok === true && task.data.sourceRef === keyOutside.ref
  const verdict = isDenied ? 'DENY' : 'APPROVE'
  const reason = isDenied ? 'No agent reads private keys.' : `Looked at it: ${approval.actionSummary}`
  for (const operator of host.operators.slice(0, isDenied ? 1 : approval.requiredDecisions)) {
    const outcome = await operator.approvals.decide({ approvalId: approval.id, verdict, reason })
    if (!outcome.ok && outcome.error.code !== 'ALREADY_DECIDED') {
      logger.warn('an operator was refused', { code: outcome.error.code, detail: outcome.error.detail })
    }
  }
}
