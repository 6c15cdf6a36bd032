import type { Approval } from '@mission-control/core'
import type { ApprovalCards } from '../cards/approval-cards.ts'
import { type RichText, rich, value } from '../text/rich-text.ts'
import { dataOf, type Person } from './chat-command.ts'

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
  readonly person: Person
  readonly key: string
  readonly cards: ApprovalCards
}

/** Takes the one-time code out of what was written; the rest is the reason. */
export function readReason(text: string): Statement {
  const oneTimeCode = CODE_WORD.exec(text)?.[1] ?? null
  const reason = text.replace(CODE_WORD, ' ').trim().slice(0, REASON_CHARS_MAX)
  return { reason: reason === '' ? null : reason, oneTimeCode }
}

/**
 * Decides as that person and says what was committed; every card of the request shows it afterwards. It asks the core
 * also when the request has ended: if this very update ended it, the answer is the one that its host died with.
 */
export async function passVerdict(deciding: Deciding, approval: Approval, given: GivenVerdict): Promise<RichText> {
  const { person, key, cards } = deciding
  const { verdict, reason, oneTimeCode } = given
  let isReplay = false
  const onReplay = () => {
    isReplay = true
  }
  const outcome = await person.client.approvals.decide(
    { projectId: approval.projectId, approvalId: approval.id, verdict, ...(reason === null ? {} : { reason }) },
    { idempotencyKey: key, onReplay, ...(oneTimeCode === null ? {} : { oneTimeCode }) },
  )
  await cards.showTruth(approval.projectId, approval.id, person.pairing.readAt)
  if (approval.status !== 'PENDING' && !isReplay) return rich(`Already ${approval.status}.`)
  const decided = dataOf(outcome, { id: `#${approval.id.slice(-6)}`, permission: 'approvals.decide' })
  if (decided.status === 'PENDING') {
    const votes = decided.decisions.filter((one) => one.verdict === 'APPROVE').length
    return rich(`${votes} of ${decided.requiredDecisions}: needs another operator.`)
  }
  if (verdict === 'APPROVE') return rich('Approved: ', value(decided.actionSummary))
  const denial = decided.decisions.findLast((one) => one.verdict === 'DENY')
  return rich('Denied: ', value(decided.actionSummary), ' (', value(denial?.reason ?? ''), ')')
}
