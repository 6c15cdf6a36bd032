const SHAPES = 1024

/** Length and first character of the end of a text that begins at `start`. */
function shapeOf(text: string, start: number): number {
  return (((text.length - start) & 31) << 5) | (text.charCodeAt(start) & 31)
}

/**
 * Names that the ends of longer names are looked for among, such as the domains above a host. An end that is as long as
 * none of them, or begins otherwise, is told without being cut out.
 */
export class NameSet {
  readonly names: ReadonlySet<string>
  readonly #hasShape = new Uint8Array(SHAPES)

  constructor(names: Iterable<string>) {
    this.names = new Set(names)
    for (const name of this.names) this.#hasShape[shapeOf(name, 0)] = 1
  }

  has(name: string): boolean {
    return this.hasEnd(name, 0)
  }

  /** Whether what is left of a text from `start` on is one of the names. */
  hasEnd(text: string, start: number): boolean {
    return this.#hasShape[shapeOf(text, start)] === 1 && this.names.has(text.slice(start))
  }
}
