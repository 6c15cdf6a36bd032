import { z } from 'zod'
import {
  accept,
  type DecidingInProject,
  type Decision,
  joinScopes,
  projectCommand,
  refuse,
  refuseWithEffects,
} from '../decide/command.ts'
import { own } from '../decide/own.ts'
import type { Snapshot } from '../decide/snapshot.ts'
import { runClosed } from '../effects/end-run.ts'
import { exceedBudget, exceedScope } from '../effects/exceed-budget.ts'
import { bookMoves, holdMoney, moneyMoves } from '../effects/move-money.ts'
import { countsImputed, policyOfRun } from '../effects/price-lines.ts'
import { type RunAccount, relyOnCaps } from '../effects/run-accounts.ts'
import { withoutRoom } from '../effects/run-report.ts'
import { runAccountsSeen, runMoneyScope, runScope, seenRun } from '../effects/run-scope.ts'
import { invariant } from '../errors.ts'
import { refSchema } from '../model/ids.ts'
import type { Reservation } from '../model/ledger.ts'
import { usdFromMicros } from '../model/money.ts'
import { type Refusal, refusal } from '../model/refusal.ts'
import type { Run } from '../model/run.ts'
import { storedText } from '../model/text.ts'
import { lineMicrosSchema } from '../model/usage.ts'
import { CALL_HOLD_MS, CALL_HOLDS_MAX, callHoldFields, holdNeededMicros, liveCallHolds } from '../rules/call-holds.ts'
import { keptCallKey } from '../rules/call-key.ts'
import { countedMicros } from '../rules/pricing.ts'
import { isFinal } from '../rules/run.ts'
import { epochInput, inProject } from './inputs.ts'

const input = z.strictObject({
  ...inProject,
  runId: refSchema,
  epoch: epochInput,
  /** The call as its report will name it. */
  callId: storedText.min(1).max(200).overwrite(keptCallKey),
  /** The most the call may cost. */
  micros: lineMicrosSchema.min(1),
})
type Given = z.infer<typeof input>

export interface CallHeld {
  /** All that the run holds now. */
  readonly heldMicros: number
  /** When the hold of this call ends without a report; null: the call was reported already. */
  readonly expiresAt: number | null
}

/**
 * Holds money for one model call before it is made, so that not even a single call is used without cover. It is
 * settled by the report of that call, and given back when none comes. Asked again, it holds the larger amount once.
 */
export const holdCall = projectCommand({
  name: 'runs.hold',
  summary: 'Holds money for one model call of a run, until the call is reported.',
  input,
  permission: 'runs.write',
  whenContained: 'refused',
  scope: (given, caller, seen) => {
    const question = { ...given, lines: [], callerAgentId: caller.agentId }
    const base = joinScopes(runScope(question, seen), {
      lookups: [{ lookup: 'usageLineByCall', values: [given.runId, given.callId], limit: 1 }],
    })
    const run = seenRun(question, seen)
    if (seen === null || run === null || isFinal(run)) return base
    const plan = planOf(seen, run, given)
    const isShort = plan !== null && plan.short.length > 0
    return joinScopes(
      base,
      runMoneyScope(run, seen),
      isShort ? exceedScope(given.projectId, plan.accounts, run.taskId, seen) : {},
    )
  },
  decide(deciding, given): Decision<CallHeld> {
    const { agent, snapshot } = deciding
    const { record: run, problem } = own(deciding, 'run', given.runId)
    if (problem !== null) return refuse(problem)
    const closed = closedProblem(run, given, agent?.id ?? null)
    if (closed !== null) return refuse(closed)
    const plan = planOf(snapshot, run, given)
    invariant(plan !== null && agent !== null, `the hold and the accounts of ${run.id} have been read`)
    if (snapshot.find('usageLineByCall', run.id, given.callId).length > 0) {
      return accept({ heldMicros: plan.reservation.amountMicros, expiresAt: null })
    }
    if (plan.holds.length > CALL_HOLDS_MAX) {
      return refuse(refusal('RATE_LIMITED', `${run.id} holds money for ${CALL_HOLDS_MAX} calls`))
    }
    if (plan.addedMicros > 0 && plan.amountMicros > run.capMicros)
      return refuseWithEffects(atRunCap(deciding, run, plan))
    if (plan.short.length === 0) return accept(hold(deciding, run, plan))
    const task = run.taskId === null ? null : snapshot.get('task', run.taskId)
    const { short: accounts, addedMicros: neededMicros } = plan
    return refuseWithEffects(exceedBudget(deciding, { agent, task, runId: run.id, accounts, neededMicros }))
  },
})

function closedProblem(run: Run, given: Given, agentId: string | null): Refusal | null {
  if (run.agentId !== agentId) return refusal('FORBIDDEN', `${run.id} is another agent's run`)
  if (isFinal(run)) return runClosed(run)
  if (run.stopReason !== null) return refusal('RUN_CLOSED', `${run.id} was stopped: ${run.stopReason}`)
  if (given.epoch === undefined || run.taskEpoch === null || given.epoch === run.taskEpoch) return null
  return refusal('LEASE_LOST', `${run.id} belongs to epoch ${run.taskEpoch}`, { epoch: run.taskEpoch })
}

interface HoldPlan {
  readonly reservation: Reservation
  readonly accounts: readonly RunAccount[]
  readonly holds: Reservation['callHolds']
  /** What the run holds with this call, and what that takes beyond what it holds now. */
  readonly amountMicros: number
  readonly addedMicros: number
  readonly short: readonly RunAccount[]
  readonly expiresAt: number
}

/** What holding the call takes, or null while not enough has been read. */
function planOf(snapshot: Snapshot, run: Run, { callId, micros }: Given): HoldPlan | null {
  const accounts = runAccountsSeen(run, snapshot)
  const hasPolicies = [null, run.projectId].every((owner) => snapshot.hasLookup('activePolicies', [owner]))
  if (accounts === null || !hasPolicies) return null
  const reservation = snapshot.get('reservation', run.reservationId)
  if (reservation === null) return null
  const before = reservation.callHolds.find((hold) => hold.callId === callId)
  const expiresAt = snapshot.now + CALL_HOLD_MS
  const holds = [
    ...liveCallHolds(reservation, snapshot.now, [callId]),
    { callId, amountMicros: Math.max(micros, before?.amountMicros ?? 0), expiresAt },
  ]
  const usedMicros = countedMicros(run, countsImputed(policyOfRun(snapshot, run)))
  const amountMicros = holdNeededMicros(reservation.baseMicros, usedMicros, holds)
  const addedMicros = amountMicros - reservation.amountMicros
  const short = addedMicros > 0 ? withoutRoom(accounts, addedMicros) : []
  return { reservation, accounts, holds, amountMicros, addedMicros, short, expiresAt }
}

function hold(deciding: DecidingInProject, run: Run, plan: HoldPlan): CallHeld {
  const { changes, snapshot } = deciding
  const { reservation, accounts, amountMicros, addedMicros } = plan
  changes.update('reservation', reservation, { amountMicros, ...callHoldFields(plan.holds) })
  if (addedMicros > 0) {
    relyOnCaps(snapshot, accounts)
    holdMoney(deciding, accounts, { kind: 'EXTEND', amountMicros: addedMicros, reservationId: reservation.id })
  } else {
    // Holds of other calls were over: what they held covers this one and more.
    const moves = moneyMoves(accounts, { reserved: addedMicros, settled: 0 })
    bookMoves(deciding, moves, { kind: 'RELEASE', reservationId: reservation.id })
  }
  changes.event('BUDGET_RESERVED', {
    subject: `reservation/${reservation.id}`,
    summary: `Held for a call: ${usdFromMicros(amountMicros, 6)} USD in all`,
    data: { reservationId: reservation.id, amountMicros, addedMicros, calls: plan.holds.length },
    taskId: run.taskId,
    agentId: run.agentId,
    runId: run.id,
    costMicros: Math.max(0, addedMicros),
  })
  return { heldMicros: amountMicros, expiresAt: plan.expiresAt }
}

/** The cap of the run itself: nobody is asked to extend it, a cheaper call may still fit. */
function atRunCap(deciding: DecidingInProject, run: Run, plan: HoldPlan): Refusal {
  const detail = `${usdFromMicros(plan.amountMicros, 6)} USD would be above the ${usdFromMicros(run.capMicros, 6)} USD of the run`
  deciding.changes.event('BUDGET_EXCEEDED', {
    subject: `run/${run.id}`,
    summary: `No room for a call: ${detail}`,
    data: { neededMicros: plan.addedMicros, capMicros: run.capMicros },
    taskId: run.taskId,
    agentId: run.agentId,
    runId: run.id,
  })
  const [own] = plan.accounts
  return refusal('BUDGET_EXCEEDED', detail, { errors: own === undefined ? [] : [{ field: own.id, message: detail }] })
}
