import type { PolicyContent, PolicyLevel, Resolved } from '../../model/policy.ts'

/** One active policy, or the defaults of a project, as it takes part in a decision. */
export interface PolicyLayer {
  readonly scopeType: PolicyLevel
  readonly name: string
  readonly versionNo: number
  readonly content: PolicyContent
}

/** The stricter of what two policies of one level say. */
type Stricter<T> = (one: T, other: T) => T

/** How a field is resolved: deny lists are united over all levels, everything else comes from the most specific one. */
export type FieldRule<T> = { readonly kind: 'united' } | { readonly kind: 'specific'; readonly stricter: Stricter<T> }
export type SectionRules<S> = { readonly [K in keyof S]-?: FieldRule<NonNullable<S[K]>> }

export const united: { readonly kind: 'united' } = { kind: 'united' }

export function specific<T>(stricter: Stricter<T>): FieldRule<T> {
  return { kind: 'specific', stricter }
}

export const smallest = specific<number>(Math.min)
/** True is the stricter answer. */
export const either = specific<boolean>((one, other) => one || other)
/** False is the stricter answer. */
export const both = specific<boolean>((one, other) => one && other)

/** Only what both list. */
export function common<T>() {
  return specific<T[]>((one, other) => one.filter((item) => other.includes(item)))
}

/** Only entries that both have; `merge` may drop one by answering null. */
export function commonEntries<V>(merge: (one: V, other: V) => V | null) {
  return specific<Record<string, V>>((one, other) => {
    const kept: Record<string, V> = {}
    for (const [key, value] of Object.entries(one)) {
      const counterpart = Object.hasOwn(other, key) ? other[key] : undefined
      const merged = counterpart === undefined ? null : merge(value, counterpart)
      if (merged !== null) kept[key] = merged
    }
    return kept
  })
}

/** The one that comes first in an order from strict to lax. */
export function firstOf<T>(order: readonly T[]) {
  return specific<T>((one, other) => (order.indexOf(one) <= order.indexOf(other) ? one : other))
}

/** Levels from the most specific to the broadest. */
export const SPECIFICITY: Readonly<Record<PolicyLevel, number>> = {
  AGENT: 0,
  TASK_TYPE: 1,
  PROJECT: 2,
  PROJECT_DEFAULTS: 3,
  GLOBAL: 4,
}

/** Layers from the most specific level to the least; several policies of one level stay together. */
export function levelsOf(layers: readonly PolicyLayer[]): readonly (readonly PolicyContent[])[] {
  const levels: PolicyContent[][] = Object.values(SPECIFICITY).map(() => [])
  for (const { scopeType, content } of layers) levels[SPECIFICITY[scopeType]]?.push(content)
  return levels
}

/** Resolves one section over the levels. What no policy says is taken from `fallback`. */
export function resolveSection<S extends object>(
  levels: readonly (readonly (S | null)[])[],
  rules: SectionRules<S>,
  fallback: Resolved<S>,
): Resolved<S> {
  const resolved: Partial<Record<keyof S, unknown>> = {}
  for (const field of Object.keys(rules) as (keyof S)[]) {
    const said = levels.map((level) =>
      level.map((section) => section?.[field] ?? null).filter((value) => value !== null),
    )
    resolved[field] = resolveField(said, rules[field] as FieldRule<unknown>) ?? fallback[field]
  }
  // Every key of the rules, and so of the section, has been set.
  return resolved as Resolved<S>
}

function resolveField(said: readonly (readonly unknown[])[], rule: FieldRule<unknown>): unknown {
  if (rule.kind === 'united') {
    const lists = said.flat() as readonly (readonly unknown[])[]
    return lists.length === 0 ? null : [...new Set(lists.flat())]
  }
  const level = said.find((values) => values.length > 0)
  return level?.reduce((one, other) => rule.stricter(one, other)) ?? null
}
