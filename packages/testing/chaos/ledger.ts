import type { Approval } from '@mission-control/core'

type ApprovalStatus = Approval['status']

/** What the squad was told, kept outside of every host: whatever is in here must be in the store afterwards. */
export class Ledger {
  readonly created = new Set<string>()
  readonly claims: { readonly taskId: string; readonly epoch: number; readonly agentId: string }[] = []
  readonly runs = new Map<string, string>()
  readonly lines: { readonly runId: string; readonly callId: string; readonly costMicros: number }[] = []
  readonly submitted: { readonly taskId: string; readonly epoch: number }[] = []
  /** The state that a decision was answered with. Who says again what they said before is told what has become of it. */
  readonly decided: { readonly approvalId: string; readonly status: ApprovalStatus }[] = []
  /** Operations that nobody answered for a minute: they may have taken effect, at most once. */
  unknown = 0

  get acknowledged(): number {
    const { created, claims, runs, lines, submitted, decided } = this
    return created.size + claims.length + runs.size + lines.length + submitted.length + decided.length
  }
}
