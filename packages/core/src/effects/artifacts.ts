import type { Deliverable, WorkPlan } from '../model/task.ts'
import { canonicalHash } from '../rules/hash.ts'
import { redactText } from '../rules/redaction.ts'

export interface WorkPlanInput {
  readonly bullets: readonly string[]
  readonly estimatedCostMicros?: number | undefined
  readonly estimatedDurationMs?: number | undefined
}

/** A work plan as it is stored, from what the worker sent. */
export function workPlanOf(plan: WorkPlanInput): WorkPlan {
  return {
    bullets: plan.bullets.map(redactText),
    estimatedCostMicros: plan.estimatedCostMicros ?? null,
    estimatedDurationMs: plan.estimatedDurationMs ?? null,
  }
}

/** A deliverable as it is stored. Its hash is what a completion approval is bound to. */
export function deliverableOf(given: {
  readonly summary?: string | undefined
  readonly content?: string | undefined
  readonly artifactIds?: readonly string[] | undefined
}): Deliverable {
  const fields = {
    summary: given.summary === undefined ? null : redactText(given.summary),
    content: given.content === undefined ? null : redactText(given.content),
    artifactIds: [...(given.artifactIds ?? [])],
  }
  return { ...fields, hash: canonicalHash(fields) }
}
