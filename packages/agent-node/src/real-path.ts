import { lstat, readlink } from 'node:fs/promises'

const LINKS_MAX = 40

/** One name on the way to a place, and where it really is. */
export interface Step {
  readonly path: string
  readonly real: string
}

/** Where a path leads when it is followed the way a kernel does. */
export interface Walk {
  /** Absolute, `.` and `..` removed, links not followed. */
  readonly lexical: string
  /** Links followed. A missing tail hangs below its deepest existing parent. */
  readonly real: string
  readonly exists: boolean
  /** Every existing name on the way, below a parent whose links have been followed already. */
  readonly steps: readonly Step[]
}

/** Joins and removes `.` and `..` without looking at any disk. `base` is absolute. */
export function joinLexically(base: string, path: string): string {
  const out: string[] = []
  for (const segment of segmentsOf(base, path)) {
    if (segment === '..') out.pop()
    else out.push(segment)
  }
  return `/${out.join('/')}`
}

/** Whether an absolute path without `.` and `..` is a folder or lies below it. */
export function isInside(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`)
}

function segmentsOf(base: string, path: string): string[] {
  const absolute = path.startsWith('/') ? path : `${base}/${path}`
  return absolute.split('/').filter((segment) => segment !== '' && segment !== '.')
}

/** Remembers what names are within one look-up, so that a hundred words below one folder cost it once. */
export type LinkMemory = Map<string, Promise<string | null | undefined>>

/**
 * Follows a path component by component: a link is replaced before the `..` behind it is applied.
 * Never throws: what cannot be looked at counts as missing, because nothing can be opened through it either.
 */
export async function walk(base: string, path: string, memory: LinkMemory = new Map()): Promise<Walk> {
  const steps: Step[] = []
  const followed = await follow(segmentsOf(base, path), memory, steps, { links: 0 })
  return { lexical: joinLexically(base, path), ...followed, steps }
}

async function follow(
  segments: readonly string[],
  memory: LinkMemory,
  steps: Step[],
  count: { links: number },
): Promise<{ real: string; exists: boolean }> {
  let current = ''
  let exists = true
  for (const segment of segments) {
    if (segment === '..') {
      current = current.slice(0, Math.max(0, current.lastIndexOf('/')))
      continue
    }
    const path = `${current}/${segment}`
    const target = exists ? await linkTarget(path, memory) : undefined
    if (target === undefined) {
      exists = false
      current = path
    } else if (target === null) {
      steps.push({ path, real: path })
      current = path
    } else {
      count.links += 1
      if (count.links > LINKS_MAX) return { real: path, exists: false }
      const inner = await follow(segmentsOf(current, target), memory, steps, count)
      steps.push({ path, real: inner.real })
      exists = inner.exists
      current = inner.real === '/' ? '' : inner.real
    }
  }
  return { real: current === '' ? '/' : current, exists }
}

/** What a link names; null for anything that is no link, undefined for what is not there. */
function linkTarget(path: string, memory: LinkMemory): Promise<string | null | undefined> {
  const known = memory.get(path)
  if (known !== undefined) return known
  const found = lookAt(path)
  memory.set(path, found)
  return found
}

async function lookAt(path: string): Promise<string | null | undefined> {
  try {
    const stats = await lstat(path)
    return stats.isSymbolicLink() ? await readlink(path) : null
  } catch {
    return undefined
  }
}
