import type { PolicyContent } from '../../model/policy.ts'

/** One difference between two policy contents, at the smallest place that differs. */
export interface PolicyChange {
  /** Such as `files.denyWrite` or `shell.commands.git.subcommands.log.flags`. */
  readonly path: string
  readonly kind: 'ADDED' | 'REMOVED' | 'CHANGED'
  /** Null when added; for a list, the entry. */
  readonly before: unknown
  /** Null when removed; for a list, the entry. */
  readonly after: unknown
}

/** Lists every change from one content to another, in the order of their paths. Lists of texts are compared as sets. */
export function diffPolicies(before: PolicyContent, after: PolicyContent): readonly PolicyChange[] {
  const changes: PolicyChange[] = []
  compare('', before, after, changes)
  return changes.sort((one, other) => (one.path < other.path ? -1 : one.path > other.path ? 1 : 0))
}

function compare(path: string, before: unknown, after: unknown, changes: PolicyChange[]): void {
  if (Object.is(before, after)) return
  if (isAbsent(before) && isAbsent(after)) return
  if (Array.isArray(before) && Array.isArray(after)) compareLists(path, before, after, changes)
  else if (isRecord(before) && isRecord(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      compare(path === '' ? key : `${path}.${key}`, before[key], after[key], changes)
    }
  } else {
    const kind = isAbsent(before) ? 'ADDED' : isAbsent(after) ? 'REMOVED' : 'CHANGED'
    changes.push({ path, kind, before: before ?? null, after: after ?? null })
  }
}

/** Entries that hold more than one value are compared by their text, so a changed entry is one removed and one added. */
function compareLists(
  path: string,
  before: readonly unknown[],
  after: readonly unknown[],
  changes: PolicyChange[],
): void {
  const keep = (list: readonly unknown[]) => new Set(list.map((item) => JSON.stringify(item)))
  const [old, current] = [keep(before), keep(after)]
  for (const item of before) {
    if (!current.has(JSON.stringify(item))) changes.push({ path, kind: 'REMOVED', before: item, after: null })
  }
  for (const item of after) {
    if (!old.has(JSON.stringify(item))) changes.push({ path, kind: 'ADDED', before: null, after: item })
  }
  const isReordered = old.size === current.size && [...old].every((item) => current.has(item))
  if (isReordered && JSON.stringify(before) !== JSON.stringify(after)) {
    changes.push({ path, kind: 'CHANGED', before, after })
  }
}

function isAbsent(value: unknown): boolean {
  return value === null || value === undefined
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
