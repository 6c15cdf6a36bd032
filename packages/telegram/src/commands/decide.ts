import type { Approval, MissionControlClient } from '@mission-control/core'
import type { ApprovalCards } from '../cards/approval-cards.ts'
import { type RichText, rich, value } from '../text/rich-text.ts'
import { dataOf } from './chat-command.ts'

const REASON_CHARS_MAX = 2000
const CODE_WORD = /(?:^|\s)otp:(\S{1,64})(?=\s|$)/i

/** What goes with a verdict. */
export interface Statement {
  readonly reason: string | null
  readonly oneTimeCode: string | null
}

export interface GivenVerdict extends Statement {
  readonly verdict: 'APPROVE' | 'DENY'
}

/** Who decides, and under which key, so that the same update decides once. */
export interface Deciding {
  readonly person: { readonly client: MissionControlClient }
  readonly key: string
  readonly cards: ApprovalCards
}

/** Takes the one-time code out of what was written; the rest is the reason. */
export function readReason(text: string): Statement {
  const oneTimeCode = CODE_WORD.exec(text)?.[1] ?? null
  const reason = text.replace(CODE_WORD, ' ').trim().slice(0, REASON_CHARS_MAX)
  return { reason: reason === '' ? null : reason, oneTimeCode }
}

/** Decides as that person and says what was committed; every card of the request shows it afterwards. */
export async function passVerdict(deciding: Deciding, approval: Approval, given: GivenVerdict): Promise<RichText> {
  const { person, key, cards } = deciding
  const { verdict, reason, oneTimeCode } = given
  if (approval.status !== 'PENDING') {
    await cards.showTruth(approval.projectId, approval.id)
    return rich(`Already ${approval.status}.`)
  }
  const outcome = await person.client.approvals.decide(
    { projectId: approval.projectId, approvalId: approval.id, verdict, ...(reason === null ? {} : { reason }) },
    { idempotencyKey: key, ...(oneTimeCode === null ? {} : { oneTimeCode }) },
  )
  await cards.showTruth(approval.projectId, approval.id)
  const decided = dataOf(outcome, { id: `#${approval.id.slice(-6)}`, permission: 'approvals.decide' })
  if (decided.status === 'PENDING') {
    const votes = decided.decisions.filter((one) => one.verdict === 'APPROVE').length
    return rich(`${votes} of ${decided.requiredDecisions}: needs another operator.`)
  }
  if (verdict === 'APPROVE') return rich('Approved: ', value(decided.actionSummary))
  const denial = decided.decisions.findLast((one) => one.verdict === 'DENY')
  return rich('Denied: ', value(decided.actionSummary), ' (', value(denial?.reason ?? ''), ')')
}
