/** Where a field is: its name, or the names on the way into an object. */
export type Path = readonly string[]

export function pathOf(field: string): Path {
  return field.split('.')
}

/** What stands there. A way that leads through nothing ends at null. */
export function valueAt(record: object, path: Path): unknown {
  let value: unknown = record
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return null
    value = (value as Record<string, unknown>)[name]
  }
  return value
}
