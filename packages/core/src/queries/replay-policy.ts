import { z } from 'zod'
import { inProject } from '../commands/inputs.ts'
import { appliesTo } from '../effects/policy-in-force.ts'
import { replayDecision, replayedSubject } from '../effects/replay-decision.ts'
import { refSchema } from '../model/ids.ts'
import type { Policy } from '../model/policy-version.ts'
import { refusal } from '../model/refusal.ts'
import type { DecisionRecord, RiskLevel } from '../model/tool-call.ts'
import type { FilterValue } from '../ports/storage.ts'
import { type CompiledPolicy, compilePolicy, type PolicyLayer } from '../rules/policy/compile.ts'
import { defaultsLayers } from '../rules/policy/project-defaults.ts'
import { policiesInForce } from './policies.ts'
import { found, projectQuery, type ReadingInProject } from './query.ts'

/** Decisions that one replay looks at; it says when there were more. */
const DECISIONS_MAX = 10_000
const PAGE_ROWS = 200
const ROWS_MAX = 500

type Word = DecisionRecord['decision']

/** A recorded decision that would have been another under the draft. */
export interface ReplayedRow {
  readonly decisionId: string
  readonly at: number
  readonly agentId: string
  readonly taskId: string | null
  readonly capability: string | null
  readonly before: Word
  readonly after: Word
  readonly riskBefore: RiskLevel
  readonly riskAfter: RiskLevel
  readonly reason: string
  readonly estimatedCostMicros: number | null
}

/** What a draft would have decided on decisions that were made. */
export interface PolicyReplay {
  readonly replayed: number
  /** Decisions of which not enough was kept: acts that are no tool calls, and very large inputs. */
  readonly skipped: number
  /** True when there were more decisions than one replay looks at. */
  readonly isCut: boolean
  readonly unchanged: number
  readonly newlyDenied: number
  readonly newlyAsking: number
  readonly newlyAllowed: number
  /** Estimated cost of the calls that would be allowed now and were not, less that of those that were and would not. */
  readonly costChangeMicros: number
  /** Those that differ, oldest first, up to a limit. */
  readonly rows: readonly ReplayedRow[]
}

/** Asks a draft about the decisions of a span. Deterministic and read-only: the same span gives the same answer. */
export const replayPolicy = projectQuery({
  name: 'policies.replay',
  summary: 'Shows what a draft would have decided on recorded decisions.',
  input: z.strictObject({
    ...inProject,
    draftId: refSchema,
    from: z.int().min(0),
    to: z.int().min(0),
  }),
  permission: 'read',
  read: async (reading, { draftId, from, to }) => {
    const snapshot = await reading.look({ records: [{ kind: 'policy', id: draftId }] })
    const draft = snapshot.peek('policy', draftId)
    if (draft === null || (draft.projectId !== null && draft.projectId !== reading.project.id)) {
      return { ok: false, error: refusal('NOT_FOUND', `no such policy: ${draftId}`) }
    }
    const compiled = compiledWith(draft, await policiesInForce(reading), defaultsLayers(reading.project))
    const tally = new Tally()
    for await (const decision of decisionsOf(reading, from, to)) {
      if (tally.seen === DECISIONS_MAX) return found(tally.answer(true))
      const subject = replayedSubject(decision)
      const policy = subject === null ? null : compiled(subject.taskType, subject.agentId)
      tally.add(decision, policy === null ? null : replayDecision(policy, decision))
    }
    return found(tally.answer(false))
  },
})

/** The policies in force with the draft in place of the version it would replace, compiled once per combination. */
function compiledWith(draft: Policy, inForce: readonly Policy[], defaults: readonly PolicyLayer[]) {
  const kept = inForce.filter(
    ({ projectId, name, scopeType, scopeId }) =>
      projectId !== draft.projectId ||
      name !== draft.name ||
      scopeType !== draft.scopeType ||
      scopeId !== draft.scopeId,
  )
  const all = [...kept, draft]
  const known = new Map<string, CompiledPolicy>()
  return (taskType: string | null, agentId: string): CompiledPolicy | null => {
    const policies = all.filter((policy) => appliesTo(policy, taskType, agentId))
    if (policies.length === 0) return null
    const key = policies.map(({ id }) => id).join(' ')
    const compiled = known.get(key) ?? compilePolicy([...policies, ...defaults])
    known.set(key, compiled)
    return compiled
  }
}

async function* decisionsOf({ queries, project }: ReadingInProject, from: number, to: number) {
  let after: readonly FilterValue[] | null = []
  while (after !== null) {
    const page: Awaited<ReturnType<typeof queries.page<'decision'>>> = await queries.page({
      kind: 'decision',
      projectId: project.id,
      filters: [
        { field: 'createdAt', op: 'gte', value: from },
        { field: 'createdAt', op: 'lt', value: to },
      ],
      order: [{ field: 'createdAt', direction: 'asc' }],
      limit: PAGE_ROWS,
      ...(after.length === 0 ? {} : { after }),
    })
    yield* page.rows
    after = page.next
  }
}

class Tally {
  seen = 0
  #replayed = 0
  #unchanged = 0
  readonly #changed: Record<Word, number> = { DENY: 0, NEEDS_APPROVAL: 0, ALLOW: 0 }
  #costChangeMicros = 0
  readonly #rows: ReplayedRow[] = []

  add(decision: DecisionRecord, now: ReturnType<typeof replayDecision>): void {
    this.seen += 1
    if (now === null) return
    this.#replayed += 1
    if (now.decision === decision.decision) {
      this.#unchanged += 1
      return
    }
    this.#changed[now.decision] += 1
    const estimate = estimateOf(decision)
    if (now.decision === 'ALLOW') this.#costChangeMicros += estimate ?? 0
    if (decision.decision === 'ALLOW') this.#costChangeMicros -= estimate ?? 0
    if (this.#rows.length === ROWS_MAX) return
    const { id, createdAt, agentId, taskId, capability } = decision
    this.#rows.push({
      ...{ decisionId: id, at: createdAt, agentId, taskId, capability },
      ...{ before: decision.decision, after: now.decision },
      ...{ riskBefore: decision.riskLevel, riskAfter: now.riskLevel },
      ...{ reason: now.reason, estimatedCostMicros: estimate },
    })
  }

  answer(isCut: boolean): PolicyReplay {
    const { DENY, NEEDS_APPROVAL, ALLOW } = this.#changed
    return {
      ...{ replayed: this.#replayed, skipped: this.seen - this.#replayed, isCut, unchanged: this.#unchanged },
      ...{ newlyDenied: DENY, newlyAsking: NEEDS_APPROVAL, newlyAllowed: ALLOW },
      ...{ costChangeMicros: this.#costChangeMicros, rows: this.#rows },
    }
  }
}

function estimateOf({ facts }: DecisionRecord): number | null {
  const estimate = (facts as { estimatedCostMicros?: unknown } | null)?.estimatedCostMicros
  return typeof estimate === 'number' ? estimate : null
}
