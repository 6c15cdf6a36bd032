import type { Resolved } from '../../model/policy.ts'
import type { FilesSection } from '../../model/policy-files.ts'
import { GlobSet, type PathPosition } from './glob-set.ts'
import { type PathTraits, traitsOf } from './path-traits.ts'
import { type PathContext, placeOf, resolvePath } from './paths.ts'
import type { Violation } from './types.ts'

/** `list` sees names, sizes and dates; `read` sees content. */
export type FileAccess = 'read' | 'list' | 'write' | 'delete'

/** The files section made ready for many look-ups. */
export interface CompiledFiles {
  readonly read: GlobSet
  readonly write: GlobSet
  readonly secretRead: GlobSet
  readonly readExceptions: GlobSet
  readonly denyRead: GlobSet
  readonly denyWrite: GlobSet
  readonly deleteFilesMax: number
  readonly tmpDir: string
}

export function compileFiles(section: Resolved<FilesSection>): CompiledFiles {
  const { tmpDir } = section
  const allow = (globs: readonly string[]) => new GlobSet(globs, { isDeny: false, tmpDir })
  const deny = (globs: readonly string[]) => new GlobSet(globs, { isDeny: true, tmpDir })
  return {
    read: allow(section.read),
    write: allow(section.write),
    secretRead: deny(section.secretRead),
    readExceptions: allow(section.readExceptions),
    denyRead: deny(section.denyRead),
    denyWrite: deny(section.denyWrite),
    deleteFilesMax: section.deleteFilesMax,
    tmpDir,
  }
}

export interface PathJudgement {
  /** Absolute path, or the text as given when it could not be resolved. */
  readonly path: string
  readonly violations: readonly Violation[]
  readonly isSecret: boolean
}

const pathDenied = (detail: string): Violation => ({
  step: 6,
  code: 'PATH_DENIED',
  detail,
  verdict: 'DENY',
  overridable: false,
})

function pathAsks(code: string, detail: string): Violation {
  return { step: 7, code, detail, verdict: 'NEEDS_APPROVAL', overridable: true }
}

const NO_VIOLATIONS: readonly Violation[] = []

function hasCode(violations: readonly Violation[], code: string): boolean {
  return violations.length > 0 && violations.some((violation) => violation.code === code)
}

/** Judges one path for one kind of access: deny lists first, then secrets, then the lists of what is allowed. */
export function judgePath(files: CompiledFiles, access: FileAccess, text: string, context: PathContext): PathJudgement {
  if (context.resolved !== null) return judgePlaces(files, access, text, context)
  return judgeTraits(files, access, text, traitsOf(text), context)
}

/** The same for a path that has been looked at, where no machine has told of links. */
export function judgeTraits(
  files: CompiledFiles,
  access: FileAccess,
  text: string,
  traits: PathTraits,
  context: PathContext,
): PathJudgement {
  const place = placeOf(text, traits, context)
  if (typeof place === 'string') return unreadable(text, place)
  const secret = secretGlob(files, place)
  const objection = objectionTo(files, access, place, secret)
  const violations = objection === null ? NO_VIOLATIONS : [objection]
  return { path: place.absolute, violations, isSecret: secret !== null }
}

function unreadable(text: string, reason: string): PathJudgement {
  return { path: text, violations: [pathAsks('PATH_UNREADABLE', reason)], isSecret: false }
}

/** The same where a machine has told which other places the path leads to. */
function judgePlaces(files: CompiledFiles, access: FileAccess, text: string, context: PathContext): PathJudgement {
  const resolved = resolvePath(text, context)
  if (!resolved.ok) return unreadable(text, resolved.reason)
  let violations = NO_VIOLATIONS
  let isSecret = false
  for (const place of resolved.places) {
    const secret = secretGlob(files, place)
    isSecret ||= secret !== null
    const objection = objectionTo(files, access, place, secret)
    if (objection !== null && !hasCode(violations, objection.code)) violations = [...violations, objection]
  }
  return { path: resolved.lexical, violations, isSecret }
}

/** The denial that reading a path would meet, which is all that a word that may be no path can be held against. */
export function deniedRead(files: CompiledFiles, text: string, context: PathContext): Violation | null {
  if (context.resolved === null) {
    const place = placeOf(text, traitsOf(text), context)
    return typeof place === 'string' ? null : denialOf(files, place)
  }
  const resolved = resolvePath(text, context)
  if (!resolved.ok) return null
  for (const place of resolved.places) {
    const denial = denialOf(files, place)
    if (denial !== null) return denial
  }
  return null
}

function denialOf(files: CompiledFiles, place: PathPosition): Violation | null {
  if (files.denyRead.find(place) === null) return null
  const objection = objectionTo(files, 'read', place, secretGlob(files, place))
  return objection?.verdict === 'DENY' ? objection : null
}

/** The glob that marks a place as holding a secret, exceptions considered. */
function secretGlob(files: CompiledFiles, place: PathPosition): string | null {
  const glob = files.secretRead.find(place) ?? files.denyRead.find(place)
  return glob !== null && files.readExceptions.find(place) === null ? glob : null
}

function objectionTo(
  files: CompiledFiles,
  access: FileAccess,
  place: PathPosition,
  secret: string | null,
): Violation | null {
  const where = place.inWorkspace === null ? place.absolute : place.inWorkspace || '.'
  if (access === 'write' || access === 'delete') {
    const denied = files.denyWrite.find(place)
    if (denied !== null) return pathDenied(`${access} of ${where} is denied by ${denied}`)
    if (secret !== null) return pathAsks('SECRET_FILE', `${where} may hold a secret (${secret})`)
    if (files.write.find(place, true) !== null) return null
    return place.inWorkspace === null
      ? pathAsks('PATH_OUTSIDE', `${where} is outside the workspace`)
      : pathAsks('PATH_UNLISTED', `${where} is not a listed place to write`)
  }
  // Without a list of secrets it is a deny that was found.
  if (secret !== null && (files.secretRead.globs.length === 0 || files.denyRead.find(place) !== null))
    return pathDenied(`${where} is denied by ${secret}`)
  if (secret !== null) return pathAsks('SECRET_FILE', `${where} may hold a secret (${secret})`)
  if (files.read.find(place) !== null) return null
  return pathAsks('PATH_OUTSIDE', `${where} is outside the places to read`)
}
