import { accessProblem, keyProblem, keyRefs } from '../decide/access.ts'
import { Changes } from '../decide/changes.ts'
import type { Caller, Deciding } from '../decide/command.ts'
import type { LoadedSnapshot } from '../decide/snapshot.ts'
import { idSequence, SYSTEM_ID } from '../model/ids.ts'
import { type Actor, type Credential, type Principal, SYSTEM_ACTOR } from '../model/principal.ts'
import { strictestMode } from '../model/project.ts'
import { RECEIPT_TTL_MS, type Receipt, type ReceiptKey } from '../model/receipt.ts'
import { type Outcome, type Refusal, refusal } from '../model/refusal.ts'
import type { JsonValue } from '../model/text.ts'
import type { Ids } from '../ports/ids.ts'
import type { Ref, Scope } from '../ports/storage.ts'
import type { CallContext } from '../ports/transport.ts'
import type { WebhookOptions } from '../ports/webhooks.ts'
import type { AnyCommand } from '../registry.ts'
import { canonicalHash } from '../rules/hash.ts'

/** One call of one command: what stays the same over all attempts. */
export class Call {
  readonly command: AnyCommand
  readonly caller: Caller
  readonly input: { projectId?: string }
  readonly context: CallContext
  readonly #ids: Ids
  readonly #ulid: string
  #secret: string | null = null
  codeNumber: number | null = null
  picked: string | null = null
  /** What was picked for this call and lost to somebody else. */
  readonly lost = new Set<string>()
  webhooks: WebhookOptions | null = null
  receipt: Receipt | null = null
  /** How long the rate limit makes this call wait; undefined: not asked yet, null: not at all. */
  waitMs: number | null | undefined = undefined

  constructor(command: AnyCommand, caller: Caller, input: unknown, context: CallContext, ids: Ids) {
    this.command = command
    this.caller = caller
    this.input = input as { projectId?: string }
    this.context = context
    this.#ids = ids
    this.#ulid = ids.ulid()
  }

  /** A number that differs from call to call and from attempt to attempt, in no order. */
  turn(attempt: number): number {
    return Number.parseInt(this.#ulid.slice(-6), 36) + attempt * 31
  }

  get projectId(): string | null {
    return this.command.level === 'project' ? (this.input.projectId ?? null) : null
  }

  /** What every command reads. */
  baseRefs(): Ref[] {
    return [
      { kind: 'system', id: SYSTEM_ID },
      ...(this.projectId === null ? [] : [{ kind: 'project' as const, id: this.projectId }]),
      ...(this.caller.isSystem ? [] : [{ kind: 'principal' as const, id: this.caller.principalId }]),
      ...(this.caller.agentId === null ? [] : [{ kind: 'agent' as const, id: this.caller.agentId }]),
    ]
  }

  /** What every command reads, and what this one asks for. */
  scope(seen: LoadedSnapshot | null): Scope {
    const own = this.command.scope(this.input as never, this.caller, seen, this.picked)
    const key = this.#receiptKey()
    return {
      records: [...this.baseRefs(), ...keyRefs(this.caller), ...(own.records ?? [])],
      lookups: own.lookups ?? [],
      accounts: own.accounts ?? [],
      ...(key === null ? {} : { receipt: key }),
    }
  }

  deciding(snapshot: LoadedSnapshot): { deciding: Deciding | null; refused: Refusal | null } {
    const system = snapshot.get('system', SYSTEM_ID)
    // Before the set-up there is nobody to act, save the host itself with the set-up.
    if (system === null && !this.caller.isSystem) {
      return { deciding: null, refused: refusal('UNAUTHENTICATED', 'this installation has not been set up') }
    }
    const project = this.projectId === null ? null : snapshot.get('project', this.projectId)
    const agent = this.caller.agentId === null ? null : snapshot.get('agent', this.caller.agentId)
    const principal = this.caller.isSystem ? null : snapshot.get('principal', this.caller.principalId)
    if (!this.caller.isSystem && principal === null)
      return { deciding: null, refused: refusal('UNAUTHENTICATED', 'no such principal') }
    if (this.command.systemOnly === true && !this.caller.isSystem) {
      return { deciding: null, refused: refusal('FORBIDDEN', `${this.command.name} is for the host itself`) }
    }
    if (this.caller.isBridge === true && this.command.forBridge !== true) {
      return { deciding: null, refused: refusal('FORBIDDEN', `${this.command.name} is not for a bridge`) }
    }
    if (this.command.level === 'project' && project === null) {
      return { deciding: null, refused: refusal('NOT_FOUND', 'no such project') }
    }
    // Whoever else calls is told so by the rules of access.
    if (this.caller.isSystem && project?.status === 'ARCHIVED' && this.command.whenArchived !== 'allowed') {
      const refused = refusal('PROJECT_ARCHIVED', `project ${project.slug} is archived and read-only`)
      return { deciding: null, refused }
    }
    const keyRefused = keyProblem(this.caller, snapshot, {
      forEnrollment: this.command.forEnrollment === true,
      permission: this.command.permission,
    })
    if (keyRefused !== null) return { deciding: null, refused: keyRefused }
    const mode = strictestMode([system?.operatorMode ?? 'NORMAL', project?.operatorMode ?? 'NORMAL'])
    if (principal !== null) {
      const { permission, whenContained } = this.command
      const refused = accessProblem({ principal, agent, project, mode, permission, whenContained, writes: true })
      if (refused !== null) return { deciding: null, refused }
    }
    const actor = principal === null ? SYSTEM_ACTOR : actorOf(principal)
    const nextId = idSequence(this.#ulid)
    const changes = new Changes({
      snapshot,
      nextId,
      actor,
      projectId: this.projectId,
      traceparent: this.context.traceparent ?? null,
    })
    const deciding: Deciding & { project: unknown } = {
      snapshot,
      now: snapshot.now,
      nextId,
      codeNumber: this.codeNumber,
      picked: this.picked,
      webhooks: this.webhooks,
      // Drawn once per call, so that a second attempt stores the same secret as the first.
      secret: () => {
        this.#secret ??= this.#ids.secret()
        return this.#secret
      },
      actor,
      principal,
      agent,
      enrollment: this.#enrollment(snapshot),
      mode,
      changes,
      project,
    }
    return { deciding, refused: null }
  }

  #enrollment(snapshot: LoadedSnapshot): Credential | null {
    const { key } = this.caller
    return key?.kind === 'ENROLLMENT' ? snapshot.get('credential', key.id) : null
  }

  noChanges(snapshot: LoadedSnapshot): Changes {
    return new Changes({
      snapshot,
      nextId: idSequence(this.#ulid),
      actor: SYSTEM_ACTOR,
      projectId: this.projectId,
      traceparent: null,
    })
  }

  /** Successes are kept, and the two refusals that are themselves an effect; other refusals keep none, so the key may be retried. */
  receiptFor(outcome: Outcome<unknown>, now: number): { key: ReceiptKey; receipt: Receipt } | null {
    const key = this.#receiptKey()
    if (key === null) return null
    if (!outcome.ok && outcome.error.code !== 'BUDGET_EXCEEDED' && outcome.error.code !== 'APPROVAL_REQUIRED')
      return null
    const kept =
      outcome.ok && this.command.forReceipt
        ? { ok: true, data: this.command.forReceipt(outcome.data as never) }
        : outcome
    return {
      key,
      receipt: {
        requestHash: this.#requestHash(),
        response: kept as unknown as JsonValue,
        expiresAt: now + RECEIPT_TTL_MS,
      },
    }
  }

  replay(receipt: Receipt): Outcome<unknown> {
    if (receipt.requestHash === this.#requestHash()) return receipt.response as unknown as Outcome<unknown>
    return {
      ok: false,
      error: refusal('IDEMPOTENCY_KEY_REUSED', 'this key was used for another request of this command'),
    }
  }

  #requestHash(): string {
    return canonicalHash({ command: this.command.name, input: withoutUndefined(this.input) })
  }

  #receiptKey(): ReceiptKey | null {
    const key = this.context.idempotencyKey
    if (key === undefined) return null
    return { projectId: this.projectId ?? '', principalId: this.caller.principalId, command: this.command.name, key }
  }
}

function withoutUndefined(value: unknown): JsonValue {
  return JSON.parse(JSON.stringify(value)) as JsonValue
}

function actorOf(principal: Principal): Actor {
  return {
    kind: principal.kind,
    id: principal.id,
    role: principal.role,
    name: principal.displayName,
    agentId: principal.agentId,
  }
}
