import type { EventDraft } from '../../model/event.ts'
import { emptyHead, type LogHead, type Seal } from '../../model/seal.ts'
import { followChain } from '../chain.ts'
import { redactJson, redactText } from '../redaction.ts'
import { REPLAYED_KINDS, ReplayedState, STORED_VIEW } from '../replay.ts'
import type { AuditFacts, Complain } from './facts.ts'

const DECISIONS = new Set(['APPROVAL_APPROVED', 'APPROVAL_DENIED', 'APPROVAL_EXPIRED', 'APPROVAL_CANCELED'])
/** What changes the cap of an agent or a task by hand. */
const CAP_CHANGES = new Set(['AGENT_UPDATED', 'TASK_UPDATED', 'BUDGET_ADJUSTED'])

/** A head that was kept elsewhere and is genuine: what came before it must still be what it was. */
export type AttestedHead = LogHead

/** Follows all logs of a store at once, event by event. */
export class LogAudit {
  readonly #facts: AuditFacts
  readonly #complain: Complain
  readonly #attested: readonly AttestedHead[]
  readonly #state = new ReplayedState()
  readonly #heads = new Map<string | null, LogHead>()
  readonly #broken = new Set<string | null>()
  /** Logs in which an event without a seal was met: behind it, nothing may be sealed. */
  readonly #open = new Set<string | null>()
  readonly #outcomes = new Map<string, string>()
  readonly #epochs = new Map<string, number>()
  readonly #modes = new Map<string, string>()
  readonly capChanges = new Map<string, number>()

  constructor(facts: AuditFacts, complain: Complain, attested: readonly AttestedHead[]) {
    this.#facts = facts
    this.#complain = complain
    this.#attested = attested
  }

  take(event: EventDraft, seal: Seal | null): void {
    this.#follow(event, seal)
    this.#checkActor(event)
    this.#checkBeginning(event)
    this.#checkGrant(event)
    this.#checkDecision(event)
    this.#checkSecrets(event)
    const [entity, id] = event.subject.split('/')
    if (event.kind === 'OPERATOR_CONTROL' && (entity === 'project' || entity === 'system')) {
      const to = (event.data as { to?: unknown } | null)?.to
      if (typeof to === 'string') this.#modes.set(entity === 'system' ? 'system' : (id ?? ''), to)
    }
    if (CAP_CHANGES.has(event.kind) && id !== undefined) this.capChanges.set(id, event.time)
    this.#state.apply(event)
  }

  get heads(): readonly LogHead[] {
    return [...this.#heads.values()]
  }

  foundSealWithoutEvent(projectId: string | null, seq: number): void {
    if (!this.#broken.has(projectId)) this.#complain('I22', logName(projectId), `EVENT_MISSING at ${seq}`)
  }

  /** After the last event: what is missing at the end, and whether the tables are what the log tells. */
  end(): void {
    for (const { projectId, seq } of this.#attested) {
      const head = this.#heads.get(projectId)?.seq ?? 0
      if (head < seq) this.#complain('I22', logName(projectId), `ends at ${head}, and was attested up to ${seq}`)
    }
    for (const kind of REPLAYED_KINDS) {
      const told = new Map(this.#state.rows[kind])
      for (const record of this.#facts.all(kind)) {
        const stored = STORED_VIEW[kind](record as never)
        const logged = told.get(record.id) ?? null
        told.delete(record.id)
        if (logged === null) this.#complain('I23', `${kind}/${record.id}`, 'is stored, and no event tells of it')
        for (const [field, value] of Object.entries(stored)) {
          if (logged === null || logged[field] === value) continue
          this.#complain('I21', `${kind}/${record.id}`, `has ${field} ${value}, and the log tells ${logged[field]}`)
        }
      }
      for (const [id] of told) this.#complain('I1', `${kind}/${id}`, 'is in the log and not stored')
    }
    for (const { id, status } of this.#facts.all('approval')) {
      const outcome = this.#outcomes.get(id)
      if ((status === 'PENDING') !== (outcome === undefined)) {
        this.#complain('I14', `approval/${id}`, `is ${status}, and its outcome in the log is ${outcome ?? 'missing'}`)
      }
    }
  }

  #follow(event: EventDraft, seal: Seal | null): void {
    const { projectId } = event
    const head = this.#heads.get(projectId) ?? emptyHead(projectId)
    this.#heads.set(projectId, head)
    if (this.#broken.has(projectId)) return
    if (seal === null) {
      this.#open.add(projectId)
      return
    }
    const { head: next, firstBad } = this.#open.has(projectId)
      ? { head, firstBad: { seq: seal.seq, fault: 'INSERTED' } }
      : followChain(head, [{ event, seal }])
    const attested = this.#attested.find((one) => one.projectId === projectId && one.seq === seal.seq)
    const fault =
      firstBad ?? (attested && attested.hash !== next.hash ? { seq: seal.seq, fault: 'NOT_AS_ATTESTED' } : null)
    if (fault !== null) {
      this.#broken.add(projectId)
      this.#complain(
        fault.fault === 'SEAL_MISSING' ? 'I20' : 'I22',
        logName(projectId),
        `${fault.fault} at ${fault.seq}`,
      )
    }
    this.#heads.set(projectId, next)
  }

  #checkActor({ id, actor, kind }: EventDraft): void {
    if (actor.kind === 'SYSTEM' || this.#facts.get('principal', actor.id) !== null) return
    this.#complain('I17', `event/${id}`, `${kind} is in the name of ${actor.id}, who is nobody`)
  }

  /** I8: nothing begins in the hand of an agent that is contained, or where agents may not begin anything. */
  #checkBeginning({ id, kind, agentId, projectId, actor }: EventDraft): void {
    if ((kind !== 'RUN_STARTED' && kind !== 'CLAIM_GRANTED') || actor.kind !== 'AGENT' || agentId === null) return
    const status = this.#state.rows.agent.get(agentId)?.status
    if (status !== 'ACTIVE') this.#complain('I8', `event/${id}`, `${kind} of agent ${agentId}, which was ${status}`)
    for (const mode of [this.#modes.get('system'), this.#modes.get(projectId ?? '')]) {
      const isStill = mode === 'PAUSED' || mode === 'QUARANTINED' || (mode === 'DRAINING' && kind === 'CLAIM_GRANTED')
      if (isStill) this.#complain('I8', `event/${id}`, `${kind} of agent ${agentId} while the mode was ${mode}`)
    }
  }

  /** I3: each holder has an epoch of its own. */
  #checkGrant({ id, kind, taskId, data }: EventDraft): void {
    if ((kind !== 'CLAIM_GRANTED' && kind !== 'CLAIM_HANDED_OVER') || taskId === null) return
    const epoch = (data as { epoch?: unknown } | null)?.epoch
    if (typeof epoch !== 'number') return
    const last = this.#epochs.get(taskId) ?? 0
    if (epoch <= last) this.#complain('I3', `event/${id}`, `${kind} of task ${taskId} in epoch ${epoch}, after ${last}`)
    this.#epochs.set(taskId, epoch)
  }

  /** I14: one outcome; an approval that nobody used may still be withdrawn with its task. */
  #checkDecision({ kind, subject, data }: EventDraft): void {
    // One of several that are needed has approved: nothing is decided by it.
    if (!DECISIONS.has(kind) || (data as { status?: unknown } | null)?.status === 'PENDING') return
    const id = subject.slice(subject.indexOf('/') + 1)
    const known = this.#outcomes.get(id)
    const isWithdrawn = known === 'APPROVAL_APPROVED' && kind === 'APPROVAL_CANCELED'
    if (known !== undefined && !isWithdrawn) this.#complain('I14', `approval/${id}`, `has ${known} and then ${kind}`)
    this.#outcomes.set(id, kind)
  }

  /** I24: what is stored was redacted before; doing it again finds nothing. */
  #checkSecrets({ id, kind, summary, reason, data }: EventDraft): void {
    const isClean =
      redactText(summary) === summary &&
      (reason === null || redactText(reason) === reason) &&
      JSON.stringify(redactJson(data).value) === JSON.stringify(data)
    if (!isClean) this.#complain('I24', `event/${id}`, `${kind} holds what looks like a secret`)
  }
}

function logName(projectId: string | null): string {
  return projectId === null ? 'log of the installation' : `log of ${projectId}`
}
