import picomatch from 'picomatch/posix.js'

/** Where a path lies, seen from each base that a glob may start at. Null: the path is not below that base. */
export interface PathPosition {
  readonly absolute: string
  readonly inWorkspace: string | null
  readonly inHome: string | null
  /** Relative to the folder that holds the workspace. */
  readonly amongSiblings: string | null
}

export interface GlobSetOptions {
  /** Denies ignore case, because the file systems of some machines do, and cover all that lies below a match. */
  readonly isDeny: boolean
  readonly tmpDir: string
}

type Base = 'absolute' | 'workspace' | 'home' | 'siblings' | 'anywhere'

interface Entry {
  readonly glob: string
  readonly pattern: RegExp
  /** Matches the folder whose contents a trailing `**` names; null when the glob has no such tail. */
  readonly folder: RegExp | null
}

const MAGIC = /[*?[\]{}()!+@|\\]/

function split(glob: string, tmpDir: string): { base: Base; rest: string } {
  const located = glob.startsWith('<tmpdir>/') ? `${tmpDir}/${glob.slice('<tmpdir>/'.length)}` : glob
  if (located.startsWith('**/')) return { base: 'anywhere', rest: located }
  if (located.startsWith('/')) return { base: 'absolute', rest: located }
  if (located.startsWith('~/')) return { base: 'home', rest: located.slice(2) }
  if (located.startsWith('../')) return { base: 'siblings', rest: located.slice(3) }
  return { base: 'workspace', rest: located.startsWith('./') ? located.slice(2) : located }
}

function literalPrefix(rest: string): string {
  const segments = rest.split('/')
  const end = segments.findIndex((segment) => MAGIC.test(segment))
  return end === -1 ? rest : segments.slice(0, end).join('/')
}

function compileEntry(glob: string, rest: string, isDeny: boolean): Entry {
  // The root of a base is the empty path, which picomatch matches with nothing.
  if (rest === '**') return { glob, pattern: isDeny ? /^/i : /^/, folder: /^$/ }
  const options = { dot: true, nocase: isDeny, nonegate: true } as const
  const own = picomatch.makeRe(rest, options)
  const pattern = isDeny
    ? new RegExp(`${own.source}|${picomatch.makeRe(`${rest}/**`, options).source}`, own.flags)
    : own
  const folder = rest.endsWith('/**') ? picomatch.makeRe(rest.slice(0, -3), options) : null
  return { glob, pattern, folder }
}

/** Below this, asking each entry is as fast as asking all of them at once. */
const JOINED_MIN = 4
const JOINED_MAX = 500

interface Bucket {
  readonly entries: Entry[]
  /** Matches whatever one of the entries does; null when they are few or too many for one expression. */
  joined: RegExp | null | undefined
}

function joinedPattern(entries: readonly Entry[]): RegExp | null {
  if (entries.length < JOINED_MIN || entries.length > JOINED_MAX) return null
  return new RegExp(entries.map(({ pattern }) => `(?:${pattern.source})`).join('|'), entries[0]?.pattern.flags)
}

/** Entries of one base, found by the literal folders they begin with, so that thousands of rules cost no more than a few. */
class GlobIndex {
  readonly #byPrefix = new Map<string, Bucket>()

  add(prefix: string, entry: Entry): void {
    const bucket = this.#byPrefix.get(prefix)
    if (bucket === undefined) this.#byPrefix.set(prefix, { entries: [entry], joined: undefined })
    else bucket.entries.push(entry)
  }

  find(path: string, key: string, contentsOnly: boolean): string | null {
    if (this.#byPrefix.size === 0) return null
    let end = key.length
    while (end >= 0) {
      const found = this.#first(key.slice(0, end), path, contentsOnly)
      if (found !== null) return found
      if (end === 0) break
      end = Math.max(0, key.lastIndexOf('/', end - 1))
    }
    return null
  }

  #first(prefix: string, path: string, contentsOnly: boolean): string | null {
    const bucket = this.#byPrefix.get(prefix)
    if (bucket === undefined) return null
    if (bucket.joined === undefined) bucket.joined = joinedPattern(bucket.entries)
    if (bucket.joined?.test(path) === false) return null
    for (const { glob, pattern, folder } of bucket.entries) {
      if (pattern.test(path) && !(contentsOnly && folder?.test(path) === true)) return glob
    }
    return null
  }
}

/** A compiled list of path globs (see `filesSection` for where each may start). */
export class GlobSet {
  readonly globs: readonly string[]
  readonly #isDeny: boolean
  readonly #indexes: Readonly<Record<Base, GlobIndex>> = {
    absolute: new GlobIndex(),
    workspace: new GlobIndex(),
    home: new GlobIndex(),
    siblings: new GlobIndex(),
    anywhere: new GlobIndex(),
  }

  constructor(globs: readonly string[], { isDeny, tmpDir }: GlobSetOptions) {
    this.globs = globs
    this.#isDeny = isDeny
    for (const glob of globs) {
      const { base, rest } = split(glob, tmpDir)
      const prefix = base === 'anywhere' ? '' : literalPrefix(rest)
      this.#indexes[base].add(isDeny ? prefix.toLowerCase() : prefix, compileEntry(glob, rest, isDeny))
    }
  }

  /** The glob that matches the path, or null. `contentsOnly` leaves out the very folder that `folder/**` starts from. */
  find(position: PathPosition, contentsOnly = false): string | null {
    const { absolute, inWorkspace, inHome, amongSiblings } = position
    return (
      this.#findIn('absolute', absolute, contentsOnly) ??
      this.#findIn('workspace', inWorkspace, contentsOnly) ??
      this.#findIn('home', inHome, contentsOnly) ??
      this.#findIn('siblings', amongSiblings, contentsOnly) ??
      // Folders above the workspace are not the agent's doing, so inside it only what lies below counts.
      this.#findIn('anywhere', inWorkspace ?? absolute.slice(1), contentsOnly)
    )
  }

  #findIn(base: Base, path: string | null, contentsOnly: boolean): string | null {
    if (path === null) return null
    const key = base === 'anywhere' ? '' : this.#isDeny ? path.toLowerCase() : path
    return this.#indexes[base].find(path, key, contentsOnly)
  }
}
