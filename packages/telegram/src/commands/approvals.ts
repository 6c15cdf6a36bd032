import { lines, rich } from '../text/rich-text.ts'
import type { ChatCommand } from './chat-command.ts'
import { passVerdict, readReason } from './decide.ts'
import { findApproval, pending } from './find-approval.ts'

const CARDS_MAX = 20

export const myApprovals: ChatCommand = {
  name: 'my_approvals',
  args: '',
  description: 'Shows what waits for a decision',
  group: 'Approvals',
  permission: 'approvals.decide',
  needsProject: true,
  reply:
    '🔴|🟡 #<id6> <summary>; Agent: <name> · Risk: <risk> · Cost: $<c>; Why: <justification>; Expires in <t>; buttons Approve, Deny; or Nothing to approve.',
  async run({ person, project, place, cards }) {
    const { readAt } = person.pairing
    const waiting = (await pending(person.client, project)).toSorted((one, other) => one.createdAt - other.createdAt)
    if (waiting.length === 0) return rich('Nothing to approve.')
    for (const approval of waiting.slice(0, CARDS_MAX)) await cards.post(approval, place, readAt)
    return waiting.length > CARDS_MAX ? rich(`And ${waiting.length - CARDS_MAX} more.`) : null
  },
}

export const approve: ChatCommand = {
  name: 'approve',
  args: '<id> [reason] [otp:<code>]',
  description: 'Approves a request',
  group: 'Approvals',
  permission: 'approvals.decide',
  needsProject: false,
  reply: 'Approved: <summary> / RED first vote 1 of 2: needs another operator.',
  async run(asking, args) {
    const { id, rest } = firstWord(args)
    if (id === '') return rich('Usage: /approve <id> [reason] [otp:<code>]')
    const approval = await findApproval(asking.person.client, id)
    const given = readReason(rest)
    const isPending = approval.status === 'PENDING'
    if (isPending && approval.riskLevel === 'RED' && given.reason === null) {
      return lines('Usage: /approve <id> <reason> [otp:<code>]', 'What is RED is approved with a reason.')
    }
    return passVerdict(asking, approval, { verdict: 'APPROVE', ...given })
  },
}

export const deny: ChatCommand = {
  name: 'deny',
  args: '<id> <reason>',
  description: 'Denies a request',
  group: 'Approvals',
  permission: 'approvals.decide',
  needsProject: false,
  reply: 'Denied: <summary> (<reason>) / Usage: /deny <id> <reason>',
  async run(asking, args) {
    const { id, rest } = firstWord(args)
    const given = readReason(rest)
    if (id === '' || given.reason === null) return rich('Usage: /deny <id> <reason>')
    const approval = await findApproval(asking.person.client, id)
    return passVerdict(asking, approval, { verdict: 'DENY', ...given })
  },
}

function firstWord(args: string): { readonly id: string; readonly rest: string } {
  const [, id = '', rest = ''] = /^(\S+)\s*([\s\S]*)$/.exec(args) ?? []
  return { id, rest }
}
