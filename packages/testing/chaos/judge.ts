import { verifyStore } from '@mission-control/core'
import type { Kind, RecordOf, Storage, StoredRow } from '@mission-control/core/storage'
import type { Ledger } from './ledger.ts'

/** Everything that is wrong afterwards, one sentence each: what `verify` finds, and what was promised and is not there. */
export async function judge(storage: Storage, ledger: Ledger, seen: readonly string[]): Promise<string[]> {
  const { violations } = await verifyStore(storage)
  const problems = violations.map(({ invariant, subject, problem }) => `${invariant} ${subject}: ${problem}`)
  const say = (problem: string) => void problems.push(problem)
  const store = await read(storage)
  checkWork(store, ledger, say)
  checkClaims(store, ledger, say)
  checkFollower(store.log, seen, say)
  return problems
}

interface Read {
  readonly get: <K extends Kind>(kind: K, id: string) => RecordOf<K> | undefined
  readonly lines: ReadonlyMap<string, number>
  readonly holders: ReadonlyMap<string, string>
  readonly log: readonly string[]
}

type Say = (problem: string) => void

async function read(storage: Storage): Promise<Read> {
  const records = new Map<string, RecordOf<Kind>>()
  const lines = new Map<string, number>()
  const holders = new Map<string, string>()
  const log: string[] = []
  const take = (row: StoredRow) => {
    if (row.type === 'event') {
      log.push(row.event.id)
      const { epoch } = row.event.data as { epoch?: number }
      if (row.event.kind === 'CLAIM_GRANTED') holders.set(`${row.event.taskId} ${epoch}`, row.event.agentId ?? '')
    }
    if (row.type !== 'record') return
    if (row.kind === 'usageLine') {
      const line = row.record as RecordOf<'usageLine'>
      lines.set(`${line.runId} ${line.callId}`, line.billedMicros ?? 0)
    } else if (['task', 'run', 'approval'].includes(row.kind)) records.set(`${row.kind} ${row.record.id}`, row.record)
  }
  await storage.snapshot(async (rows) => rows.forEach(take))
  return {
    get: <K extends Kind>(kind: K, id: string) => records.get(`${kind} ${id}`) as RecordOf<K> | undefined,
    lines,
    holders,
    log,
  }
}

/** Whatever was acknowledged is there. */
function checkWork(store: Read, ledger: Ledger, say: Say): void {
  for (const id of ledger.created) if (store.get('task', id) === undefined) say(`lost: task ${id} was created`)
  for (const [id, agentId] of ledger.runs) {
    if (store.get('run', id)?.agentId !== agentId) say(`lost: run ${id} of ${agentId} was started`)
  }
  for (const { runId, callId, costMicros } of ledger.lines) {
    const stored = store.lines.get(`${runId} ${callId}`)
    if (stored !== costMicros) say(`lost: ${callId} of ${runId} cost ${costMicros}, and ${stored} is stored`)
  }
  for (const { taskId } of ledger.submitted) {
    if ((store.get('task', taskId)?.submission ?? 0) < 1) say(`lost: task ${taskId} was handed in`)
  }
  for (const { approvalId, status } of ledger.decided) {
    const stored = store.get('approval', approvalId)?.status
    // An approved request may still be withdrawn; every other end is the end.
    const isKept = stored === status || (status === 'APPROVED' && stored === 'CANCELED')
    if (!isKept) say(`lost: ${approvalId} was told to be ${status}, and is ${stored}`)
  }
}

/** Nobody was told to hold what somebody else holds. */
function checkClaims(store: Read, ledger: Ledger, say: Say): void {
  const told = new Map<string, string>()
  for (const { taskId, epoch, agentId } of ledger.claims) {
    const key = `${taskId} ${epoch}`
    const other = told.get(key)
    if (other !== undefined && other !== agentId)
      say(`two owners: ${other} and ${agentId} hold ${taskId} in epoch ${epoch}`)
    told.set(key, agentId)
    const holder = store.holders.get(key)
    if (holder !== agentId) say(`lost: ${agentId} holds ${taskId} in epoch ${epoch}, and the log says ${holder}`)
  }
}

/** Who read along saw every event once, in the order of the log. */
function checkFollower(log: readonly string[], seen: readonly string[], say: Say): void {
  const at = log.findIndex((id, place) => seen[place] !== id)
  if (at >= 0) say(`a reader saw ${seen[at] ?? 'nothing'} as event ${at + 1}, which is ${log[at]}`)
  if (seen.length !== log.length) say(`a reader saw ${seen.length} events of ${log.length}`)
}
