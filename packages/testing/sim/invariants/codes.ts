import type { Approval } from '@mission-control/core'
import { type Change, writtenOf } from '../mirror.ts'
import { rulesOf } from './rules-in-force.ts'
import type { Sight, Watch } from './watch.ts'

/** I16, I17, I28: a one-time code counts once, who owes one brought it, and an enrollment key gives what it may give. */
export function watchCodes(sight: Sight): Watch {
  return {
    committed: (change) => {
      for (const { before, after } of writtenOf(change, 'principal')) {
        const was = before?.lastCodeNumber ?? -1
        const isNew = after.lastCodeNumber !== (before?.lastCodeNumber ?? null)
        if (isNew && (after.lastCodeNumber ?? -1) <= was) {
          sight.complain('I28', `${after.displayName} used code ${after.lastCodeNumber} after ${was}`)
        }
      }
      for (const { before, after } of writtenOf(change, 'approval')) checkVerdict(sight, change, before, after)
      checkEnrolled(sight, change)
    },
  }
}

/** A decision on a RED act by somebody who owes a code came with a fresh one. */
function checkVerdict({ mirror, complain }: Sight, change: Change, before: Approval | null, after: Approval): void {
  if (before === null || after.riskLevel !== 'RED') return
  const owed = rulesOf(mirror, after.projectId).redRequiresSecondFactor
  for (const { principalId, kind } of after.decisions.slice(before.decisions.length)) {
    const spent = writtenOf(change, 'principal').find((entry) => entry.after.id === principalId)
    const decider = spent?.before ?? mirror.get('principal', principalId)
    const owes = kind === 'HUMAN' && (owed || decider?.totpEnrolled === true)
    const isSpent = spent !== undefined && spent.after.lastCodeNumber !== spent.before?.lastCodeNumber
    if (owes && !isSpent) complain('I16', `${decider?.displayName} decided on RED ${after.id} without a code`)
  }
}

function checkEnrolled({ mirror, complain }: Sight, change: Change): void {
  const spent = writtenOf(change, 'credential').filter(({ after }) => after.kind === 'ENROLLMENT')
  for (const { before, after } of writtenOf(change, 'credential')) {
    if (before !== null || after.enrollmentId === null) continue
    const key = spent.find((entry) => entry.after.id === after.enrollmentId)
    const ceiling = key?.before?.ceiling ?? mirror.get('credential', after.enrollmentId)?.ceiling ?? null
    const agentId = mirror.get('principal', after.principalId)?.agentId ?? ''
    const agent = writtenOf(change, 'agent').find((entry) => entry.after.id === agentId)?.after
    if (ceiling === null || agent === undefined) continue
    const isWithin =
      ceiling.roles.includes(agent.role) &&
      !agent.isCao &&
      agent.projectId === ceiling.projectId &&
      agent.budgetDailyMicros <= ceiling.budgetDailyMicros &&
      agent.budgetPerRunMicros <= ceiling.budgetPerRunMicros
    if (!isWithin) complain('I17', `${agent.name} was enrolled beyond what its key may give`)
    if (key === undefined || ceiling.uses < 1) complain('I28', `${agent.name} was enrolled with a key that was used up`)
  }
  for (const { before, after } of spent) {
    const [was, is] = [before?.ceiling?.uses ?? 0, after.ceiling?.uses ?? 0]
    if (before !== null && (is < 0 || is > was)) complain('I28', `${after.id} had ${was} uses and has ${is}`)
  }
}
