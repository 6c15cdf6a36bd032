import picomatch from 'picomatch/posix.js'
import { NameIndex } from './name-index.ts'
import { isTidy, mayStart, type PathTraits, startsOfGlob, UNREAD } from './path-traits.ts'

/** Where a path lies, seen from each base that a glob may start at. Null: the path is not below that base. */
export interface PathPosition {
  readonly absolute: string
  /** What is known of the absolute path. */
  readonly traits: PathTraits
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

/** Where globs may start, in the order in which they are asked. */
const BASES = ['absolute', 'workspace', 'home', 'siblings', 'anywhere'] as const
type Base = (typeof BASES)[number]

interface Entry {
  readonly glob: string
  /** Place in the list. */
  readonly rank: number
  readonly pattern: RegExp
  /** Matches the folder whose contents a trailing `**` names; null when the glob has no such tail. */
  readonly folder: RegExp | null
  /** Matches a folder written out with all that is below it, which an index has told before any pattern is asked. */
  readonly isTree: boolean
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

/** Names of plain characters, none of which is `.` or `..`. */
const SIMPLE_FOLDER = /^\/?\.?[\w-][\w.-]*(?:\/\.?[\w-][\w.-]*)*$/

function compileEntry(glob: string, rank: number, rest: string, isDeny: boolean): Entry {
  // The root of a base is the empty path, which picomatch matches with nothing.
  if (rest === '**') return { glob, rank, pattern: isDeny ? /^/i : /^/, folder: /^$/, isTree: true }
  const options = { dot: true, nocase: isDeny, nonegate: true } as const
  const own = picomatch.makeRe(rest, options)
  const pattern = isDeny
    ? new RegExp(`${own.source}|${picomatch.makeRe(`${rest}/**`, options).source}`, own.flags)
    : own
  const folder = rest.endsWith('/**') ? picomatch.makeRe(rest.slice(0, -3), options) : null
  return { glob, rank, pattern, folder, isTree: folder !== null && SIMPLE_FOLDER.test(rest.slice(0, -3)) }
}

/** Below this, asking each entry is as fast as asking all of them at once. */
const JOINED_MIN = 4
const JOINED_MAX = 500

/** More lists of entries than these are looked up by each folder of a path instead of being gone through. */
const LISTED_MAX = 8

interface Bucket {
  readonly prefix: string
  readonly entries: Entry[]
  /** What a path has in common with those that some entry matches. */
  starts: PathTraits
  /** Matches whatever one of the entries does; null when they are few or too many for one expression. */
  joined: RegExp | null | undefined
  /** Of a deny list, those that names tell. */
  readonly names: NameIndex | null
  /** Those that no name tells. */
  readonly unnamed: Entry[]
}

function joinedPattern(entries: readonly Entry[]): RegExp | null {
  if (entries.length < JOINED_MIN || entries.length > JOINED_MAX) return null
  return new RegExp(entries.map(({ pattern }) => `(?:${pattern.source})`).join('|'), entries[0]?.pattern.flags)
}

/** Entries of one base, found by the literal folders they begin with, so that thousands of rules cost no more than a few. */
class GlobIndex {
  readonly base: Base
  /** What a path has in common with those that some entry of any folder matches. */
  starts: PathTraits = 0
  readonly #byPrefix = new Map<string, Bucket>()
  /** The same, the longest prefix first. */
  #buckets: Bucket[] = []
  readonly #isDeny: boolean

  constructor(base: Base, isDeny: boolean) {
    this.base = base
    this.#isDeny = isDeny
  }

  get isEmpty(): boolean {
    return this.#buckets.length === 0
  }

  add(prefix: string, entry: Entry, starts: PathTraits): void {
    this.starts |= starts
    const bucket = this.#byPrefix.get(prefix) ?? this.#addBucket(prefix)
    bucket.entries.push(entry)
    bucket.starts |= starts
    if (bucket.names?.add(entry.glob, entry.rank) !== true) bucket.unnamed.push(entry)
  }

  #addBucket(prefix: string): Bucket {
    const names = this.base === 'anywhere' && this.#isDeny ? new NameIndex() : null
    const bucket: Bucket = { prefix, entries: [], starts: 0, joined: undefined, names, unnamed: [] }
    this.#byPrefix.set(prefix, bucket)
    this.#buckets.push(bucket)
    return bucket
  }

  sort(): void {
    this.#buckets.sort((one, other) => other.prefix.length - one.prefix.length)
  }

  find(path: string, key: string, traits: PathTraits, contentsOnly: boolean): string | null {
    if (this.#buckets.length > LISTED_MAX) return this.#findByFolder(path, key, traits, contentsOnly)
    for (const bucket of this.#buckets) {
      if (!isAtOrBelow(bucket.prefix, key)) continue
      const found = firstIn(bucket, path, traits, contentsOnly)
      if (found !== null) return found
    }
    return null
  }

  #findByFolder(path: string, key: string, traits: PathTraits, contentsOnly: boolean): string | null {
    let end = key.length
    while (end >= 0) {
      const bucket = this.#byPrefix.get(key.slice(0, end))
      const found = bucket === undefined ? null : firstIn(bucket, path, traits, contentsOnly)
      if (found !== null) return found
      if (end === 0) break
      end = Math.max(0, key.lastIndexOf('/', end - 1))
    }
    return null
  }
}

const SLASH = 47

function isAtOrBelow(prefix: string, key: string): boolean {
  if (prefix.length === 0) return true
  return key.startsWith(prefix) && (key.length === prefix.length || key.charCodeAt(prefix.length) === SLASH)
}

/** The first entry that matches a path at or below the folder of the bucket. */
function firstIn(bucket: Bucket, path: string, traits: PathTraits, contentsOnly: boolean): string | null {
  if (!mayStart(traits, bucket.starts)) return null
  if (bucket.names !== null && !contentsOnly && isTidy(traits)) return firstNamed(bucket, bucket.names, path)
  if (bucket.joined === undefined) bucket.joined = joinedPattern(bucket.entries)
  if (bucket.joined?.test(path) === false) return null
  const isPlain = isTidy(traits)
  for (const { glob, pattern, folder, isTree } of bucket.entries) {
    if (isPlain && isTree) {
      if (!contentsOnly || path.length > bucket.prefix.length) return glob
    } else if (pattern.test(path) && !(contentsOnly && folder?.test(path) === true)) return glob
  }
  return null
}

/** The same for a deny list and a tidy path. */
function firstNamed({ entries, unnamed }: Bucket, names: NameIndex, path: string): string | null {
  const named = names.find(path)
  for (const { glob, pattern, rank } of unnamed) {
    if (named !== null && named < rank) break
    if (pattern.test(path)) return glob
  }
  return entries.find(({ rank }) => rank === named)?.glob ?? null
}

/** A compiled list of path globs (see `filesSection` for where each may start). */
export class GlobSet {
  readonly globs: readonly string[]
  readonly #isDeny: boolean
  /** One for each base that some glob starts at, in the order of `BASES`. */
  readonly #indexes: readonly GlobIndex[]

  constructor(globs: readonly string[], { isDeny, tmpDir }: GlobSetOptions) {
    this.globs = globs
    this.#isDeny = isDeny
    const indexes = new Map(BASES.map((base) => [base, new GlobIndex(base, isDeny)]))
    for (const [rank, glob] of globs.entries()) {
      const { base, rest } = split(glob, tmpDir)
      const isAnywhere = base === 'anywhere'
      const prefix = isAnywhere ? '' : literalPrefix(rest)
      const starts = isAnywhere ? startsOfGlob(rest) : UNREAD
      indexes.get(base)?.add(isDeny ? prefix.toLowerCase() : prefix, compileEntry(glob, rank, rest, isDeny), starts)
    }
    this.#indexes = [...indexes.values()].filter(({ isEmpty }) => !isEmpty)
    for (const index of this.#indexes) index.sort()
  }

  /** The glob that matches the path, or null. `contentsOnly` leaves out the very folder that `folder/**` starts from. */
  find(position: PathPosition, contentsOnly = false): string | null {
    const { traits } = position
    for (const index of this.#indexes) {
      if (!mayStart(traits, index.starts)) continue
      const path = pathFrom(index.base, position)
      if (path === null) continue
      const key = index.base === 'anywhere' ? '' : this.#isDeny ? path.toLowerCase() : path
      const found = index.find(path, key, traits, contentsOnly)
      if (found !== null) return found
    }
    return null
  }
}

function pathFrom(base: Base, position: PathPosition): string | null {
  switch (base) {
    case 'absolute':
      return position.absolute
    case 'workspace':
      return position.inWorkspace
    case 'home':
      return position.inHome
    case 'siblings':
      return position.amongSiblings
    case 'anywhere':
      // Folders above the workspace are not the agent's doing, so inside it only what lies below counts.
      return position.inWorkspace ?? position.absolute.slice(1)
  }
}
