import type { PathPosition } from './glob-set.ts'
import { isProven, isTidy, joinedTraits, mayHoldLink, type PathTraits, traitsOf } from './path-traits.ts'
import type { HostFacts } from './types.ts'

/** Stands for a workspace whose absolute place is not known yet; relative paths are judged all the same. */
export const UNKNOWN_WORKSPACE = '/<workspace>'

const SLASH = 47
const PATH_LENGTH_MAX = 4096
const SEGMENT_LENGTH_MAX = 255
const SEGMENTS_MAX = 100

/** Where a call acts: everything a relative path depends on. */
export interface PathContext {
  /** Absolute and normalised. */
  readonly workspace: string
  readonly cwd: string
  readonly home: string | null
  readonly resolved: HostFacts | null
}

export type ResolvedPath =
  | {
      readonly ok: true
      /** Absolute, without `.` and `..`, symlinks not followed. */
      readonly lexical: string
      /** Every place that the path may mean; each must be allowed. */
      readonly places: readonly PathPosition[]
    }
  | { readonly ok: false; readonly reason: string }

const unreadable = (reason: string): ResolvedPath => ({ ok: false, reason })

/** Control, invisible, private and unassigned characters, and every space but the plain one. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]|[^\P{Zs} ]|\p{Default_Ignorable_Code_Point}/u
const PERCENT_CODE = /%[0-9a-f]{2}/i
const SHELL_VARIABLE = /^\$(?:\{|[A-Z_]{2,}(?:$|\/))|%[A-Za-z_]\w*%/
const DEVICE_NAME = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$|clock\$)(?:\.|$)/i
const SHORT_NAME = /~[0-9]+(?:\.|$)/
/** A name that announces a symlink; believed unless the machine has looked. */
const LINK_NAME = /^(?:sym)?links?[_-]|[_-](?:sym)?link$|^symlinks?$/i

/** Characters that people take for a slash or backslash. */
const SLASH_LOOKALIKE = /[\u2044\u2215\u2571\u2572\u29f5\u29f8\u29f9]/

/** Characters such as full-width dots and slashes, which some file system or library may fold to ASCII. */
function foldsToAscii(text: string): boolean {
  for (const char of text) {
    if (char.charCodeAt(0) > 0x7f && /[\u0021-\u007e]/.test(char.normalize('NFKC'))) return true
  }
  return false
}

/** Characters that need no further look one by one. */
const PLAIN = /^[A-Za-z0-9_./@+,=-]*$/

/**
 * Why a path that no proof speaks for has no single meaning on every machine, or null. Nothing is decoded: what would
 * need it is refused.
 */
export function ambiguityOf(path: string): string | null {
  if (path.trim() === '') return 'an empty path'
  if (path.length > PATH_LENGTH_MAX) return `a path of more than ${PATH_LENGTH_MAX} characters`
  const hasProblem = PLAIN.test(path) ? null : ambiguityOfCharacters(path)
  if (hasProblem !== null) return hasProblem
  if (path.startsWith('//')) return 'a network path'
  const segments = path.split('/')
  if (segments.length > SEGMENTS_MAX) return `a path of more than ${SEGMENTS_MAX} folders`
  for (const segment of segments) {
    const problem = segment === '' || segment === '.' || segment === '..' ? null : ambiguityOfSegment(segment)
    if (problem !== null) return problem
  }
  return null
}

function ambiguityOfCharacters(path: string): string | null {
  if (!path.isWellFormed() || UNPRINTABLE.test(path)) return 'control or invisible characters in a path'
  if (SLASH_LOOKALIKE.test(path) || foldsToAscii(path)) return 'characters in a path that pass for others'
  if (path !== path.trim()) return 'blanks around a path'
  if (/[\\:]/.test(path)) return 'a backslash or colon in a path'
  if (PERCENT_CODE.test(path)) return 'percent-encoding in a path'
  if (SHELL_VARIABLE.test(path)) return 'a variable in a path'
  return null
}

function ambiguityOfSegment(segment: string): string | null {
  if (segment.length > SEGMENT_LENGTH_MAX) return `a name of more than ${SEGMENT_LENGTH_MAX} characters`
  if (/[. ]$/.test(segment)) return 'a name that ends in a dot or blank'
  // `..;` and its like are the folder above to programs that cut names short.
  if (/^\.\.[^\w.]/.test(segment)) return 'a name that passes for the folder above'
  if (DEVICE_NAME.test(segment)) return 'the name of a device'
  if (SHORT_NAME.test(segment)) return 'a shortened name'
  return null
}

/** Joins and removes `.` and `..` without looking at any disk. `base` is absolute. */
export function joinLexically(base: string, path: string): string {
  if (!isTidy(traitsOf(path))) return joined(base, path, false)
  return path.charCodeAt(0) === SLASH ? path : joined(base, path, isTidy(traitsOf(base)))
}

/** The same for a path that is not absolute, or not tidy. */
function joined(base: string, path: string, areTidy: boolean): string {
  if (areTidy) return `${base}/${path}`
  const whole = path.startsWith('/') ? path : `${base}/${path}`
  let out = ''
  for (let start = 0; start <= whole.length; ) {
    const slash = whole.indexOf('/', start)
    const end = slash === -1 ? whole.length : slash
    const segment = whole.slice(start, end)
    if (segment === '..') out = out.slice(0, Math.max(0, out.lastIndexOf('/')))
    else if (segment !== '' && segment !== '.') out += `/${segment}`
    start = end + 1
  }
  return out === '' ? '/' : out
}

/**
 * Follows a path the way a kernel does: a symlink is replaced before the `..` behind it is applied. What the machine
 * did not report keeps its name, so a missing tail hangs below its deepest known parent.
 */
function followLinks(base: string, path: string, realPaths: HostFacts['realPaths']): string {
  let current = ''
  for (const segment of (path.startsWith('/') ? path : `${base}/${path}`).split('/')) {
    if (segment === '' || segment === '.') continue
    if (segment === '..') {
      current = current.slice(0, Math.max(0, current.lastIndexOf('/')))
      continue
    }
    const next = `${current}/${segment}`
    const real = Object.hasOwn(realPaths, next) ? realPaths[next] : undefined
    current = real === undefined || real === '/' ? (real === '/' ? '' : next) : real.replace(/\/+$/, '')
  }
  return current === '' ? '/' : current
}

function below(folder: string, path: string): string | null {
  if (!path.startsWith(folder)) return null
  if (path.length === folder.length) return ''
  if (folder === '/') return path.slice(1)
  return path.charCodeAt(folder.length) === SLASH ? path.slice(folder.length + 1) : null
}

/** Most globs begin in the workspace or at the root, so the other views are made for those that ask. */
class Position implements PathPosition {
  readonly absolute: string
  readonly traits: PathTraits
  readonly inWorkspace: string | null
  readonly #context: PathContext

  constructor(absolute: string, context: PathContext, traits: PathTraits) {
    this.absolute = absolute
    this.traits = traits
    this.inWorkspace = below(context.workspace, absolute)
    this.#context = context
  }

  get inHome(): string | null {
    const { home } = this.#context
    return home === null ? null : below(home, this.absolute)
  }

  get amongSiblings(): string | null {
    const { workspace } = this.#context
    return below(workspace.slice(0, workspace.lastIndexOf('/')) || '/', this.absolute)
  }
}

/** Sees an absolute path from each base that globs may start at. */
export function positionOf(absolute: string, context: PathContext): PathPosition {
  return new Position(absolute, context, traitsOf(absolute))
}

function isUnprovenLink(lexical: string, { workspace, resolved }: PathContext): boolean {
  const inside = below(workspace, lexical)
  if (inside === null) return false
  let current = workspace
  return inside.split('/').some((segment, at, all) => {
    current = `${current}/${segment}`
    const isFolder = at < all.length - 1 || !segment.includes('.')
    return isFolder && LINK_NAME.test(segment) && !(resolved !== null && Object.hasOwn(resolved.realPaths, current))
  })
}

/** The place that a path names where no links are followed, or why it cannot be told what it means. */
export function placeOf(path: string, traits: PathTraits, context: PathContext): PathPosition | string {
  const ambiguity = isProven(traits) ? null : ambiguityOf(path)
  if (ambiguity !== null) return ambiguity
  const place = isTidy(traits) ? tidyPlace(path, traits, context) : anyPlace(path, context)
  if (place === null) return 'a home folder that is not known'
  return mayHoldLink(place.traits) && isUnprovenLink(place.absolute, context)
    ? 'a path through what calls itself a link'
    : place
}

function tidyPlace(path: string, traits: PathTraits, context: PathContext): PathPosition {
  if (path.charCodeAt(0) === SLASH) return new Position(path, context, traits)
  const folder = traitsOf(context.cwd)
  const absolute = joined(context.cwd, path, isTidy(folder))
  return new Position(
    absolute,
    context,
    isTidy(folder) ? joinedTraits(folder, traits, absolute.length) : traitsOf(absolute),
  )
}

function anyPlace(path: string, context: PathContext): PathPosition | null {
  const expanded = expandHome(path, context.home)
  if (expanded === null) return null
  return positionOf(
    expanded === path ? joined(context.cwd, path, false) : joinLexically(context.cwd, expanded),
    context,
  )
}

/** Resolves a path against the workspace, or says why it cannot be told what it means. */
export function resolvePath(path: string, context: PathContext): ResolvedPath {
  const place = placeOf(path, traitsOf(path), context)
  if (typeof place === 'string') return unreadable(place)
  const { absolute: lexical } = place
  if (context.resolved === null) return { ok: true, lexical, places: [place] }
  const { realPaths } = context.resolved
  const expanded = expandHome(path, context.home) ?? path
  const places = new Set([lexical, followLinks(context.cwd, expanded, realPaths)])
  const reported = Object.hasOwn(realPaths, lexical) ? realPaths[lexical] : undefined
  if (reported !== undefined) places.add(joinLexically('/', reported))
  return { ok: true, lexical, places: [...places].map((each) => positionOf(each, context)) }
}

function expandHome(path: string, home: string | null): string | null {
  if (!path.startsWith('~')) return path
  if (path !== '~' && !path.startsWith('~/')) return null
  return home === null ? null : `${home}${path.slice(1)}`
}

/** The context of a call. A relative or missing workspace is given a stand-in that no machine has. */
export function pathContext(call: {
  readonly cwd: string | null
  readonly workspacePath: string
  readonly home: string | null
  readonly resolved: HostFacts | null
}): PathContext {
  const workspace = call.workspacePath.startsWith('/') ? tidyFolder(call.workspacePath) : UNKNOWN_WORKSPACE
  const home = call.home?.startsWith('/') === true ? tidyFolder(call.home) : null
  // A relative working folder of the agent is, like its workspace, relative to a place only the machine knows.
  const isWorkspace = call.cwd === null || call.cwd === call.workspacePath
  const cwd = isWorkspace || call.cwd === null ? workspace : joinLexically(workspace, call.cwd)
  return { workspace, cwd, home, resolved: call.resolved }
}

/** Agents keep their workspaces and homes for long. */
const tidyFolders = new Map<string, string>()
const TIDY_FOLDERS_MAX = 1000

function tidyFolder(folder: string): string {
  const known = tidyFolders.get(folder)
  if (known !== undefined) return known
  const tidy = joinLexically('/', folder)
  if (tidyFolders.size < TIDY_FOLDERS_MAX) tidyFolders.set(folder, tidy)
  return tidy
}
