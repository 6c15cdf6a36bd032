// Most calls name one thing or nothing, and nothing is said against them. Such lists cost next to no memory.

/** Shared by all lists that have no entry yet, and never changed. */
export const EMPTY: never[] = []

/** The list with one more entry; a list comes to be with its first. */
export function withEntry<T>(list: T[], entry: T): T[] {
  if (list.length === 0) return [entry]
  list.push(entry)
  return list
}
