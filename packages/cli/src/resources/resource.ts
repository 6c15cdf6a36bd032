/** An option for a part of an input that is more than one plain field. */
export interface PartOption {
  readonly name: `--${string}`
  /** Where its value goes: `workPlan.bullets`, `artifacts.0.url`. */
  readonly path: string
  readonly kind: 'text' | 'list'
  readonly value?: string
  readonly summary: string
}

/**
 * One command over one operation of the registry. Its options are the fields of the operation's input, so nothing has to
 * be said twice; only what differs from that is written down here.
 */
export interface Resource {
  readonly path: readonly [string, string]
  readonly operation: string
  /** Default: what the registry says of the operation. */
  readonly summary?: string
  /** Fields that are written as words, in this order; a way into the input such as `artifacts.0.name` is one, too. */
  readonly words?: readonly string[]
  /** Fields that this command decides by itself. */
  readonly fixed?: Readonly<Record<string, unknown>>
  /** Fields that have no option here. */
  readonly without?: readonly string[]
  readonly parts?: readonly PartOption[]
  /** Fields that may also be read from a file: `--content-file`. */
  readonly fromFile?: readonly string[]
  /** What a table of its rows shows; a single answer shows everything. */
  readonly columns?: readonly string[]
  /** Where the row is in the answer that is shown; default: the answer itself. */
  readonly shows?: string
}
