import { readdir, stat } from 'node:fs/promises'
import { hasMagic, nameMatcher } from './name-pattern.ts'
import { isInside, walk } from './real-path.ts'
import { WorkspaceError } from './workspace-error.ts'

export interface ExpansionLimits {
  readonly root: string
  readonly entriesMax: number
  /** What the plan withholds from patterns. */
  readonly isWithheld: (path: string) => boolean
}

/**
 * The words that a path pattern stands for, sorted, or the pattern itself when nothing matches. What the plan withholds, or
 * lies behind a link that leads out of the folder the pattern starts in, is left out as if it were not there.
 */
export async function expandPattern(pattern: string, cwd: string, limits: ExpansionLimits): Promise<readonly string[]> {
  const segments = pattern.split('/')
  const start = segments.findIndex(hasMagic)
  if (start === -1) return [pattern]
  const fixed = segments.slice(0, start).join('/')
  const base = pattern.startsWith('/') && fixed === '' ? '/' : fixed
  const home = await walk(cwd, base === '' ? '.' : base)
  const search = new Search(cwd, limits, isInside(limits.root, home.real) ? limits.root : home.real)
  const prefix = start === 0 ? '' : `${fixed}/`
  const found = await search.expand(prefix, segments.slice(start))
  if (found.length === 0) return [pattern]
  // A file may be named like a flag; a path that starts with `./` cannot be one.
  return found.sort().map((path) => (path.startsWith('-') ? `./${path}` : path))
}

class Search {
  readonly #cwd: string
  readonly #limits: ExpansionLimits
  /** Real folder that no match may lie outside of. */
  readonly #bound: string
  #seen = 0

  constructor(cwd: string, limits: ExpansionLimits, bound: string) {
    this.#cwd = cwd
    this.#limits = limits
    this.#bound = bound
  }

  /** Matches `segments` below `prefix`, which is empty or ends in a slash. */
  async expand(prefix: string, segments: readonly string[]): Promise<string[]> {
    const [segment = '', ...rest] = segments
    const names = hasMagic(segment) ? await this.#matches(prefix, segment) : [segment]
    const found: string[] = []
    for (const name of names) {
      const path = `${prefix}${name}`
      if (!(await this.#isAllowed(path, rest.length > 0))) continue
      if (rest.length === 0) found.push(path)
      else if (rest.length === 1 && rest[0] === '') found.push(`${path}/`)
      else found.push(...(await this.expand(`${path}/`, rest)))
    }
    return found
  }

  async #matches(prefix: string, segment: string): Promise<readonly string[]> {
    const folder = await walk(this.#cwd, prefix === '' ? '.' : prefix)
    const names = await readdir(folder.real).catch(() => [])
    this.#seen += names.length
    if (this.#seen > this.#limits.entriesMax * 20) throw tooMany(this.#limits)
    const matching = names.filter(nameMatcher(segment))
    if (matching.length > this.#limits.entriesMax) throw tooMany(this.#limits)
    return matching
  }

  async #isAllowed(path: string, isFolder: boolean): Promise<boolean> {
    const { lexical, real, exists } = await walk(this.#cwd, path)
    if (!exists || !isInside(this.#bound, real)) return false
    if (this.#limits.isWithheld(lexical) || this.#limits.isWithheld(real)) return false
    return (
      !isFolder ||
      (await stat(real).then(
        (stats) => stats.isDirectory(),
        () => false,
      ))
    )
  }
}

function tooMany({ entriesMax }: ExpansionLimits): WorkspaceError {
  return new WorkspaceError('TOO_LARGE', `a path pattern matches more than ${entriesMax} names`)
}
