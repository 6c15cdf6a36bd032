import { type AccountKey, accountKey, type Balance } from '../../model/ledger.ts'
import { effectiveCap } from '../budget.ts'
import { accountFaults, dayFaults, type LedgerFault, NO_LINES, runFaults } from '../ledger-faults.ts'
import type { AuditFacts, Complain } from './facts.ts'

/** The invariants of the ledger among those of the whole. */
const WHOLE: Readonly<Record<LedgerFault['invariant'], string>> = { I3: 'I10', I4: 'I10', I5: 'I11', I6: 'I10' }

/** When the cap of an agent or a task was last changed by hand, as the log tells. */
export type CapChanges = ReadonlyMap<string, number>

/** I9 to I11: the ledger adds up, every hold is of an open run, and no account has passed its cap. */
export function auditMoney(facts: AuditFacts, changes: CapChanges, complain: Complain): void {
  const faults = (found: Iterable<LedgerFault>, prefix: string) => {
    for (const { invariant, subject, detail } of found) complain(WHOLE[invariant], `${prefix}${subject}`, detail)
  }
  faults(accountFaults(facts.balances, facts.entries), '')
  for (const project of facts.all('project'))
    faults(dayFaults(balancesOf(facts, project.id), rootsOf(facts, project.id)), '')
  const reservations = new Map([...facts.all('reservation')].map((one) => [one.runId, one]))
  for (const run of facts.all('run')) {
    faults(runFaults(run, reservations.get(run.id) ?? null, facts.lines.get(run.id) ?? NO_LINES), 'run/')
  }
  for (const { id, runId } of facts.all('reservation')) {
    if (facts.get('run', runId) === null) complain('I11', `reservation/${id}`, 'is of no run')
  }
  checkHolds(facts, complain)
  checkCaps(facts, changes, complain)
}

function balancesOf(facts: AuditFacts, projectId: string): ReadonlyMap<string, Balance> {
  return new Map([...facts.balances].filter(([account]) => account.startsWith(`${projectId}/`)))
}

function rootsOf(facts: AuditFacts, projectId: string): ReadonlySet<string> {
  const roots = new Set<string>()
  for (const agent of facts.all('agent')) {
    if (agent.projectId === projectId && agent.parentAgentId === null) roots.add(agent.id)
  }
  return roots
}

/** What is held on an account is what open runs hold there. */
function checkHolds(facts: AuditFacts, complain: Complain): void {
  const held = new Map<string, number>()
  for (const { status, accountIds, amountMicros } of facts.all('reservation')) {
    if (status !== 'HELD') continue
    for (const id of accountIds) held.set(id, (held.get(id) ?? 0) + amountMicros)
  }
  for (const [account, { reserved, settled }] of facts.balances) {
    if (reserved < 0 || settled < 0) complain('I9', account, `stands at ${settled} settled and ${reserved} held`)
    if (accountKey(account)?.metric !== 'USD') continue
    const due = held.get(account) ?? 0
    if (reserved !== due) complain('I11', account, `holds ${reserved}, and its open runs hold ${due}`)
  }
}

/**
 * What is held and spent stays below the cap, but for what runs used beyond their holds. A cap that was lowered after
 * the last hold may be passed, so such accounts are left out.
 */
function checkCaps(facts: AuditFacts, changes: CapChanges, complain: Complain): void {
  const beyond = new Map<string, number>()
  for (const { accountIds, amountMicros, settledMicros } of facts.all('reservation')) {
    for (const id of accountIds) beyond.set(id, (beyond.get(id) ?? 0) + Math.max(0, settledMicros - amountMicros))
  }
  const budgets = new Map(
    [...facts.all('budget')].map((one) => [`${one.projectId} ${one.scopeId} ${one.metric} ${one.window}`, one]),
  )
  for (const [account, { reserved, settled }] of facts.balances) {
    const key = accountKey(account)
    if (key === null || key.metric !== 'USD') continue
    const budget = budgets.get(`${key.projectId} ${key.scopeId} ${key.metric} ${key.window}`) ?? null
    const cap = effectiveCap(defaultCap(facts, key), budget, key.windowKey)
    const heldAt = facts.entries.get(account)?.heldAt ?? 0
    const changedAt = Math.max(budget?.updatedAt ?? 0, changes.get(key.scopeId) ?? 0)
    if (cap === null || changedAt >= heldAt) continue
    const passed = reserved + settled - cap
    if (passed > (beyond.get(account) ?? 0))
      complain('I9', account, `has passed its cap of ${cap} by ${passed} micro-USD`)
  }
}

function defaultCap(facts: AuditFacts, { scopeType, scopeId, window }: AccountKey): number | null {
  if (scopeType === 'AGENT' && window === 'DAY') return facts.get('agent', scopeId)?.budgetDailyMicros ?? null
  if (scopeType === 'TASK' && window === 'LIFETIME') return facts.get('task', scopeId)?.budgetAllocatedMicros ?? null
  if (scopeType === 'RUN') return facts.get('run', scopeId)?.capMicros ?? null
  return null
}
