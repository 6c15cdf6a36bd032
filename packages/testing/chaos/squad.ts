import type { Approval, Outcome, Run, Task } from '@mission-control/core'
import type { Random } from '../sim/random.ts'
import type { Fleet } from './fleet.ts'
import type { Ledger } from './ledger.ts'

const PLAN = { bullets: ['read', 'write', 'check'] }
export const MODEL = 'known-model'
const THINK_MS_MAX = 400
const BACKLOG = 60

export interface Member {
  readonly agentId: string
  readonly principalId: string
}

/** Agents that work, and people who give tasks and decide, all over whatever host is there. */
export class Squad {
  readonly #fleet: Fleet
  readonly #ledger: Ledger
  readonly #random: Random
  readonly #loops: Promise<void>[] = []
  #isOver = false
  #named = 0

  constructor(fleet: Fleet, ledger: Ledger, random: Random) {
    this.#fleet = fleet
    this.#ledger = ledger
    this.#random = random
  }

  begin(agents: readonly Member[], people: readonly string[]): void {
    for (const agent of agents) this.#keep(() => this.#work(agent))
    for (const person of people) {
      this.#keep(() => this.#give(person))
      this.#keep(() => this.#decide(person))
      this.#keep(() => this.#finish(person))
    }
  }

  /** Lets everybody end what they are doing. */
  async end(): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#loops)
  }

  #keep(turn: () => Promise<void>): void {
    const loop = async () => {
      while (!this.#isOver) {
        await turn()
        await new Promise((resolve) => setTimeout(resolve, this.#random.below(THINK_MS_MAX)))
      }
    }
    this.#loops.push(loop())
  }

  async #ask<T>(principalId: string, operation: string, input: object): Promise<Outcome<T>> {
    const outcome = await this.#fleet.call<T>(principalId, operation, input)
    if (outcome !== null) return outcome
    this.#ledger.unknown++
    return { ok: false, error: { code: 'INTERNAL' as never, title: '', detail: 'nobody answered', hint: '' } }
  }

  async #give(person: string): Promise<void> {
    const open = await this.#ask<{ data: readonly Task[] }>(person, 'tasks.list', { status: ['INBOX'], limit: BACKLOG })
    if (!open.ok || open.data.data.length >= BACKLOG) return
    const title = `Task ${++this.#named}`
    const made = await this.#ask<Task>(person, 'tasks.create', {
      title,
      type: 'DOCS',
      budgetAllocatedMicros: 2_000_000,
    })
    if (made.ok) this.#ledger.created.add(made.data.id)
  }

  async #work({ agentId, principalId }: Member): Promise<void> {
    if (this.#random.chance(0.2)) {
      await this.#ask(principalId, 'agents.heartbeat', { sessionKey: 's', health: 'IDLE', currentTaskId: null })
    }
    const open = await this.#ask<{ data: readonly Task[] }>(principalId, 'tasks.list', { status: ['INBOX'], limit: 20 })
    const wanted = open.ok ? this.#random.any(open.data.data) : undefined
    if (wanted === undefined) return
    const taskId = wanted.id
    const claimed = await this.#ask<{ epoch: number }>(principalId, 'tasks.claim', { taskId, workPlan: PLAN })
    if (!claimed.ok) return
    const { epoch } = claimed.data
    this.#ledger.claims.push({ taskId, epoch, agentId })
    await this.#spend({ agentId, principalId }, taskId, epoch)
    if (this.#random.chance(0.2)) await this.#callTool(principalId, taskId, epoch)
    const deliverable = { content: `what ${agentId} made of it` }
    const done = await this.#ask(principalId, 'tasks.complete', { taskId, epoch, deliverable })
    if (done.ok) this.#ledger.submitted.push({ taskId, epoch })
  }

  async #spend({ agentId, principalId }: Member, taskId: string, epoch: number): Promise<void> {
    const start = { taskId, epoch, sessionKey: 's', model: MODEL, estimatedCostMicros: 100_000 }
    const started = await this.#ask<{ run: Run }>(principalId, 'runs.start', start)
    if (!started.ok) return
    const { id: runId } = started.data.run
    this.#ledger.runs.set(runId, agentId)
    for (let n = 1 + this.#random.below(3); n > 0; n--) {
      const line = { callId: `call-${n}`, costMicros: this.#random.below(30_000) }
      const told = await this.#ask(principalId, 'runs.report', { runId, lines: [line] })
      if (told.ok) this.#ledger.lines.push({ runId, ...line })
    }
    await this.#ask(principalId, 'runs.complete', { runId })
  }

  /** A call that people must approve; whoever gets it approved uses it once. */
  async #callTool(principalId: string, taskId: string, epoch: number): Promise<void> {
    const call = { tool: 'transfer_funds', input: { amount: this.#random.below(5) }, sessionKey: 's', taskId, epoch }
    const why = { justification: 'it has to be done', rollbackPlan: 'undo it' }
    for (let attempt = 0; attempt < 4; attempt++) {
      const gated = await this.#ask<{ decision: string }>(principalId, 'toolCalls.gate', { ...call, ...why })
      if (!gated.ok || gated.data.decision !== 'NEEDS_APPROVAL') return
      await new Promise((resolve) => setTimeout(resolve, 1_000))
    }
  }

  async #decide(person: string): Promise<void> {
    const asked = await this.#ask<{ data: readonly Approval[] }>(person, 'approvals.list', {
      status: 'PENDING',
      limit: 50,
    })
    const approval = asked.ok ? this.#random.any(asked.data.data) : undefined
    if (approval === undefined) return
    const verdict = this.#random.chance(0.2) ? 'DENY' : 'APPROVE'
    const decision = { approvalId: approval.id, verdict, reason: 'as it is' }
    const decided = await this.#ask<Approval>(person, 'approvals.decide', decision)
    if (!decided.ok || decided.data.status === 'PENDING') return
    this.#ledger.decided.push({ approvalId: approval.id, status: decided.data.status })
  }

  async #finish(person: string): Promise<void> {
    const handedIn = await this.#ask<{ data: readonly Task[] }>(person, 'tasks.list', { status: ['REVIEW'], limit: 20 })
    const task = handedIn.ok ? this.#random.any(handedIn.data.data) : undefined
    if (task !== undefined)
      await this.#ask(person, 'tasks.transition', { taskId: task.id, to: 'DONE', reason: 'good as it is' })
  }
}
