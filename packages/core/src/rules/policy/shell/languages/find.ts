import type { ArgumentKind } from '../../../../model/policy-shell.ts'

/** Expressions of find that only look, with the kind of their one argument; null has none. */
const PREDICATES: ReadonlyMap<string, ArgumentKind | null> = new Map<string, ArgumentKind | null>([
  ...[
    '-name',
    '-iname',
    '-path',
    '-ipath',
    '-wholename',
    '-iwholename',
    '-regex',
    '-iregex',
    '-regextype',
    '-lname',
    '-ilname',
  ].map((name) => [name, 'free'] as const),
  ...['-type', '-xtype', '-perm', '-user', '-group', '-printf', '-newermt', '-newerat', '-newerct', '-fstype'].map(
    (name) => [name, 'free'] as const,
  ),
  ...[
    '-size',
    '-mtime',
    '-mmin',
    '-atime',
    '-amin',
    '-ctime',
    '-cmin',
    '-maxdepth',
    '-mindepth',
    '-links',
    '-inum',
    '-used',
  ].map((name) => [name, 'number'] as const),
  ...['-newer', '-anewer', '-cnewer', '-samefile'].map((name) => [name, 'list'] as const),
  ...['-empty', '-prune', '-print', '-print0', '-ls', '-quit', '-depth', '-xdev', '-mount', '-daystart', '-noleaf'].map(
    (name) => [name, null] as const,
  ),
  ...['-readable', '-writable', '-executable', '-true', '-false', '-nouser', '-nogroup', '-ignore_readdir_race'].map(
    (name) => [name, null] as const,
  ),
  ...['-not', '-a', '-and', '-o', '-or', '!', '(', ')', ','].map((name) => [name, null] as const),
])

export interface FindReading {
  /** Positions of the folders to start from. */
  readonly roots: readonly number[]
  /** Positions of arguments of predicates, with what they must be. */
  readonly arguments: readonly { readonly at: number; readonly kind: ArgumentKind }[]
  readonly objection: string | null
}

/** Reads the words of a find command. Whatever is not known to only look is objected to. */
export function readFind(words: readonly string[]): FindReading {
  const start = words.findIndex((word) => /^[-(!,)]/.test(word))
  const count = start === -1 ? words.length : start
  const roots = Array.from({ length: count }, (_, at) => at)
  const found: { at: number; kind: ArgumentKind }[] = []
  for (let at = count; at < words.length; at += 1) {
    const word = words[at] ?? ''
    const kind = PREDICATES.get(word)
    if (kind === undefined) return { roots, arguments: found, objection: `find ${word.slice(0, 40)} is not listed` }
    if (kind === null) continue
    at += 1
    if (words[at] === undefined) return { roots, arguments: found, objection: `find ${word} needs a value` }
    found.push({ at, kind })
  }
  return { roots, arguments: found, objection: null }
}
